"""Short addresses that people type: /leads, /clients/CL-1001, /DM-100209, with or without a slash at the end.

Each area registers its own in its manifest. They lead to the real page and are never linked to.
"""

import re

from flask import current_app, request, url_for
from werkzeug.exceptions import HTTPException

from webapp.shared.manifest import registry
from webapp.shared.process.json_objects import JsonObject

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
        record = registry().prefixes.get(prefix)
        if record is None:
            return None
        values: JsonObject = {record.argument: f"{prefix}-{number[2]}"}
        return _with_query(url_for(record.endpoint, **values))
    first, _, rest = path.removeprefix("/").partition("/")
    candidates = [path] if path != request.path else []
    if (page := registry().addresses.get(first)) is not None:
        candidates.append("/" + "/".join(part for part in (page, rest) if part))
    return next((found for each in candidates if (found := _page_at(each))), None)


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
