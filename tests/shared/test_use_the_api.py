"""The guide for programs is true: its call, its script, and a generated client work with tokens made on the page.

Real processes call a real port over the real database; events reach their handlers in this process.
"""

import importlib
import os
import re
import shlex
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from models.shared.listeners.delivery import deliver_pending
from tests.factories.office import SKU
from tests.pages.served import ServedPage
from tests.web_client import SignedInClient

TokenFor = Callable[..., str]
ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs/howto/use-the-api.md").read_text()
SCRIPT = re.compile(r"^```python title=.order.py.\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def token_for(
    small_office: object, served: str, client_as: Callable[[str], SignedInClient]
) -> TokenFor:
    """`token_for("jim.halpert", orders="write")` creates one on the page, and copies it from there."""

    def create(uid: str, **rights: str) -> str:
        form = {f"right-{area}": level for area, level in rights.items()}
        answer = client_as(uid).post(
            "/profile/programs", data={"name": "Script", "days": "7"} | form
        )
        return ServedPage(answer).first("#new-token").text

    return create


@pytest.fixture
def events_arrive(small_office: object) -> Iterator[None]:
    """Carries events to their listeners until the test is over, as relay, broker and workers do."""
    over = threading.Event()

    def carry() -> None:
        while not over.wait(0.2):
            deliver_pending(as_of_event=False)

    carrier = threading.Thread(target=carry)
    carrier.start()
    yield
    over.set()
    carrier.join()


def until(asked: Callable[[], Any], seconds: float = 60) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := asked()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.2)
    return found


def test_the_guides_first_call_works_and_its_owner_is_notified_of_the_token(
    token_for: TokenFor, served: str, events_arrive: None
):
    token = token_for("jim.halpert", wuphf="read")
    [line] = re.findall(r"^\$ curl (.*)$", GUIDE, re.MULTILINE)
    words = shlex.split(line.replace("http://127.0.0.1:8000", served).replace("dm_pat_…", token))
    said = subprocess.run(["curl", "-sS", *words], capture_output=True, text=True, timeout=60)
    assert '"unseen":' in said.stdout, said
    bearer = {"Authorization": f"Bearer {token}"}

    def notices() -> Any:
        answer = httpx.get(f"{served}/api/v1/notifications", headers=bearer, timeout=60)
        return [each for each in answer.json()["items"] if each["kind"] == "token_created"]

    [notice] = until(notices)
    assert notice["parts"] == {"name": "Script", "limited_to": "wuphf:read"}


def test_the_guides_script_takes_an_order_to_the_client(
    token_for: TokenFor, served: str, events_arrive: None, tmp_path: Path
):
    [script] = SCRIPT.findall(GUIDE)
    assert len(script.splitlines()) <= 30
    (tmp_path / "order.py").write_text(script)
    tokens = {
        "SALES_TOKEN": token_for("jim.halpert", orders="write"),
        "WAREHOUSE_TOKEN": token_for("darryl.philbin", inventory="write"),
    }
    said = subprocess.run(
        [sys.executable, "order.py", SKU],
        cwd=tmp_path,
        env={**os.environ, **tokens, "DM_URL": served},
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert re.fullmatch(r"DM-\d+ delivered\n", said.stdout), said.stderr


def test_a_client_generated_from_the_document_takes_an_order_to_the_client(
    token_for: TokenFor,
    served: str,
    events_arrive: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    said = generate(f"{served}/api/v1/openapi.json", tmp_path / "made_client")
    assert "WARNING" not in said and "ERROR" not in said, said
    monkeypatch.syspath_prepend(tmp_path)
    client = importlib.import_module("made_client").AuthenticatedClient
    models = importlib.import_module("made_client.models")
    sales = client(base_url=served, token=token_for("jim.halpert", orders="write"))
    warehouse = client(base_url=served, token=token_for("darryl.philbin", inventory="write"))

    company = call("orders.orders_clients", client=sales).items[0]
    line = models.NewLineShape(sku=SKU, quantity=2)
    new = models.NewOrderShape(client_number=company.number, lines=[line])
    order = call("orders.orders_place", client=sales, body=new, idempotency_key="generated-1")
    again = call("orders.orders_place", client=sales, body=new, idempotency_key="generated-1")
    assert order.number == again.number
    shipment = until(
        lambda: call("inventory.inventory_shipments", client=warehouse, q=order.number).items
    )[0]
    facts = {"dispatch": {"carrier": "UPS", "tracking": "1Z999"}, "deliver": {"signed_by": "Pat"}}
    for step in ("pick", "pack", "dispatch", "deliver"):
        now = call("inventory.inventory_shipment", client=warehouse, number=shipment.number)
        call(
            "inventory.inventory_take_step",
            client=warehouse,
            number=shipment.number,
            step=importlib.import_module(
                "made_client.models.inventory_take_step_step"
            ).InventoryTakeStepStep(step),
            body=models.StepShape(**facts.get(step, {})),
            if_match=f'"{now.version}"',
        )
    until(
        lambda: call("orders.orders_get", client=sales, number=order.number).status == "delivered"
    )
    missing = call("orders.orders_get", client=sales, number="DM-1")
    assert (type(missing), missing.status, missing.code) == (models.Problem, 404, "not_found")


def generate(url: str, folder: Path) -> str:
    """Generates a Python client from the document at this address; what the generator said."""
    (folder.parent / "config.yml").write_text("post_hooks: []\n")
    command = [
        "-m",
        "openapi_python_client",
        "generate",
        "--meta",
        "none",
        "--config",
        "config.yml",
    ]
    said = subprocess.run(
        [sys.executable, *command, "--url", url, "--output-path", str(folder)],
        cwd=folder.parent,
        capture_output=True,
        text=True,
        timeout=180,
    )
    return said.stdout + said.stderr


def call(operation: str, **arguments: Any) -> Any:
    """Calls an operation of the generated client; its parsed answer, or the problem."""
    found = importlib.import_module(f"made_client.api.{operation}").sync(**arguments)
    assert found is not None, operation
    return found
