"""Scheduled job: ask the delegates of sales managers who went out of office, and undo it afterwards."""

from models.orders.approval import ask_those_who_decide_now, requests_to_move
from models.shared.jobs import task
from models.shared.records.commands import Door
from models.shared.transactions import reading

ITSELF = "service:orders"


@task("orders", cron="* * * * * */10")
def move_approvals() -> None:
    """Every 10 s, ask today's approvers of orders that wait for somebody else.

    Each order has a transaction of its own. Polling is needed because an absence begins and ends by
    date: no event marks that moment.
    """
    with reading("orders") as session:
        numbers = requests_to_move(session)
    for number in numbers:
        Door(ITSELF).run(ask_those_who_decide_now, number)
