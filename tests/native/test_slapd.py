"""OpenLDAP as this product runs it: the same directory, closed to everybody but its reader."""

import ldap3
import pytest

from stack.supervisor import Stack

pytestmark = [pytest.mark.native, pytest.mark.stack]
BASE = "dc=dundermifflin,dc=com"
JIM = f"uid=jim.halpert,ou=people,{BASE}"


def connect(stack: Stack, dn: str | None = None, password: str | None = None) -> ldap3.Connection:
    server = ldap3.Server(stack.settings_env["DM_LDAP_URL"], get_info=ldap3.NONE, connect_timeout=3)
    return ldap3.Connection(server, dn, password, receive_timeout=5)


def test_the_reader_sees_people_and_groups_by_member_and_no_password(stack: Stack):
    with connect(stack, f"cn=reader,{BASE}", "demo-only-reader") as reader:
        assert reader.search(BASE, "(uid=jim.halpert)", attributes=["*", "userPassword"])
        assert not reader.response[0]["attributes"].get("userPassword")
        assert reader.search(f"ou=groups,{BASE}", f"(member={JIM})", attributes=["cn"])
        assert not reader.search(BASE, "(userPassword=demo-only-paper)")


def test_the_reader_writes_nothing_and_a_stranger_reads_nothing(stack: Stack):
    with connect(stack, f"cn=reader,{BASE}", "demo-only-reader") as reader:
        assert not reader.modify(JIM, {"title": [(ldap3.MODIFY_REPLACE, ["Boss"])]})
        assert reader.result["description"] == "insufficientAccessRights"
    assert not connect(stack).bind(), "anonymous"
    assert not connect(stack, JIM, "demo-only-wrong").bind()
    with connect(stack, JIM, "demo-only-paper") as jim:
        jim.search(BASE, "(objectClass=inetOrgPerson)", attributes=["uid"])
        assert {entry["dn"] for entry in jim.response} <= {JIM}
