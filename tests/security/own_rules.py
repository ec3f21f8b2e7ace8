"""Rules of our own over the syntax tree, for what ruff and bandit do not know: `python -m tests.security.own_rules`.

Each rule names what it forbids and why; a line may be excused in EXCUSED, with the reason beside it.
"""

import ast
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
CODE = ("webapp", "consumers", "models", "stack", "areas.py", "settings.py", "telemetry.py")


WAITING = (
    "httpx.get",
    "httpx.post",
    "httpx.request",
    "httpx.Client",
    "httpx.AsyncClient",
    "urllib.request.urlopen",
    "socket.create_connection",
    "smtplib.SMTP",
    "smtplib.SMTP_SSL",
)


STARTS = re.compile(
    r"(subprocess\.)?(Popen|check_call|check_output|getoutput)$|subprocess\.(run|call)$"
    r"|os\.(fork|forkpty|system|popen|spawn\w+)$|multiprocessing\.\w+$|(.*\.)?ProcessPoolExecutor$"
)


class Finding(NamedTuple):
    """A breach: which rule, where."""

    rule: str
    path: str
    line: int


def called(node: ast.AST) -> str:
    """The dotted name that a call names; an empty word for anything else."""
    return ast.unparse(node.func) if isinstance(node, ast.Call) else ""


def is_made_of_parts(node: ast.AST) -> bool:
    """Whether a text is put together from values: an f-string with holes, `%`, `+` or `.format`."""
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in node.values)
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, (ast.Add, ast.Mod)) and not (
            is_plain(node.left) and is_plain(node.right)
        )
    return called(node).endswith(".format")


def is_plain(node: ast.AST) -> bool:
    """Whether it is a constant."""
    return isinstance(node, ast.Constant)


def markup_of_parts(node: ast.AST) -> bool:
    """Markup is made of a constant and filled by its own `.format`, which escapes."""
    return called(node).split(".")[-1] == "Markup" and any(
        is_made_of_parts(each) for each in node.args
    )  # type: ignore[attr-defined]


def template_from_text(node: ast.AST) -> bool:
    """A template made of text at run time runs what somebody typed."""
    return called(node).split(".")[-1] in ("render_template_string", "from_string")


def ldap_filter_of_parts(node: ast.AST) -> bool:
    """Values get into an LDAP filter or name through escape_filter_chars or escape_rdn alone."""
    filters = (
        [each for each in ast.walk(node) if isinstance(each, ast.JoinedStr)]
        if "search" in called(node)
        else []
    )
    holes = [
        part.value
        for each in filters
        for part in each.values
        if isinstance(part, ast.FormattedValue)
    ]
    text = "".join(
        str(part.value)
        for each in filters
        for part in each.values
        if isinstance(part, ast.Constant)
    )
    return (
        "(" in text
        and "=" in text
        and any(not called(hole).startswith("escape_") for hole in holes)
    )


def redirect_to_what_was_sent(node: ast.AST) -> bool:
    """Where a request says to go next passes local_path, which knows our own pages."""
    if called(node).split(".")[-1] not in ("redirect", "go_to") or not node.args:  # type: ignore[attr-defined]
        return False
    wanted = node.args[0]  # type: ignore[attr-defined]
    is_looked_at = isinstance(wanted, ast.IfExp) and re.search(
        r"\.startswith\('/\w+/|_is_ours\(", ast.unparse(wanted.test)
    )
    given = [wanted.body, wanted.orelse] if isinstance(wanted, ast.IfExp) else [wanted]
    sent = re.compile(r"request\.(args|form|values|referrer|headers)")
    return not is_looked_at and any(sent.search(ast.unparse(each)) for each in given)


def without_time_out(node: ast.AST) -> bool:
    """A call to another server that may last for ever holds a worker for ever."""
    return called(node) in WAITING and "timeout" not in {each.arg for each in node.keywords}  # type: ignore[attr-defined]


def unchecked_certificate(node: ast.AST) -> bool:
    """A certificate is always checked."""
    return (
        isinstance(node, ast.keyword)
        and node.arg == "verify"
        and is_plain(node.value)
        and node.value.value is False
    )  # type: ignore[attr-defined]


def token_without_algorithms(node: ast.AST) -> bool:
    """Who decodes a token says which algorithms may have signed it."""
    return (
        called(node) == "jwt.decode"
        and not ({"algorithms"} & {each.arg for each in node.keywords})
        and len(node.args) < 3
    )  # type: ignore[attr-defined]


def unsafe_loading(node: ast.AST) -> bool:
    """What was pickled or marshalled by somebody else is a program."""
    return called(node) in (
        "pickle.load",
        "pickle.loads",
        "marshal.loads",
        "shelve.open",
        "yaml.load",
        "eval",
        "exec",
    )


def secret_by_chance(node: ast.AST) -> bool:
    """Keys and tokens come from `secrets`; `random` can be guessed."""
    return called(node) in (
        "random.choice",
        "random.randint",
        "random.random",
        "random.getrandbits",
        "uuid.uuid1",
    )


def compared_secret(node: ast.AST) -> bool:
    """Secrets are compared by hmac.compare_digest, whose time says nothing."""
    if not isinstance(node, ast.Compare) or not isinstance(node.ops[0], (ast.Eq, ast.NotEq)):
        return False
    names = [ast.unparse(each) for each in (node.left, *node.comparators) if not is_plain(each)]
    return len(names) > 1 and any(
        re.search(r"(csrf|password|secret|verifier|signature)(_token)?$", name) for name in names
    )


def whole_form_into_record(node: ast.AST) -> bool:
    """A record takes the fields that were named, never all that a request holds."""
    return (
        isinstance(node, ast.keyword)
        and node.arg is None
        and bool(
            re.match(
                r"(dict\()?request\.(form|args|json|get_json|values)\b(?!\.get)",
                ast.unparse(node.value),
            )
        )
    )


def debug_switched_on(node: ast.AST) -> bool:
    """Nothing runs Flask's own server or its debugger."""
    return called(node) in ("app.run",) or (
        isinstance(node, ast.keyword)
        and node.arg == "debug"
        and is_plain(node.value)
        and node.value.value is True
    )  # type: ignore[attr-defined]


def process_by_a_fork(node: ast.AST) -> bool:
    """A copy of the web server could serve requests; webapp/shared/process/programs.py makes none."""
    return bool(STARTS.match(called(node)))


RULES: tuple[Callable[[ast.AST], bool], ...] = (
    markup_of_parts,
    template_from_text,
    ldap_filter_of_parts,
    redirect_to_what_was_sent,
    without_time_out,
    unchecked_certificate,
    token_without_algorithms,
    unsafe_loading,
    secret_by_chance,
    compared_secret,
    whole_form_into_record,
    debug_switched_on,
    process_by_a_fork,
)
ONLY_IN = {"process_by_a_fork": ("webapp/", "models/")}  # what the web server runs
EXCUSED = {
    (
        "template_from_text",
        "webapp/shared/answers/problems.py",
    ): "a constant, for when even error.html cannot be shown",
    ("secret_by_chance", "stack/ports.py"): "a port is no secret",
}


def findings_in(text: str, path: str) -> Iterator[Finding]:
    """What breaks a rule in a module."""
    for node in ast.walk(ast.parse(text)):
        for rule in RULES:
            is_meant = path.startswith(ONLY_IN.get(rule.__name__, ""))
            if is_meant and rule(node) and (rule.__name__, path) not in EXCUSED:
                yield Finding(rule.__name__, path, getattr(node, "lineno", 0))


def findings() -> list[Finding]:
    """What breaks a rule in our code; and `|safe` in a template, which would show typed words raw."""
    files = [
        file
        for name in CODE
        for file in ([ROOT / name] if name.endswith(".py") else sorted((ROOT / name).rglob("*.py")))
    ]
    found = [
        each
        for file in files
        for each in findings_in(file.read_text(), str(file.relative_to(ROOT)))
    ]
    for page in sorted((ROOT / "templates").rglob("*.html")):
        found += [
            Finding("raw_template", str(page.relative_to(ROOT)), number)
            for number, line in enumerate(page.read_text().splitlines(), 1)
            if re.search(r"\|\s*safe\b|autoescape\s+false", line)
        ]
    return found


if __name__ == "__main__":
    sys.exit("\n".join(f"{each.path}:{each.line}: {each.rule}" for each in findings()) or 0)
