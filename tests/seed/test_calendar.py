"""What the seed's history is made of: days of business, goods and companies."""

from datetime import UTC, datetime, timedelta

from stack.seed.calendar import business_days, next_business_day, share
from stack.seed.goods import companies, products

END = datetime(2026, 11, 20, 21, 30, tzinfo=UTC)


def test_goods_and_clients_are_many_and_different():
    assert (
        len({product.sku for product in products()})
        == len({product.name for product in products()})
        == 120
    )
    assert len({company.name for company in companies()}) == 60


def test_days_are_business_days_and_work_is_spread_over_them():
    days = business_days(END)
    assert len(days) == 41 and all(day.weekday() < 5 for day in days)
    assert days[-1].date() == END.date()
    assert len(business_days(END - timedelta(hours=8))) == 40, (
        "today is no day of work before its afternoon"
    )
    assert sum(share(397, 41)) == 397 and max(share(397, 41)) - min(share(397, 41)) <= 1
    assert next_business_day(days[-1], 1).weekday() == 0
