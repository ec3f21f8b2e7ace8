"""Personal access tokens: create, list, revoke, and check at each use.

The token itself never reaches this module, only its SHA-256: neither a table, an event nor an
idempotency key's answer holds anything that opens the API.
"""

import hmac
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import uuid_utils
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from models.profile.events import AccessTokenCreated, AccessTokenRevoked
from models.profile.tables import AccessToken, ServiceAccount
from models.shared import clock
from models.shared.database.context import current_actor
from models.shared.errors import DomainError, Invalid, NotFound
from models.shared.events.outbox import record
from models.shared.records.circumstance import Circumstance
from models.shared.records.history import write_history

LONGEST_NAME = 60
LIFETIMES = (7, 30, 90, 365)  # days
MOST = 20  # tokens of one person that are in force at a time
LISTED = 200  # tokens that a list shows, newest first
USE_NOTED_EVERY = timedelta(minutes=1)


class CreatedToken(msgspec.Struct, frozen=True):
    """A token that was created; `digest` is of the one that was stored."""

    id: UUID
    digest: str
    expires_at: datetime


class UsedToken(msgspec.Struct, frozen=True):
    """Whose token is in force, and what it is limited to.

    A service account has `roles` of its own; a person has those of the directory.
    """

    id: UUID
    uid: str
    rights: list[str]
    roles: list[str] | None = None


def create_access_token(
    session: Session,
    name: str,
    rights: Collection[str],
    days: int,
    digest: Circumstance[str],
    ending: Circumstance[str],
    grantable: Circumstance[Collection[str]],
    account: str = "",
) -> CreatedToken:
    """Store a new token of the actor, or of a service account.

    Its rights must be among `grantable`, those of whoever it acts for. Raises Invalid, NotFound,
    and DomainError `too_many_tokens` or `account_disabled`.
    """
    uid, name = account or current_actor(session), " ".join(name.split())
    owner = _owner_of(session, account) if account else uid
    _check(name, rights, days, grantable)
    now = clock.now()
    in_force = select(func.count()).where(
        AccessToken.uid == uid, AccessToken.revoked_at.is_(None), AccessToken.expires_at > now
    )
    if (session.execute(in_force).scalar() or 0) >= MOST:
        raise DomainError(
            "too_many_tokens", f"You can have {MOST} tokens at a time. Revoke one first."
        )
    made = AccessToken(
        id=UUID(bytes=uuid_utils.uuid7().bytes),
        uid=uid,
        name=name,
        digest=digest,
        ending=ending,
        rights=sorted(set(rights)),
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    session.add(made)
    session.flush()
    write_history(session, "access_token", str(made.id), "created", name=name, rights=made.rights)
    record(
        session,
        AccessTokenCreated(
            token_id=made.id,
            owner=owner,
            account=account,
            name=name,
            rights=made.rights,
            expires_at=made.expires_at,
        ),
    )
    return CreatedToken(made.id, digest, made.expires_at)


def revoke_access_token(session: Session, id_: UUID, anyones: Circumstance[bool] = False) -> None:
    """End a token at once: the actor's own or, with `anyones`, everybody's; again, nothing happens.

    Raises NotFound, also for someone else's token without `anyones`.
    """
    actor = current_actor(session)
    found = session.get(AccessToken, id_, with_for_update=True)
    if found is None or (found.uid != actor and not anyones):
        raise NotFound("access token", id_)
    if found.revoked_at is not None:
        return
    found.revoked_at, found.revoked_by = clock.now(), actor
    write_history(session, "access_token", str(id_), "revoked", name=found.name)
    account = session.get(ServiceAccount, found.uid)
    record(
        session,
        AccessTokenRevoked(
            token_id=id_,
            owner=account.created_by if account else found.uid,
            name=found.name,
            revoked_by=actor,
            account=found.uid if account else "",
        ),
    )


def use_access_token(session: Session, digest: str) -> UsedToken | None:
    """Return the token with this digest, or None unless it is in force; note that it was used.

    The time of its last use is exact to a minute, so that a busy program does not write each time.
    """
    now = clock.now()
    found = session.execute(
        select(AccessToken).where(AccessToken.digest == digest)
    ).scalar_one_or_none()
    if found is None or not hmac.compare_digest(found.digest, digest):
        return None
    if found.revoked_at is not None or found.expires_at <= now:
        return None
    if found.last_used_at is None or now - found.last_used_at >= USE_NOTED_EVERY:
        session.execute(
            update(AccessToken).where(AccessToken.id == found.id).values(last_used_at=now)
        )
    account = session.get(ServiceAccount, found.uid)
    return UsedToken(
        found.id, found.uid, list(found.rights), list(account.roles) if account else None
    )


def list_access_tokens(session: Session, uid: str | None = None) -> list[AccessToken]:
    """Return one person's tokens, or with None everybody's: those in force first, newest first."""
    wanted = select(AccessToken).order_by(
        (AccessToken.revoked_at.is_(None) & (AccessToken.expires_at > clock.now())).desc(),
        AccessToken.created_at.desc(),
        AccessToken.id,
    )
    if uid is not None:
        wanted = wanted.where(AccessToken.uid == uid)
    return list(session.execute(wanted.limit(LISTED)).scalars())


def _owner_of(session: Session, account: str) -> str:
    """Return who answers for a service account. Raises NotFound, and DomainError if it ended."""
    found = session.get(ServiceAccount, account, with_for_update=True)
    if found is None:
        raise NotFound("service account", account)
    if found.disabled_at is not None:
        raise DomainError("account_disabled", "This service account is disabled.")
    return found.created_by


def _check(name: str, rights: Collection[str], days: int, grantable: Collection[str]) -> None:
    errors = {}
    if not 0 < len(name) <= LONGEST_NAME:
        errors["name"] = f"Enter a name of at most {LONGEST_NAME} characters."
    if not rights:
        errors["rights"] = "Choose at least one right."
    elif not set(rights) <= set(grantable):
        errors["rights"] = "Choose only from the rights that you have."
    if days not in LIFETIMES:
        errors["days"] = "Choose when the token expires from the list."
    if errors:
        raise Invalid(errors)
