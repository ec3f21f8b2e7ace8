"""Pages for webhooks: one's own with their deliveries; for administrators also everyone's."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import NamedTuple
from uuid import UUID

from flask import request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from models.shared.errors import DomainError, Invalid, NotFound
from models.shared.transactions import reading
from models.wuphf.webhooks import deliveries, subscriptions
from models.wuphf.webhooks.rules import LONGEST_URL
from models.wuphf.webhooks.subscriptions import LONGEST_NAME, Wanted
from models.wuphf.webhooks.tables import STATES, Webhook
from settings import settings
from webapp.shared.manifest import registry
from webapp.shared.pages.form_keys import whole
from webapp.shared.pages.fragments import go_to, render_block, render_page_or_block
from webapp.shared.people.own_records import opens
from webapp.shared.people.rights import Person, can, needs, person
from webapp.shared.requests.commands import run, run_each_time
from webapp.wuphf.area import blueprint
from webapp.wuphf.webhook_limits import SAYS, limits, signing_secret

LIST, PAGE, DELIVERY = (
    f"wuphf/{name}.html" for name in ("webhooks", "webhook", "webhook_delivery")
)
FILTERS = {"": "All", "waiting": "Waiting", "delivered": "Delivered", "failed": "Failed"}


class Shown(NamedTuple):
    """What the live part of a webhook's page shows."""

    hook: Webhook
    page: deliveries.Page
    state: str
    filters: Mapping[str, str]
    here: Callable[..., str]


@blueprint.get("/webhooks")
@needs("webhooks.own")
def webhooks() -> ResponseReturnValue:
    """Show the person's webhooks and the form for a new one; administrators see everyone's, too."""
    return _list()


@blueprint.post("/webhooks")
@needs("webhooks.own")
def create_webhook() -> ResponseReturnValue:
    """Create a webhook and show its signing secret, this once."""
    try:
        id_ = run(subscriptions.create_webhook, _wanted(), limits())
    except DomainError as error:
        return _list(error)
    return _page(id_, 201, secret=signing_secret(id_, 1))


@opens("webhook")
def open_webhook(who: Person, key: str) -> None:
    """Raise NotFound unless the webhook is this person's: the rule of its page."""
    try:
        id_ = UUID(key)
    except ValueError:
        raise NotFound(subscriptions.RECORD, key[:40]) from None
    with reading("notifications") as session:
        subscriptions.get_webhook(session, id_, who.uid)


@blueprint.get("/webhooks/<uuid:id_>")
@needs("webhooks.own")
def webhook(id_: UUID) -> ResponseReturnValue:
    """Show a webhook of the person's, its deliveries, and the form to change it."""
    return _page(id_)


@blueprint.get("/webhooks/<uuid:id_>/state")
@needs("webhooks.own")
def webhook_state(id_: UUID) -> ResponseReturnValue:
    """Render the live part of the webhook's page again."""
    return render_block(PAGE, "state", **_shown(id_)._asdict())


@blueprint.post("/webhooks/<uuid:id_>")
@needs("webhooks.own")
def change_webhook(id_: UUID) -> ResponseReturnValue:
    """Change name, address and events, unless they changed since the form was opened."""
    version = whole(request.form.get("version")) or 0
    try:
        run(subscriptions.change_webhook, id_, version, _wanted(), limits())
    except Invalid as error:
        return _page(id_, error.status, errors=error.errors)
    return go_to(url_for("wuphf.webhook", id_=id_))


@blueprint.post("/webhooks/<uuid:id_>/<any(enable, disable, test):step>")
@needs("webhooks.own")
def work_webhook(id_: UUID, step: str) -> ResponseReturnValue:
    """Enable or disable a webhook of the person's, or send it a test event."""
    command = {
        "enable": subscriptions.enable_webhook,
        "disable": subscriptions.disable_webhook,
        "test": deliveries.send_test,
    }[step]
    run(command, id_)
    return go_to(url_for("wuphf.webhook", id_=id_))


@blueprint.post("/webhooks/<uuid:id_>/secret")
@needs("webhooks.own")
def roll_webhook_secret(id_: UUID) -> ResponseReturnValue:
    """Give a webhook a new signing secret and show it, this once."""
    version = run(subscriptions.roll_secret, id_)
    return _page(id_, 201, secret=signing_secret(id_, version))


@blueprint.post("/webhooks/<uuid:id_>/delete")
@needs("webhooks.own")
def delete_webhook(id_: UUID) -> ResponseReturnValue:
    """Delete a webhook of the person's with its deliveries."""
    run_each_time(subscriptions.delete_webhook, id_)
    return go_to(url_for("wuphf.webhooks"))


@blueprint.post("/webhooks/<uuid:id_>/disable-anyones")
@needs("webhooks.manage")
def disable_anyones_webhook(id_: UUID) -> ResponseReturnValue:
    """Disable anyone's webhook."""
    run(subscriptions.disable_webhook, id_, anyones=True)
    return go_to(url_for("wuphf.webhooks"))


@blueprint.get("/webhooks/<uuid:id_>/deliveries/<uuid:delivery_id>")
@needs("webhooks.own")
def webhook_delivery(id_: UUID, delivery_id: UUID) -> ResponseReturnValue:
    """Show one delivery: what was sent, and what became of each attempt."""
    with reading("notifications") as session:
        hook = subscriptions.get_webhook(session, id_, person().uid)
        found = deliveries.get_delivery(session, id_, delivery_id, person().uid)
    body = json.dumps(json.loads(found.body), indent=2, ensure_ascii=False)
    moments = [datetime.fromisoformat(str(each["at"])) for each in found.tries]
    return render_page_or_block(
        DELIVERY, "main", hook=hook, delivery=found, body=body, moments=moments
    )


@blueprint.post("/webhooks/<uuid:id_>/deliveries/<uuid:delivery_id>/redeliver")
@needs("webhooks.own")
def redeliver(id_: UUID, delivery_id: UUID) -> ResponseReturnValue:
    """Send one delivery again."""
    run(deliveries.redeliver, id_, delivery_id)
    return go_to(url_for("wuphf.webhook", id_=id_))


def _wanted() -> Wanted:
    form = request.form
    types = sorted(set(form.getlist("types")))
    return Wanted(name=form.get("name", ""), url=form.get("url", "").strip(), types=types)


def _list(error: DomainError | None = None) -> ResponseReturnValue:
    with reading("notifications") as session:
        own = subscriptions.list_webhooks(session, person().uid)
        others = subscriptions.list_webhooks(session) if can("webhooks.manage") else []
    return render_page_or_block(
        LIST,
        "main",
        error.status if error else 200,
        own=own,
        others=[each for each in others if each.owner != person().uid],
        error=error,
        errors=error.errors if isinstance(error, Invalid) else {},
        **_form(request.form.get("name", ""), request.form.get("url", ""), []),
    )


def _page(
    id_: UUID, status: int = 200, secret: str = "", errors: dict[str, str] | None = None
) -> ResponseReturnValue:
    shown = _shown(id_)
    hook = shown.hook
    typed = request.form if errors else {}
    form = _form(
        typed.get("name", hook.name), typed.get("url", hook.url), [] if errors else hook.types
    )
    values = {**shown._asdict(), **form, "secret": secret, "errors": errors or {}}
    return render_page_or_block(PAGE, "main", status, **values)


def _shown(id_: UUID) -> Shown:
    state = request.args.get("state", "")
    with reading("notifications") as session:
        hook = subscriptions.get_webhook(session, id_, person().uid)
        page = deliveries.list_deliveries(
            session,
            id_,
            person().uid,
            state=state if state in STATES else "",
            after=_after(),
        )
    here = partial(url_for, "wuphf.webhook", id_=id_)
    return Shown(hook, page, state, FILTERS, here)


def _after() -> UUID | None:
    try:
        return UUID(request.args["after"]) if request.args.get("after") else None
    except ValueError:
        raise BadRequest("This link to a page of the list is not valid.") from None


def _form(name: str, url: str, types: list[str]) -> dict[str, object]:
    """Return what the form for a webhook shows: the events offered by area, and what was typed."""
    offered = limits().types
    return {
        "typed_name": name,
        "typed_url": url,
        "picked": set(request.form.getlist("types") or types),
        "areas": [
            (label, [(type_, SAYS[type_]) for type_ in offered if type_.split(".")[1] == area])
            for area, label in registry().apis.items()
            if any(type_.split(".")[1] == area for type_ in offered)
        ],
        "longest_name": LONGEST_NAME,
        "longest_url": LONGEST_URL,
        "networks": settings().webhook_networks,
    }
