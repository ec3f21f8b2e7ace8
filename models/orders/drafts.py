"""Drafts: order forms saved while somebody types, so that nothing is lost and a later day can go on with them."""

from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from models.orders.tables import Client, Draft
from models.shared import clock
from models.shared.errors import DomainError, NotFound, Stale

MOST = 100


def save_draft(session: Session, id_: str, typed: dict[str, Any], editor: str, version: int) -> int:
    """Keeps the form as typed under `id_`; its new version. `editor` names the window that saves.

    A window may always save over itself (an answer may have been lost); over another's only from the version it
    knows: else Stale says what changed. Raises NotFound for somebody else's draft, DomainError for one too many.
    """
    draft = session.scalars(select(Draft).where(Draft.id == id_).with_for_update()).one_or_none()
    if draft is None:
        return _begin(session, id_, typed, editor)
    _check_owner(session, draft)
    if draft.editor != editor and draft.version != version:
        raise Stale("This draft was changed in another window.", _differences(typed, draft.typed))
    if draft.typed != typed:
        draft.typed, draft.version = typed, draft.version + 1
    draft.editor, draft.saved_at = editor, clock.now()
    return draft.version


def get_draft(session: Session, id_: str) -> Draft:
    """One's own draft; raises NotFound, for somebody else's too."""
    draft = session.get(Draft, id_)
    if draft is None or draft.owner != session.info["actor"]:
        raise NotFound("draft", id_[:40])
    return draft


def list_drafts(session: Session, owner: str) -> list[Draft]:
    """A person's drafts, the newest first."""
    return list(
        session.scalars(
            select(Draft)
            .where(Draft.owner == owner)
            .order_by(Draft.saved_at.desc(), Draft.id)
            .limit(MOST)
        )
    )


def names_of_clients(session: Session, drafts: list[Draft]) -> dict[str, str]:
    """What the clients of these drafts are called, by number; one that is not known is not there."""
    numbers = {str(draft.typed.get("client_number", "")) for draft in drafts}
    return {
        row.number: row.name
        for row in session.execute(
            select(Client.number, Client.name).where(Client.number.in_(numbers))
        )
    }


def discard_draft(session: Session, id_: str) -> None:
    """Removes one's own draft; one that is gone already stays gone, and an empty id stands for none."""
    if id_:
        session.execute(delete(Draft).where(Draft.id == id_, Draft.owner == session.info["actor"]))


def _begin(session: Session, id_: str, typed: dict[str, Any], editor: str) -> int:
    owner = session.info["actor"]
    if session.execute(select(func.count()).where(Draft.owner == owner)).scalar_one() >= MOST:
        raise DomainError(
            "too_many_drafts", f"You have {MOST} drafts. Please place or discard some."
        )
    session.add(
        Draft(id=id_, owner=owner, typed=typed, editor=editor, version=1, saved_at=clock.now())
    )
    return 1


def _check_owner(session: Session, draft: Draft) -> None:
    if draft.owner != session.info["actor"]:
        raise NotFound("draft", draft.id[:40])


def _differences(mine: dict[str, Any], theirs: dict[str, Any]) -> dict[str, tuple[object, object]]:
    names = {**mine, **theirs}
    return {
        name: (mine.get(name), theirs.get(name))
        for name in names
        if mine.get(name) != theirs.get(name)
    }
