"""Service accounts: identities of programs that outlive the people who set them up."""

import re
from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.profile.access_tokens import revoke_access_token
from models.profile.tables import AccessToken, ServiceAccount
from models.shared import clock
from models.shared.database.context import current_actor
from models.shared.errors import Invalid, NotFound
from models.shared.records.circumstance import Circumstance
from models.shared.records.history import write_history

ENDING = ".service"
LONGEST_PURPOSE = 200
LISTED = 200
RECORD = "service_account"
_NAME = re.compile(r"[a-z][a-z0-9-]{1,29}")
TAKEN = "This name is taken. Choose another."


def create_service_account(
    session: Session,
    name: str,
    purpose: str,
    roles: Collection[str],
    grantable: Circumstance[Collection[str]],
    taken: Circumstance[bool],
) -> str:
    """Create an account with these roles, which must be among `grantable`; return its uid.

    `taken` says that a person of the directory has this uid. Raises Invalid.
    """
    uid, purpose, errors = f"{name}{ENDING}", " ".join(purpose.split()), {}
    if not _NAME.fullmatch(name):
        errors["name"] = "Enter 2 to 30 lowercase letters, digits, or hyphens, such as web-shop."
    elif taken or session.get(ServiceAccount, uid) is not None:
        errors["name"] = TAKEN
    if not 0 < len(purpose) <= LONGEST_PURPOSE:
        errors["purpose"] = f"Enter what it is for, in at most {LONGEST_PURPOSE} characters."
    if not roles:
        errors["roles"] = "Choose at least one role."
    elif not set(roles) <= set(grantable):
        errors["roles"] = "Choose only from these roles."
    if errors:
        raise Invalid(errors)
    made = ServiceAccount(
        uid=uid,
        purpose=purpose,
        roles=sorted(set(roles)),
        created_by=current_actor(session),
        created_at=clock.now(),
    )
    session.add(made)
    session.flush()
    write_history(session, RECORD, uid, "created", purpose=purpose, roles=made.roles)
    return uid


def disable_service_account(session: Session, uid: str) -> None:
    """End an account for good and revoke its tokens; again, nothing happens. Raises NotFound."""
    found = session.get(ServiceAccount, uid, with_for_update=True)
    if found is None:
        raise NotFound("service account", uid)
    if found.disabled_at is not None:
        return
    tokens = select(AccessToken.id).where(AccessToken.uid == uid, AccessToken.revoked_at.is_(None))
    for id_ in session.scalars(tokens).all():
        revoke_access_token(session, id_, anyones=True)
    found.disabled_at, found.disabled_by = clock.now(), current_actor(session)
    write_history(session, RECORD, uid, "disabled")


def get_service_account(session: Session, uid: str) -> ServiceAccount:
    """Return one account. Raises NotFound."""
    found = session.get(ServiceAccount, uid)
    if found is None:
        raise NotFound("service account", uid)
    return found


def list_service_accounts(session: Session) -> list[ServiceAccount]:
    """Return all accounts by uid, those that are disabled last."""
    wanted = select(ServiceAccount).order_by(
        ServiceAccount.disabled_at.is_not(None), ServiceAccount.uid
    )
    return list(session.scalars(wanted.limit(LISTED)))
