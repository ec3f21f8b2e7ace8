"""Fragments that other pages load from sales (home page card, command palette), and the charts."""

from datetime import timedelta

from flask import request
from flask.typing import ResponseReturnValue

from models.sales.client_queries import ClientFilter, list_clients
from models.sales.figures import count_lost_reasons, count_sources, get_funnel
from models.sales.lead_queries import LeadFilter, count_by_due, list_due_leads, list_leads
from models.shared import clock
from models.shared.transactions import reading
from webapp.sales.area import blueprint
from webapp.shared.pages.fragments import render_block, render_page_or_block
from webapp.shared.people.preferences import today, zone
from webapp.shared.people.rights import needs, person

SPANS = {"30": "30 days", "90": "90 days", "365": "12 months"}


@blueprint.get("/home")
@needs("leads.see")
def home_card() -> ResponseReturnValue:
    """Show the person's leads whose next step is due."""
    with reading("sales") as session:
        due, counts = (
            list_due_leads(session, person().uid, today()),
            count_by_due(session, person().uid, today()),
        )
    return render_page_or_block("sales/_home.html", "card", due=due, counts=counts)


@blueprint.get("/search/leads")
@needs("leads.see")
def search_leads() -> ResponseReturnValue:
    """Return a few leads for the command palette."""
    q = request.args.get("q", "").strip()[:100]
    with reading("sales") as session:
        rows = list_leads(session, LeadFilter(q=q), size=5).rows if q else []
    return render_block("sales/_search.html", "leads", rows=rows, q=q)


@blueprint.get("/search/clients")
@needs("clients.see")
def search_clients() -> ResponseReturnValue:
    """Return a few clients for the command palette."""
    q = request.args.get("q", "").strip()[:100]
    with reading("sales") as session:
        rows = list_clients(session, ClientFilter(q=q), size=5).rows if q else []
    return render_block("sales/_search.html", "clients", rows=rows, q=q)


@blueprint.get("/leads/charts")
@needs("leads.see")
def charts() -> ResponseReturnValue:
    """Show how far leads get, where they come from and why they are lost, as charts and tables."""
    days = request.args.get("days", "90")
    days = days if days in SPANS else "90"
    first = today() - timedelta(days=int(days))
    since = clock.start_of(first, zone())
    with reading("sales") as session:
        funnel, sources, lost = (
            get_funnel(session, since),
            count_sources(session, since),
            count_lost_reasons(session, since),
        )
    return render_page_or_block(
        "sales/charts.html",
        "charts",
        funnel=funnel,
        sources=sources,
        lost=lost,
        days=days,
        first=first.isoformat(),
        spans=SPANS,
    )
