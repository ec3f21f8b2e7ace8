"""Drafts: order forms saved as they are typed, so that no input is lost."""

from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from models.orders.tables import Client, Draft
from models.shared import clock
from models.shared.database.context import current_actor
from models.shared.database.live_signals import signal_record
from models.shared.errors import DomainError, NotFound, Stale

MOST = 100
NOTE_KEPT = timedelta(days=7)


def save_draft(
    session: Session, id_: str, typed: dict[str, object], editor: str, version: int
) -> int:
    """Save the form as typed under `id_` and return the draft's new version.

    `editor` identifies the browser window. A window may always overwrite its own save, since the
    response to it may have been lost. To overwrite another window's save it must know the current
    `version`; otherwise Stale lists the differences. Raises NotFound for someone else's draft,
    DomainError `too_many_drafts` above 100, AlreadyPlaced if the form became an order.
    """
    draft = session.scalars(select(Draft).where(Draft.id == id_).with_for_update()).one_or_none()
    if draft is None:
        return _begin(session, id_, typed, editor)
    _check_not_placed(session, draft)
    _check_owner(session, draft)
    if draft.editor != editor and draft.version != version:
        raise Stale("This draft was changed in another window.", _differences(typed, draft.typed))
    if draft.typed != typed:
        draft.typed, draft.version = typed, draft.version + 1
        _signal(session)
    draft.editor, draft.saved_at = editor, clock.now()
    return draft.version


def get_draft(session: Session, id_: str) -> Draft:
    """Return the actor's own draft; raises NotFound, also for someone else's."""
    draft = session.get(Draft, id_)
    if draft is None or draft.owner != current_actor(session):
        raise NotFound("draft", id_[:40])
    return draft


def list_drafts(session: Session, owner: str) -> list[Draft]:
    """Return a person's drafts, newest first."""
    return list(
        session.scalars(
            select(Draft)
            .where(Draft.owner == owner)
            .order_by(Draft.saved_at.desc(), Draft.id)
            .limit(MOST)
        )
    )


def names_of_clients(session: Session, drafts: list[Draft]) -> dict[str, str]:
    """Map the client numbers in these drafts to names; unknown clients are omitted."""
    forms = (draft.typed for draft in drafts if isinstance(draft.typed, dict))
    numbers = {number for form in forms if isinstance(number := form.get("client_number"), str)}
    return {
        row.number: row.name
        for row in session.execute(
            select(Client.number, Client.name).where(Client.number.in_(numbers))
        )
    }


def discard_draft(session: Session, id_: str) -> None:
    """Delete the actor's own draft; does nothing if it does not exist or `id_` is empty."""
    if id_:
        session.execute(delete(Draft).where(Draft.id == id_, Draft.owner == current_actor(session)))
        _signal(session)


class AlreadyPlaced(DomainError):
    """This form became an order before; `order` in the details is its number."""

    status = 409

    def __init__(self, order: str) -> None:
        super().__init__(
            "already_placed",
            f"This order was already placed as {order}. "
            "For another one like it, choose Repeat order.",
            order=order,
        )


def check_not_placed(session: Session, id_: str) -> None:
    """Raise AlreadyPlaced if this form of the actor's became an order; nothing without an `id_`."""
    draft = session.get(Draft, id_, populate_existing=True) if id_ else None
    if draft:
        _check_not_placed(session, draft)


def end_draft(session: Session, id_: str, order: str) -> None:
    """Replace the actor's draft by a note of the order it became; nothing happens without an `id_`.

    A save that was under way when the order was placed is refused by this note, also if the form
    had not been saved before, and so is a second placing, also one at the same time: AlreadyPlaced.
    Notes are removed after a week.
    """
    if not id_:
        return
    actor, now = current_actor(session), clock.now()
    note = {"owner": "", "typed": {"order": order, "owner": actor}, "editor": "", "saved_at": now}
    ended = session.execute(
        insert(Draft)
        .values(id=id_, version=1, **note)
        .on_conflict_do_update(index_elements=[Draft.id], set_=note, where=Draft.owner == actor)
        .returning(Draft.id)
    ).scalar()
    if not ended:
        check_not_placed(session, id_)
    _signal(session)
    session.execute(delete(Draft).where(Draft.owner == "", Draft.saved_at < now - NOTE_KEPT))


def _begin(session: Session, id_: str, typed: dict[str, object], editor: str) -> int:
    owner = current_actor(session)
    if session.execute(select(func.count()).where(Draft.owner == owner)).scalar_one() >= MOST:
        raise DomainError("too_many_drafts", f"You have {MOST} drafts. Place or delete some first.")
    values = {"id": id_, "owner": owner, "typed": typed, "editor": editor, "version": 1}
    begun = session.scalar(
        insert(Draft)
        .values(**values, saved_at=clock.now())
        .on_conflict_do_nothing()
        .returning(Draft.id)
    )
    _signal(session)
    # Two requests of a new form may both find no draft: the later one overwrites the earlier.
    return 1 if begun else save_draft(session, id_, typed, editor, version=1)


def _signal(session: Session) -> None:
    """Tell the person's open pages that their list of drafts has changed."""
    signal_record(session, "drafts", current_actor(session))


def _check_not_placed(session: Session, draft: Draft) -> None:
    if not draft.owner and draft.typed.get("owner") == current_actor(session):
        raise AlreadyPlaced(draft.typed["order"])


def _check_owner(session: Session, draft: Draft) -> None:
    if draft.owner != current_actor(session):
        raise NotFound("draft", draft.id[:40])


def _differences(
    mine: dict[str, object], theirs: dict[str, object]
) -> dict[str, tuple[object, object]]:
    names = {**mine, **theirs}
    return {
        name: (mine.get(name), theirs.get(name))
        for name in names
        if mine.get(name) != theirs.get(name)
    }
