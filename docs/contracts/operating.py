"""Generate the tables of reference/settings.md and reference/metrics.md from the code and the alerts."""

import ast
from pathlib import Path
from typing import NamedTuple

import msgspec
import yaml

from settings import Secret, Settings

ROOT = Path(__file__).parents[2]
KINDS = {
    "Counter": "counter",
    "Gauge": "gauge",
    "Histogram": "histogram",
    "Summary": "summary",
    "GaugeMetricFamily": "gauge",
    "CounterMetricFamily": "counter",
}


class Metric(NamedTuple):
    """A Prometheus metric that the code declares."""

    name: str
    kind: str
    says: str
    labels: tuple[str, ...]


def parts() -> dict[str, str]:
    """Return the Markdown tables `settings`, `metrics` and `alerts`."""
    return {"settings": _settings(), "metrics": _metrics(), "alerts": _alerts()}


def metrics() -> list[Metric]:
    """Return every metric that the code declares, by name, read from the source so that nothing has to start."""
    found = [
        _metric(node)
        for package in ("webapp", "consumers", "models")
        for path in (ROOT / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if _declares(node)
    ]
    return sorted(set(found))


def _declares(node: ast.AST) -> bool:
    match node:
        case ast.Call(
            func=ast.Name(id=name), args=[ast.Constant(value=str() as first), ast.Constant(), *_]
        ):
            return name in KINDS and first.startswith("dm_")
    return False


def _metric(node: ast.AST) -> Metric:
    assert isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    name, says = (ast.literal_eval(argument) for argument in node.args[:2])
    given = [argument for argument in node.args[2:3] if isinstance(argument, ast.List)]
    given += [keyword.value for keyword in node.keywords if keyword.arg in {"labels", "labelnames"}]
    return Metric(
        name, KINDS[node.func.id], says, tuple(ast.literal_eval(given[0])) if given else ()
    )


def _metrics() -> str:
    rows = [
        f"| `{each.name}` | {each.kind} | {', '.join(each.labels) or '–'} | {each.says} |"
        for each in metrics()
    ]
    return "\n".join(["| metric | kind | labels | description |", "|---|---|---|---|", *rows])


def _alerts() -> str:
    """Of each alert of Prometheus: how grave, when, and for how long before it fires."""
    groups = yaml.safe_load((ROOT / "deploy/observability/alerts.yml").read_text())["groups"]
    rows = [
        f"| {rule['alert']} | {rule['labels']['severity']} | `{_in_a_cell(rule['expr'])}` | {rule.get('for', '–')} |"
        for group in groups
        for rule in group["rules"]
    ]
    return "\n".join(["| alert | severity | when | for |", "|---|---|---|---|", *rows])


def _in_a_cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def settings_described() -> dict[str, tuple[object, str]]:
    """Return the default and the description of each setting."""
    fields = {each.name: each.type for each in msgspec.inspect.type_info(Settings).fields}
    unless_set = Settings()
    return {
        name: (getattr(unless_set, name), kind.extra_json_schema["description"])
        for name, kind in fields.items()
    }


def _settings() -> str:
    rows = [
        f"| `DM_{name.upper()}` | {_default(value)} | {says} |"
        for name, (value, says) in settings_described().items()
    ]
    return "\n".join(["| variable | default | description |", "|---|---|---|", *rows])


def _default(value: object) -> str:
    if isinstance(value, Secret):
        return "(a demo secret)" if value.reveal() else "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"`{value}`" if value not in ("", {}, None) else "–"
