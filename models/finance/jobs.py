"""What finance does by the clock: requests move to whoever stands in for an approver who went away, and back."""

from models.finance.asking import ask_those_who_decide_now, requests_to_move
from models.shared.commands import Door
from models.shared.database import reading
from models.shared.jobs import task

ITSELF = "service:finance"


@task("finance", cron="* * * * * */10")
def move_requests() -> None:
    """Every 10 s: asks whoever is to decide today on requests that stand with others, each in a transaction of its own.

    An absence begins and ends by the calendar, too, so there is no moment at which it would be told.
    """
    with reading("finance") as session:
        numbers = requests_to_move(session)
    for number in numbers:
        Door(ITSELF).run(ask_those_who_decide_now, number)
