"""The page of order charts, each with its data as a table."""

from datetime import date, timedelta

from flask.typing import ResponseReturnValue

from models.orders.figures import booked_by_person, booked_by_product, weeks_of_orders
from models.orders.rules import BOOKED
from models.shared.transactions import reading
from webapp.orders.area import blueprint
from webapp.shared.pages.fragments import render_page_or_block
from webapp.shared.people.rights import needs


@blueprint.get("/charts")
@needs("orders.see")
def charts() -> ResponseReturnValue:
    """Show orders and revenue by week, person and product, and days from placed to delivered."""
    with reading("orders") as session:
        weeks, people, products = (
            weeks_of_orders(session),
            booked_by_person(session),
            booked_by_product(session),
        )
    return render_page_or_block(
        "orders/charts.html",
        "main",
        weeks=weeks,
        people=people,
        products=products,
        week_of=_week_of,
    )


def _week_of(monday: date) -> dict[str, object]:
    """Return the filters of the list that leave what is booked in a week."""
    return {
        "since": monday.isoformat(),
        "until": (monday + timedelta(days=6)).isoformat(),
        "status": BOOKED,
    }
