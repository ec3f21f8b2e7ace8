"""The Faust app that a worker runs."""

from pathlib import Path

import faust
import pytest

from consumers.worker.app import make_app


@pytest.mark.parametrize("start", ["_create_directories"])
def test_a_worker_makes_no_folder_for_tables_that_it_does_not_keep(
    start: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    getattr(faust.App("another"), start)()
    assert [each.name for each in tmp_path.iterdir()] == ["another-data"], "as Faust's own does"
    app, _ = make_app("orders")
    getattr(app, start)()
    assert [each.name for each in tmp_path.iterdir()] == ["another-data"]
