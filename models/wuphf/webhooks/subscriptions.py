"""Webhooks: create, change, disable and delete them, and roll their secrets."""

from collections.abc import Collection
from uuid import UUID

import msgspec
import uuid_utils
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from models.shared import clock
from models.shared.database.context import current_actor
from models.shared.database.live_signals import signal_record
from models.shared.errors import DomainError, Invalid, NotFound, Stale
from models.shared.events.outbox import record
from models.shared.records.circumstance import Circumstance
from models.shared.records.history import write_history
from models.wuphf.events import WebhookCreated, WebhookDeleted, WebhookDisabled, WebhookEnabled
from models.wuphf.webhooks.rules import problem_of_url
from models.wuphf.webhooks.tables import Webhook, WebhookDelivery

LONGEST_NAME = 60
MOST = 20  # webhooks of one person
LISTED = 200
RECORD = "webhook"


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a webhook is to be like, as a person or program asks for it."""

    name: str
    url: str
    types: list[str]


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for whoever asks: the types they may hear, and the private networks allowed."""

    types: Collection[str]
    networks: str


def create_webhook(session: Session, wanted: Wanted, limits: Circumstance[Limits]) -> UUID:
    """Create a webhook of the actor's; return its id.

    Raises Invalid, and DomainError `too_many_webhooks`.
    """
    owner, name = current_actor(session), _check(wanted, limits)
    has = select(func.count()).where(Webhook.owner == owner)
    if (session.execute(has).scalar() or 0) >= MOST:
        raise DomainError("too_many_webhooks", f"You can have {MOST} webhooks. Delete one first.")
    made = Webhook(
        id=UUID(bytes=uuid_utils.uuid7().bytes),
        owner=owner,
        name=name,
        url=wanted.url,
        types=sorted(set(wanted.types)),
        version=1,
        created_at=clock.now(),
        secret_version=1,
        failures=0,
    )
    session.add(made)
    session.flush()
    _note(session, made, "created", name=name, url=made.url, types=made.types)
    record(
        session, WebhookCreated(webhook_id=made.id, owner=owner, name=name, host=host_of(made.url))
    )
    return made.id


def change_webhook(
    session: Session, id_: UUID, version: int, wanted: Wanted, limits: Circumstance[Limits]
) -> None:
    """Change a webhook of the actor's; what waits goes to the new address.

    Raises NotFound, Invalid, and Stale if it changed since `version`.
    """
    found = lock_webhook(session, id_)
    if found.version != version:
        raise Stale("This webhook changed after you opened it.")
    found.name, found.url = _check(wanted, limits), wanted.url
    found.types = sorted(set(wanted.types))
    _note(session, found, "changed", name=found.name, url=found.url, types=found.types)


def disable_webhook(session: Session, id_: UUID, anyones: Circumstance[bool] = False) -> None:
    """Send nothing more to a webhook of the actor's or, with `anyones`, of anybody's.

    What waits fails, and events that come meanwhile are not kept. Raises NotFound.
    """
    found = lock_webhook(session, id_, anyones)
    if found.disabled_at is None:
        end_deliveries(session, found, current_actor(session), "")


def enable_webhook(session: Session, id_: UUID) -> None:
    """Send the events that come from now on. Raises NotFound."""
    found = lock_webhook(session, id_)
    if found.disabled_at is None:
        return
    found.disabled_at = found.disabled_by = found.failing_since = found.resumes_at = None
    found.disabled_why, found.failures = "", 0
    _note(session, found, "enabled")
    record(session, WebhookEnabled(webhook_id=id_, owner=found.owner, name=found.name))


def delete_webhook(session: Session, id_: UUID, anyones: Circumstance[bool] = False) -> None:
    """Delete a webhook with its deliveries; again, nothing happens. Raises NotFound for another's."""
    found = session.get(Webhook, id_, with_for_update=True)
    if found is None:
        return
    if found.owner != current_actor(session) and not anyones:
        raise NotFound(RECORD, id_)
    _note(session, found, "deleted", name=found.name, url=found.url)
    record(session, WebhookDeleted(webhook_id=id_, owner=found.owner, name=found.name))
    session.delete(found)


def roll_secret(session: Session, id_: UUID) -> int:
    """Give a webhook a new signing secret and return its version; the old one signs for a day, too.

    Raises NotFound.
    """
    found = lock_webhook(session, id_)
    found.secret_version, found.secret_rolled_at = found.secret_version + 1, clock.now()
    _note(session, found, "secret_rolled")
    return found.secret_version


def get_webhook(session: Session, id_: UUID, owner: str | None) -> Webhook:
    """Return a webhook of this owner's, or with None anybody's. Raises NotFound."""
    found = session.get(Webhook, id_)
    if found is None or owner not in (None, found.owner):
        raise NotFound(RECORD, id_)
    return found


def list_webhooks(session: Session, owner: str | None = None) -> list[Webhook]:
    """Return one person's webhooks, or with None everybody's, newest first."""
    wanted = select(Webhook).order_by(Webhook.id.desc()).limit(LISTED)
    return list(session.scalars(wanted if owner is None else wanted.where(Webhook.owner == owner)))


def lock_webhook(session: Session, id_: UUID, anyones: bool = False) -> Webhook:
    """Return a webhook of the actor's, or anybody's, locked. Raises NotFound."""
    found = session.get(Webhook, id_, with_for_update=True)
    if found is None or (found.owner != current_actor(session) and not anyones):
        raise NotFound(RECORD, id_)
    return found


def end_deliveries(session: Session, webhook: Webhook, by: str, why: str) -> None:
    """Disable a locked webhook, fail what waits, and tell its owner unless they did it."""
    now = clock.now()
    webhook.disabled_at, webhook.disabled_by, webhook.disabled_why = now, by, why
    session.execute(
        update(WebhookDelivery)
        .where(WebhookDelivery.webhook_id == webhook.id, WebhookDelivery.state == "waiting")
        .values(state="failed", settled_at=now)
    )
    _note(session, webhook, "disabled", why=why)
    record(
        session,
        WebhookDisabled(
            webhook_id=webhook.id,
            owner=webhook.owner,
            name=webhook.name,
            disabled_by=by,
            reason=why,
        ),
    )


def host_of(url: str) -> str:
    """Return the host and port of an address, to tell it by."""
    return url.split("/")[2]


def _note(session: Session, webhook: Webhook, what: str, **changes: object) -> None:
    if what not in ("created", "deleted"):
        webhook.version += 1
    write_history(session, RECORD, str(webhook.id), what, **changes)
    signal_record(session, RECORD, str(webhook.id))


def _check(wanted: Wanted, limits: Limits) -> str:
    """Return the name as it is kept. Raises Invalid."""
    name, errors = " ".join(wanted.name.split()), {}
    if not 0 < len(name) <= LONGEST_NAME:
        errors["name"] = f"Enter a name of at most {LONGEST_NAME} characters."
    if problem := problem_of_url(wanted.url, limits.networks):
        errors["url"] = problem
    if not wanted.types:
        errors["types"] = "Choose at least one event."
    elif not set(wanted.types) <= set(limits.types):
        errors["types"] = "Choose only from the events that you may see."
    if errors:
        raise Invalid(errors)
    return name
