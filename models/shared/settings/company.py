"""Company settings that administrators change at run time: their definitions and current values.

The profile service owns the values. Every other service reads its own projection with `value`; the
projection catches up within seconds. Like the event catalogue, this one table lists every setting.
"""

from decimal import Decimal
from typing import Any, Literal, NamedTuple

from sqlalchemy.orm import Session

from models.shared.numbers import is_whole_cents, read_amount, read_count, read_percentage
from models.shared.settings.pulled_records import pulled_record

SOURCE = "settings"
_DECIMALS = "Enter a number with at most two decimals, such as 12.50."
Kind = Literal["percent", "money", "days", "choice", "switch"]
Value = Decimal | int | str | bool


class Setting(NamedTuple):
    """One setting.

    `low` and `high` are the inclusive bounds of a number. `choices` holds the (key, label) pairs of
    a choice.
    """

    name: str
    group: str
    kind: Kind
    default: Value
    label: str
    says: str
    low: Decimal = Decimal(0)
    high: Decimal = Decimal(100)
    choices: tuple[tuple[str, str], ...] = ()


def _money(name: str, default: str, label: str, says: str) -> Setting:
    return Setting(
        name, "Expenses", "money", Decimal(default), label, says, high=Decimal(1_000_000)
    )


def _days(
    name: str, group: str, default: int, label: str, says: str, low: int, high: int
) -> Setting:
    return Setting(name, group, "days", default, label, says, Decimal(low), Decimal(high))


_LIMIT = "In US dollars. A line above this needs a reason, and the approver sees it flagged."
EXPENSE_CATEGORIES = (
    ("meals", "Meals", "75.00"),
    ("client_meals", "Client meals", "250.00"),
    ("travel", "Travel", "1000.00"),
    ("mileage", "Mileage", "300.00"),
    ("lodging", "Lodging", "400.00"),
    ("supplies", "Office supplies", "200.00"),
    ("other", "Other", "100.00"),
)
SETTINGS: tuple[Setting, ...] = (
    Setting(
        "discount_limit_percent",
        "Orders",
        "percent",
        Decimal(10),
        "Discount without approval",
        "In percent. An order with a higher discount needs approval from a sales manager.",
    ),
    Setting(
        "reservation_mode",
        "Warehouse",
        "choice",
        "available",
        "Reservations",
        "What to reserve when stock does not cover the whole order.",
        choices=(
            ("available", "Whatever is available; back-order the rest"),
            ("all", "The whole order or nothing"),
        ),
    ),
    Setting(
        "second_person_packs",
        "Warehouse",
        "switch",
        False,
        "Packing by a second person",
        "The person who picked a shipment cannot pack it.",
    ),
    Setting(
        "packing_counts_lines",
        "Warehouse",
        "switch",
        False,
        "Count every line when packing",
        "A shipment can be packed only after every line is counted or scanned, case by case.",
    ),
    _money(
        "second_approval_limit",
        "1000.00",
        "Second approval above",
        "In US dollars. An expense above this also needs approval from accounting.",
    ),
    _money(
        "voucher_threshold",
        "25.00",
        "Receipt photo required above",
        "In US dollars. A line above this needs a receipt photo.",
    ),
    _days(
        "expense_max_age_days",
        "Expenses",
        90,
        "Oldest expense line",
        "In days. An older line is flagged for the approver.",
        1,
        3650,
    ),
    *(
        _money(f"category_limit_{key}", limit, f"Limit for {label[0].lower()}{label[1:]}", _LIMIT)
        for key, label, limit in EXPENSE_CATEGORIES
    ),
    _days(
        "notification_retention_days",
        "WUPHF",
        90,
        "Keep notifications",
        "In days. Older notifications are removed from every inbox, except pinned ones.",
        7,
        3650,
    ),
)
BY_NAME = {setting.name: setting for setting in SETTINGS}


def value(session: Session, name: str) -> Any:
    """Return a setting's current value: Decimal, int, str or bool, depending on its kind.

    Reads the projection of the session's service. Returns the default before the first pull, and
    when the stored value is invalid. Raises KeyError for an unknown name.
    """
    setting = BY_NAME[name]
    record = pulled_record(session, SOURCE, name)
    return setting.default if record is None else read_json(setting, record.get("value"))


def read_json(setting: Setting, stored: object) -> Value:
    """Parse a value as stored or sent (decimals are strings), or return the default if invalid."""
    try:
        return parse(
            setting, {True: "yes", False: "no"}[stored] if isinstance(stored, bool) else str(stored)
        )
    except ValueError:
        return setting.default


def as_json(wanted: Value) -> str | int | bool:
    """Return the value in the form in which it is stored and sent."""
    return str(wanted) if isinstance(wanted, Decimal) else wanted


def parse(setting: Setting, typed: str) -> Value:
    """Parse a value that a person typed. Raises ValueError with a message for them."""
    typed = typed.strip()
    if setting.kind == "switch":
        if typed not in ("yes", "no"):
            raise ValueError("Choose yes or no.")
        return typed == "yes"
    if setting.kind == "choice":
        if typed not in dict(setting.choices):
            raise ValueError("Choose one of the options.")
        return typed
    return _number(setting, typed)


def shown(wanted: Value) -> str:
    """Format the value for a form field, in the form that `parse` accepts."""
    if isinstance(wanted, bool):
        return "yes" if wanted else "no"
    return f"{wanted:f}" if isinstance(wanted, Decimal) else str(wanted)


def same(setting: Setting, one: str, other: str) -> bool:
    """Return whether two typed values mean the same, such as `10` and `10.00`."""
    try:
        return bool(parse(setting, one) == parse(setting, other))
    except ValueError:
        return one.strip() == other.strip()


def _number(setting: Setting, typed: str) -> Decimal | int:
    whole = setting.kind == "days"
    if whole:
        found = Decimal(read_count(typed, "Enter a whole number of days, such as 30."))
    else:
        read = read_amount if setting.kind == "money" else read_percentage
        found = read(typed, _DECIMALS)
    if not setting.low <= found <= setting.high:
        raise ValueError(f"Enter a number from {setting.low:,} to {setting.high:,}.")
    if not is_whole_cents(found):
        raise ValueError(_DECIMALS)
    if whole:
        return int(found)
    return found.quantize(Decimal("0.01")) if setting.kind == "money" else found
