"""The search of the top bar: each area finds its own, asked at once; one that is late is left out and named."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache

import httpx
from flask import Blueprint, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

import telemetry
from settings import settings
from webapp.shared.rights import can, needs

blueprint = Blueprint("search", __name__)

AREAS = (("orders.search", "Orders", "orders.see"), ("sales.search_leads", "Leads", "leads.see"),
         ("sales.search_clients", "Clients", "clients.see"), ("inventory.search", "Products", "products.see"))
LIMIT = 1.5
MOST = 100


@dataclass(frozen=True)
class Section:
    """What one area found: its own fragment, or `is_down`."""

    label: str
    html: str = ""
    is_down: bool = False


@blueprint.get("/search")
@needs("home.see")
def results() -> ResponseReturnValue:
    """The palette's results for `q`, a fragment."""
    q = request.args.get("q", "").strip()[:MOST]
    return render_template("search.html", q=q, sections=_ask_areas(q) if q else [])


def _ask_areas(q: str) -> list[Section]:
    headers = {"Cookie": request.headers.get("Cookie", ""), "X-Background": "1",
               "X-Correlation-ID": telemetry.correlation.get(), "HX-Request": "true", "HX-Request-Type": "partial"}
    asked = [(label, settings().api_base() + url_for(endpoint, q=q)) for endpoint, label, action in AREAS
             if endpoint in current_app.view_functions and can(action)]
    found = [_askers().submit(_ask, label, url, headers) for label, url in asked]
    return [section for section in (future.result() for future in found) if section.html or section.is_down]


def _ask(label: str, url: str, headers: dict[str, str]) -> Section:
    try:
        answer = httpx.get(url, headers=headers, timeout=LIMIT)
        answer.raise_for_status()
    except httpx.HTTPError:
        return Section(label, is_down=True)
    return Section(label, Markup(answer.text.strip()))  # noqa: S704  a fragment of ours, escaped by its template


@cache
def _askers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=32, thread_name_prefix="search")
