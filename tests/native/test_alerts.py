"""deploy/observability, by Prometheus itself: the alerts' own tests, the panels' PromQL, and alerts in real faults."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from deploy.observability import dashboards
from stack import services
from stack.supervisor import Stack
from tests.architecture.test_observability import EXPRESSIONS, FOLDER, PANELS
from tests.conftest import free_port
from tests.journeys.quiet import await_quiet

pytestmark = pytest.mark.native


def promtool(*words: str | Path) -> str:
    """What promtool says of a thing that is in order."""
    done = subprocess.run(["promtool", *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_each_alert_fires_and_is_silent_as_its_test_says():
    assert "SUCCESS" in promtool("test", "rules", FOLDER / "alerts_test.yml")


def test_a_wrong_threshold_is_found(tmp_path: Path):
    for name in ("alerts.yml", "alerts_test.yml"):
        text = (FOLDER / name).read_text()
        (tmp_path / name).write_text(
            text.replace("dm_relay_backlog_seconds > 30", "vector(0) > 30")
        )
    done = subprocess.run(["promtool", "test", "rules", tmp_path / "alerts_test.yml"])
    assert done.returncode != 0


def test_the_configuration_is_prometheus_s():
    promtool("check", "config", FOLDER / "prometheus.yml")


def test_each_panel_is_promql(tmp_path: Path):
    lines = [
        re.sub(r"\$__rate_interval", "1m", promql)
        for panel in PANELS
        for promql in panel.lines.values()
    ]
    rules = [{"record": f"panel:{number}", "expr": each} for number, each in enumerate(lines)]
    (tmp_path / "panels.yml").write_text(json.dumps({"groups": [{"name": "x", "rules": rules}]}))
    said = promtool("check", "rules", tmp_path / "panels.yml")
    assert f"{len(lines)} rules found" in said and len(dashboards.DASHBOARDS) == 3


class Prometheus:
    """A Prometheus that reads every process of a stack each second."""

    def __init__(self, stack: Stack, folder: Path) -> None:
        self.address = f"http://127.0.0.1:{free_port()}"
        config = {
            "global": {"scrape_interval": "1s"},
            "scrape_configs": [
                {"job_name": name, "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}
                for name in services.PRODUCT
                for port in [stack.ports["internal" if name == "web" else name]]
            ],
        }
        (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
        words = [
            f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address={self.address.removeprefix('http://')}",
        ]
        with (folder / "prometheus.log").open("w") as log:
            self.process = subprocess.Popen(["prometheus", *words], stdout=log, stderr=log)

    def fires(self, alert: str) -> list[dict[str, str]]:
        """The labels of what the alert's expression finds now."""
        return [each["metric"] for each in self._query(EXPRESSIONS[alert])]

    def value(self, promql: str) -> float | None:
        """The one number of a query; None without one."""
        found = self._query(promql)
        return float(found[0]["value"][1]) if found else None

    def reads_all(self) -> bool:
        """Whether every process has answered it."""
        return len(self._query("up == 1")) == len(services.PRODUCT)

    def _query(self, promql: str) -> list[dict[str, Any]]:
        try:
            answer = httpx.get(f"{self.address}/api/v1/query", params={"query": promql}, timeout=5)
        except httpx.TransportError:  # it is starting
            return []
        return answer.json()["data"]["result"]


@pytest.fixture
def prometheus(stack: Stack, tmp_path: Path) -> Iterator[Prometheus]:
    """Running, and through its first round."""
    started = Prometheus(stack, tmp_path)
    try:
        stack.wait_until(started.reads_all, 120)
        yield started
    finally:
        started.process.terminate()
        started.process.wait()


@pytest.mark.stack
def test_an_alert_fires_while_a_process_is_down_and_ends_with_it(
    stack: Stack, prometheus: Prometheus
):
    assert not prometheus.fires("ProcessDown") and not prometheus.fires("NoRelayLeads")
    stack.kill("relay")
    stack.wait_until(lambda: prometheus.fires("ProcessDown"), 60)
    assert [each["job"] for each in prometheus.fires("ProcessDown")] == ["relay"]
    stack.start("relay")
    stack.wait_until(lambda: not prometheus.fires("ProcessDown"), 60)


@pytest.mark.stack
def test_no_listener_lags_when_nothing_is_behind(stack: Stack, prometheus: Prometheus):
    await_quiet(stack)
    stack.wait_until(lambda: prometheus.value("sum(dm_listener_lag)") == 0, 60)
