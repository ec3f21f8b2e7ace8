"""What the inbox page's address and forms say."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import request, url_for

from models.notifications import queries
from models.shared.database import reading
from webapp.wuphf.wording import Shown, shown

CATEGORIES = {"orders": ("Orders", "file-invoice"), "shipments": ("Shipments", "truck"),
              "stock": ("Stock", "packages"), "clients": ("Clients", "building-store")}  # fmt: skip
KEPT = timedelta(days=90)
MOST_PICKED = 100


def inbox_from_request(uid: str) -> dict[str, Any]:
    """What the inbox page shows for the address asked for; unknown filters are dropped."""
    unread = request.args.get("view") == "unread"
    about = request.args.get("about", "")
    category = about if about in CATEGORIES else ""
    with reading("notifications") as session:
        counts = queries.get_counts(session, uid)
        page = queries.list_inbox(session, uid, unread=unread, category=category,
                                  before=request.args.get("before", type=int))
        by_category = queries.count_by_category(session, uid)
        total = queries.count_inbox(session, uid, category)
    return {
        "notices": list(map(shown, page.notices)), "counts": counts, "by_category": by_category,
        "total": total,
        "categories": CATEGORIES, "unread_only": unread, "about": category, "kept_until": _kept_until,
        "here": inbox_url(unread, category, request.args.get("before", type=int)),
        "older_url": inbox_url(unread, category, page.older) if page.older else "",
        "is_first": request.args.get("before") is None,
    }  # fmt: skip


def inbox_url(unread: bool, category: str, before: int | None = None) -> str:
    """The address of the inbox in this state."""
    state = {"view": "unread" if unread else "", "about": category, "before": before}
    query = urlencode({name: value for name, value in state.items() if value})
    return url_for("wuphf.inbox") + (f"?{query}" if query else "")


def picked_ids() -> list[UUID]:
    """The ticked notifications; what is no id is passed over."""
    found = []
    for given in request.form.getlist("ids")[:MOST_PICKED]:
        try:
            found.append(UUID(given))
        except ValueError:
            continue
    return found


def way_back() -> str:
    """Where the form was: a page of the inbox, and nowhere else."""
    here = request.form.get("next", "")
    inbox = url_for("wuphf.inbox")
    return here if here == inbox or here.startswith(f"{inbox}?") else inbox


def _kept_until(notice: Shown) -> datetime:
    return notice.notice.at + KEPT
