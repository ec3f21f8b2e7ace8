"""Scheduled job: ask the delegates of approvers who went out of office, and undo it afterwards."""

from models.finance.approvers import ask_those_who_decide_now, requests_to_move
from models.shared.jobs import task
from models.shared.records.commands import Door
from models.shared.transactions import reading

ITSELF = "service:finance"


@task("finance", cron="* * * * * */10")
def move_requests() -> None:
    """Every 10 s, ask today's approvers of requests that wait for somebody else.

    Each request has a transaction of its own. Polling is needed because an absence begins and ends
    by date: no event marks that moment.
    """
    with reading("finance") as session:
        numbers = requests_to_move(session)
    for number in numbers:
        Door(ITSELF).run(ask_those_who_decide_now, number)
