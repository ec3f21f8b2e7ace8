"""The text of a notification, from the words that its area declares.

Names and numbers come from the event's parts and are escaped here; they are never markup.
"""

from decimal import Decimal, InvalidOperation

from markupsafe import Markup

from models.shared.counts import counted
from models.shared.settings.names import name_from_uid
from models.shared.texts import isolate
from models.wuphf.notifications.registry import WORDS
from models.wuphf.notifications.shape import Words
from models.wuphf.queries import Notice

UNKNOWN = Words("bell", "", "Update on {subject}", "")


def title_of(notice: Notice) -> Markup:
    """Return the title: what happened, in one line. An unknown kind still names its subject."""
    return Markup(words_of(notice.kind).title).format_map(_values(notice))  # noqa: S704  text from our own table


def detail_of(notice: Notice) -> Markup:
    """Return the line below the title."""
    return Markup(words_of(notice.kind).detail).format_map(_values(notice))  # noqa: S704


def words_of(kind: str) -> Words:
    """Return the text of a kind, or a generic one for an unknown kind."""
    return WORDS.get(kind, UNKNOWN)


class _Parts(dict[str, object]):
    """Placeholders of a sentence; one that the event does not have shows as a dash."""

    def __missing__(self, key: str) -> str:
        return "–"


def _values(notice: Notice) -> _Parts:
    number = Markup('<span class="no">{}</span>').format(notice.subject_key)
    values = _Parts({name: isolate(value) or "–" for name, value in notice.parts.items()})
    values.update(subject=number, actor=isolate(notice.actor_name or notice.actor))
    if notice.subject_type != "order" and "order_number" in notice.parts:
        values["order_number"] = Markup('<span class="no">{}</span>').format(
            notice.parts["order_number"]
        )
    for money in {"total", "approved_total"} & notice.parts.keys():
        values[money] = dollars(notice.parts[money])
    for count in {"available", "missing", "quantity", "reorder_quantity"} & notice.parts.keys():
        values[f"{count}_cases"] = _cases(notice.parts[count])
    if "delta" in notice.parts:
        values["delta_cases"] = _cases(notice.parts["delta"], signed=True)
    remark = notice.parts.get("remark") or notice.parts.get("note")
    values["remark"] = f" · {isolate(remark)}" if remark else ""
    values["because"] = (
        f" · “{isolate(notice.parts['reason'])}”" if notice.parts.get("reason") else ""
    )
    is_part = notice.parts.get("approved_total") not in (None, "", notice.parts.get("total"))
    values["part"] = f"{values['approved_total']} of " if is_part else ""
    absent = notice.parts.get("on_behalf_of", "")
    absent = absent if " " in absent else name_from_uid(absent)  # a uid in what is older
    values["for_whom"] = f" on behalf of {isolate(absent)}" if absent else ""
    return values


def _cases(count: str, *, signed: bool = False) -> str:
    """Return `3 cases`, and with `signed` `+3 cases` or `−3 cases`."""
    try:
        number = int(count)
    except ValueError:
        return isolate(count)
    sign = "−" if number < 0 else "+" if signed else ""
    return sign + counted(abs(number), "case")


def dollars(amount: str) -> str:
    """Format an amount as `$1,300.00`; return a text that is no amount as it is."""
    try:
        return f"${Decimal(amount):,.2f}"
    except InvalidOperation:
        return amount
