"""Nothing is on its way any more."""

from typing import Any

from tests.chaos.settling import Quiet


def await_quiet(stack: Any) -> None:
    """Waits until all that was done before has rung: an order, the warehouse's answer, who is told, their inboxes."""
    for _ in range(4):
        _, anomalies = Quiet(stack).await_recovery()
        assert anomalies == []
