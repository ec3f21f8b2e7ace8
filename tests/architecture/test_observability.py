"""What deploy/observability reads from Prometheus is what the product says."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.observability import dashboards
from docs.contracts import operating
from models.shared.events.catalogue import BY_TYPE
from stack import services

FOLDER = Path(dashboards.__file__).parent
ALERTS: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"]
    for rule in group["rules"]
]
PROVED: list[dict[str, Any]] = [
    case
    for test in yaml.safe_load((FOLDER / "alerts_test.yml").read_text())["tests"]
    for case in test["alert_rule_test"]
]
PANELS = [panel for _, panels in dashboards.DASHBOARDS.values() for panel in panels]
EXPRESSIONS = {
    **{alert["alert"]: alert["expr"] for alert in ALERTS},
    **{
        f"{panel.title}: {legend}": each for panel in PANELS for legend, each in panel.lines.items()
    },
}
# What the client library adds to a name (https://prometheus.io/docs/instrumenting/exposition_formats/).
SUFFIXES = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}
SAMPLES = {
    metric.name.removesuffix("_total" if metric.kind == "counter" else "") + suffix: metric
    for metric in operating.metrics()
    for suffix in SUFFIXES[metric.kind]
}
GIVEN = {"le", "job", "instance"}  # labels of every histogram, and of Prometheus itself


def metrics_of(expression: str) -> set[str]:
    """The names of our metrics in PromQL, without its strings."""
    return set(re.findall(r"\bdm_\w+", re.sub(r'"[^"]*"', "", expression)))


def labels_of(expression: str) -> set[str]:
    """The labels that PromQL selects and groups by."""
    grouped = re.findall(r"\bby \(([^)]*)\)", expression)
    selected = re.findall(r"(\w+)(?:=~|!~|!=|=)\"", expression)
    return {name.strip() for each in grouped for name in each.split(",")} | set(selected)


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_what_an_alert_or_a_panel_reads_is_a_metric_with_these_labels(name: str):
    named = metrics_of(EXPRESSIONS[name])
    assert named - set(SAMPLES) == set()
    known = {label for each in named for label in SAMPLES[each].labels}
    assert labels_of(EXPRESSIONS[name]) - known - GIVEN == set()


def test_a_misspelt_metric_and_label_would_be_found():
    assert metrics_of('rate(dm_relay_backlogs{type="dm_other"}[5m])') == {"dm_relay_backlogs"}
    assert labels_of('sum by (le, kind) (dm_x{a=~"b", c!="d"})') == {"le", "kind", "a", "c"}


def test_the_events_that_the_business_is_counted_by_are_in_the_catalog():
    expressions = " ".join(EXPRESSIONS.values())
    types = set(re.findall(r'type="([^"]+)"', expressions))
    assert len(types) > 10
    assert types - set(BY_TYPE) == set()


@pytest.mark.parametrize("file", dashboards.documents())
def test_grafana_is_given_what_the_code_says(file: str):
    assert (dashboards.FOLDER / file).read_text() == dashboards.documents()[file], (
        "run python -m deploy.observability.dashboards"
    )


@pytest.mark.parametrize("alert", [each["alert"] for each in ALERTS])
def test_each_alert_is_proved_to_fire_and_to_be_silent(alert: str):
    outcomes = {bool(case["exp_alerts"]) for case in PROVED if case["alertname"] == alert}
    assert outcomes == {True, False}


def test_prometheus_reads_every_process_and_misses_each():
    read = yaml.safe_load((FOLDER / "prometheus.yml").read_text())["scrape_configs"]
    assert {each["job_name"] for each in read} == set(services.PRODUCT)
    missed = re.findall(r'absent\(up\{job="(\w+)"\}\)', EXPRESSIONS["ProcessMissing"])
    assert sorted(missed) == sorted(services.PRODUCT)
