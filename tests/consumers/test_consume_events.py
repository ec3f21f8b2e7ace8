"""The guide's consumer is true: it runs against a real broker and hears what the relay publishes."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from models.inventory.receipts import receive_goods
from models.shared.transactions import transaction
from tests.consumers.conftest import Processes, wait_for
from tests.factories.office import SKU, do_business

GUIDE = Path(__file__).parents[2] / "docs/howto/consume-events.md"


@pytest.mark.long
def test_the_guides_consumer_hears_an_order_once_also_when_it_is_started_again(
    clean_database: str, processes: Processes, tmp_path: Path
):
    [script] = re.findall(
        r"^```python title=.consume.py.\n(.*?)^```$", GUIDE.read_text(), re.MULTILINE | re.DOTALL
    )
    assert len(script.splitlines()) <= 40
    (tmp_path / "consume.py").write_text(script)
    said = tmp_path / "said.txt"
    do_business()
    processes.broker()
    processes.relay()
    environment = {**os.environ, "KAFKA": f"127.0.0.1:{processes.port}"}

    def consume(until: str) -> str:
        with said.open("w") as out:
            running = subprocess.Popen(
                [sys.executable, "consume.py", "erp"], cwd=tmp_path, env=environment, stdout=out
            )
        try:
            wait_for(f"{until} heard", lambda: until in said.read_text(), 60)
        finally:
            running.send_signal(signal.SIGINT)
            running.wait(20)
        return said.read_text()

    assert consume("dm.orders.order.placed.v1").count("order.placed.v1") == 1
    with transaction("inventory", actor="darryl.philbin") as session:
        receive_goods(session, SKU, 5, "more of it")
    again = consume("dm.inventory.goods.received.v1")
    # Of other topics it may hear now what it had not come to before.
    assert "goods.received.v1" in again and "order.placed" not in again
