"""The texts of Python modules."""

import ast
import re
from collections.abc import Iterator

from docs.words.markup import inner_texts
from docs.words.texts import ENDINGS, Text, is_seen, names, show_count

SILENT_CALLS = names(
    "debug info warning error exception critical getLogger compile match search fullmatch sub findall"
    " split text exec_driver_sql execute scalar scalars environ getenv add_argument_group strftime"
    " strptime TypeVar NewType index getattr setattr hasattr removeprefix removesuffix startswith"
    " endswith start_as_current_span CheckConstraint ForeignKey Index UniqueConstraint Histogram Gauge"
    " Counter fetch fetchval write_history settle note"
)
PROGRAMMERS = names(
    "AssertionError AttributeError IndexError KeyError LookupError NotImplementedError RuntimeError"
    " TypeError ValueError"
)


def of_python(path: str, source: str) -> Iterator[Text]:
    """Yield sentences and labels in a Python module, and the docstrings of REST's routes."""
    reader = _Module(path)
    reader.visit(ast.parse(source))
    yield from reader.found


class _Module(ast.NodeVisitor):
    """Collects strings, without docstrings, logs, statements, patterns and programmers' errors."""

    def __init__(self, path: str) -> None:
        self.path, self.found = path, []
        self.is_model = path.startswith("models/")

    def _add(self, node: ast.expr, words: str, kind: str = "python") -> None:
        if is_seen(words):
            self.found.extend(inner_texts(self.path, node.lineno, kind, words))

    def visit_Expr(self, node: ast.Expr) -> None:
        """Leave out docstrings."""
        if not (isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)):
            self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Keep the docstring of a REST route: it is the operation's summary."""
        described = ast.get_docstring(node)
        if described and any("spec.validate" in ast.unparse(each) for each in node.decorator_list):
            words = " ".join(described.split("\n\n", 1)[0].split())
            self.found.append(Text(self.path, node.body[0].lineno, "api", words))
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        """Keep a sentence or a label."""
        if isinstance(node.value, str):
            self._add(node, node.value)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """Keep an f-string as one sentence, with its expressions in braces."""
        self._add(node, "".join(_part(each) for each in node.values))
        for each in node.values:
            if isinstance(each, ast.FormattedValue):
                self.visit(each.value)

    def visit_Call(self, node: ast.Call) -> None:
        """Leave out what is logged, matched or executed."""
        called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        called = called or (node.func.id if isinstance(node.func, ast.Name) else "")
        if called not in SILENT_CALLS:
            self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> None:
        """Leave out errors of the domain's callers, which no person causes."""
        raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        if not (self.is_model and isinstance(raised, ast.Name) and raised.id in PROGRAMMERS):
            self.generic_visit(node)

    def visit_Assert(self, node: ast.Assert) -> None:
        """Leave out assertions."""

    def visit_Compare(self, node: ast.Compare) -> None:
        """Leave out what is compared."""

    def visit_Subscript(self, node: ast.Subscript) -> None:
        """Leave out keys and annotations."""
        self.visit(node.value)
        if not isinstance(node.slice, ast.Constant):
            self.visit(node.slice)

    def visit_Dict(self, node: ast.Dict) -> None:
        """Keep the values, and keys that are headings."""
        for key, value in zip(node.keys, node.values, strict=True):
            if not (isinstance(key, ast.Constant) and str(key.value)[:1].islower()):
                self.visit(key) if key else None
            self.visit(value)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        """Leave out a count that has a text of its own for one."""
        branches = (node.body, node.orelse)
        ones = [each for each in branches if str(getattr(each, "value", "")).startswith("1 ")]
        for each in ones or branches:
            self.visit(each)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """Leave out annotations."""
        if node.value:
            self.visit(node.value)


def _part(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    value = node.value if isinstance(node, ast.FormattedValue) else node
    if isinstance(value, ast.IfExp):
        ends = {getattr(each, "value", None) for each in (value.body, value.orelse)}
        if ends <= ENDINGS:
            return "(s)"
    if isinstance(value, ast.Call) and ast.unparse(value.func).endswith("counted"):
        return show_count(each.value for each in value.args if isinstance(each, ast.Constant))
    return "{" + re.sub(r"[{}<>\s]+", " ", ast.unparse(value)) + "}"
