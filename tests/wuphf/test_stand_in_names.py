"""A notification names whoever was stood in for."""

from sqlalchemy import select

from models.shared.transactions import reading, transaction
from models.wuphf.people import KnownPerson, replace_people
from models.wuphf.tables import Notification
from models.wuphf.words import title_of
from tests.factories.notifications import ORDER
from tests.wuphf.test_words import told as notice_of

JIM = KnownPerson(uid="jim.halpert", name="Jim Halpert")
DEANGELO = KnownPerson(uid="deangelo.vickers", name="DeAngelo Vickers")


def test_whoever_was_stood_in_for_is_named_as_the_directory_does(office, happens, told):
    with transaction("notifications", actor="service:test") as session:
        replace_people(session, [JIM, DEANGELO], "v2")
    given = {**ORDER, "on_behalf_of": "deangelo.vickers"}
    happens("dm.orders.order.approval_given.v1", given, actor="michael.scott")
    assert told() == {"jim.halpert": {"approval_given"}}
    with reading("notifications") as session:
        (parts,) = session.scalars(select(Notification.parts))
    assert title_of(notice_of("approval_given", **parts)).striptags().endswith("DeAngelo Vickers")
