"""The palette's search: every area searches its own data, all of them at once.

A slow area is fetched separately; an area that is down is named.
"""

import concurrent.futures
import re
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import NamedTuple

import httpx
from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

import telemetry
from settings import settings
from webapp.shared.manifest import Search, searches
from webapp.shared.pages.fragments import is_partial
from webapp.shared.people.rights import needs

blueprint = Blueprint("search", __name__)


PATIENCE = 0.3  # seconds that the palette waits for slow areas
LIMIT = 2.5  # seconds until an area counts as down
MOST = 100
# httpx.get would read all certificates for each call: 30 ms of processor time per area, most of PATIENCE together.
TLS = httpx.create_ssl_context()
OF_OPTIONS = re.compile(r' role="option"| aria-selected="false"')


class Section(NamedTuple):
    """What one area found, as its own HTML fragment.

    `is_late` while it is still searching, `is_down` when it cannot search.
    """

    area: Search
    html: str = ""
    is_late: bool = False
    is_down: bool = False


@blueprint.get("/search")
@needs("home.see")
def results() -> ResponseReturnValue:
    """Show what was found for `q`.

    The palette answers at once and leaves a placeholder for each slow area; the page waits for all.
    """
    q = _words()
    if is_partial():
        return render_template("search.html", q=q, sections=_ask_areas(q, PATIENCE) if q else [])
    return render_template(
        "search_page.html", q=q, sections=_as_links(_ask_areas(q, LIMIT + 1)) if q else []
    )


@blueprint.get("/search/<name>")
@needs("home.see")
def late_results(name: str) -> ResponseReturnValue:
    """Show the section of one slow area, or that it cannot be searched right now."""
    area = next((each for each in searches() if each.endpoint == name), None)
    if area is None:
        abort(404)
    q = _words()
    return render_template(
        "search.html", q="", sections=[_ask(area, _url(area, q), _headers())] if q else []
    )


def _words() -> str:
    return request.args.get("q", "").strip()[:MOST]


def _ask_areas(q: str, patience: float) -> list[Section]:
    headers = _headers()
    asked = [(area, _askers().submit(_ask, area, _url(area, q), headers)) for area in searches()]
    concurrent.futures.wait([future for _, future in asked], timeout=patience)
    found = [
        future.result() if future.done() else Section(area, is_late=True) for area, future in asked
    ]
    return [section for section in found if section.html or section.is_down or section.is_late]


def _as_links(sections: list[Section]) -> list[Section]:
    """Turn the palette's options into plain links for the page."""
    return [section._replace(html=Markup(OF_OPTIONS.sub("", section.html))) for section in sections]  # noqa: S704


def _url(area: Search, q: str) -> str:
    return settings().api_base() + url_for(area.endpoint, q=q)


def _headers() -> dict[str, str]:
    return {
        "Cookie": request.headers.get("Cookie", ""),
        "X-Background": "1",
        "X-Correlation-ID": telemetry.correlation.get(),
        "HX-Request": "true",
        "HX-Request-Type": "partial",
    }


def _ask(area: Search, url: str, headers: dict[str, str]) -> Section:
    try:
        answer = httpx.get(url, headers=headers, timeout=LIMIT, verify=TLS, trust_env=False)
        answer.raise_for_status()
    except httpx.HTTPError:
        return Section(area, is_down=True)
    return Section(area, Markup(answer.text.strip()))  # noqa: S704  a fragment of ours, escaped by its template


@cache
def _askers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=32, thread_name_prefix="search")
