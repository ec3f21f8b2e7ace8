"""Short addresses that people type: /leads, /clients/CL-1001, /DM-100209, with or without a slash at the end.

They lead to the real page and are never linked to.
"""

import re

from flask import current_app, request, url_for
from werkzeug.exceptions import HTTPException

# What people call a page, and its address.
PAGES = {
    "home": "",
    "leads": "sales/leads",
    "clients": "sales/clients",
    "shipments": "inventory/shipments",
    "products": "inventory/products",
    "locations": "inventory/locations",
    "stock-takes": "inventory/stock-takes",
    "inventory": "inventory/products",
    "sales": "sales/leads",
    "inbox": "wuphf",
    "notifications": "wuphf",
    "people": "profile/people",
    "directory": "profile/people",
    "settings": "profile/settings",
}
RECORDS = {  # the prefix of a business number, and the endpoint of its page
    "CL": "sales.client",
    "LD": "sales.lead",
    "DM": "orders.detail",
    "EX": "finance.detail",
    "RR": "finance.run",
    "SH": "inventory.shipment",
    "ST": "inventory.stock_take",
    "WU": "wuphf.broadcast",
}
_NUMBER = re.compile(r"/([a-z]{2})-(\d{1,12})", re.IGNORECASE | re.ASCII)


def meant_page() -> str | None:
    """Return the page that an unknown address of this request means, or None if it means none.

    The address is built from a route, so that it can only be a page of ours.
    """
    if request.url_rule or request.method not in ("GET", "HEAD"):
        return None
    path = request.path.rstrip("/") or "/"
    if number := _NUMBER.fullmatch(path):
        prefix = number[1].upper()
        endpoint = RECORDS.get(prefix)
        if endpoint not in current_app.view_functions:
            return None
        return _with_query(url_for(endpoint, number=f"{prefix}-{number[2]}"))
    first, _, rest = path.removeprefix("/").partition("/")
    candidates = [path] if path != request.path else []
    if first in PAGES:
        candidates.append("/" + "/".join(part for part in (PAGES[first], rest) if part))
    return next((page for each in candidates if (page := _page_at(each))), None)


def _page_at(path: str) -> str | None:
    routes = current_app.create_url_adapter(request)
    for address in (path, f"{path}/") if path != "/" else (path,):
        try:
            endpoint, values = routes.match(address, "GET") if routes else ("", {})
        except HTTPException:
            continue
        if endpoint and endpoint != "static":
            return _with_query(url_for(endpoint, **values))
    return None


def _with_query(address: str) -> str:
    query = request.query_string.decode(errors="replace")
    return f"{address}?{query}" if query else address
