"""The directory's description is sound, and the embedded server gives away no more than it should."""

import re
from collections.abc import Iterator
from pathlib import Path

import ldap3
import pytest
from ldap3.core.exceptions import LDAPPasswordIsMandatoryError

from stack.embedded.demo_people import DEMO_PASSWORD, listed_people
from stack.supervisor import Stack

LDIF = Path(__file__).parents[2] / "stack/directory.ldif"
BASE = "dc=dundermifflin,dc=com"
JIM = f"uid=jim.halpert,ou=people,{BASE}"


def entries() -> list[dict[str, list[str]]]:
    found = []
    for block in re.split(r"\n\n+", LDIF.read_text()):
        entry: dict[str, list[str]] = {}
        for line in block.splitlines():
            if not line.startswith("#"):
                name, value = line.split(": ", 1)
                entry.setdefault(name, []).append(value)
        if entry:
            found.append(entry)
    return found


def test_every_member_and_manager_exists():
    known = {entry["dn"][0] for entry in entries()}
    named = {
        dn for entry in entries() for key in ("member", "manager") for dn in entry.get(key, [])
    }
    assert named and named <= known


def test_people_are_whole_and_unlike():
    people = [entry for entry in entries() if "uid" in entry]
    assert 25 <= len(people) <= 30
    for attribute in (
        "uid",
        "cn",
        "givenName",
        "sn",
        "mail",
        "title",
        "telephoneNumber",
        "employeeNumber",
        "userPassword",
    ):
        assert all(attribute in one for one in people), attribute
    for attribute in ("uid", "mail", "employeeNumber"):
        assert len({one[attribute][0] for one in people}) == len(people), attribute


def test_everybody_but_one_has_a_manager_up_to_the_top():
    manager = {
        entry["dn"][0]: entry.get("manager", [""])[0] for entry in entries() if "uid" in entry
    }
    for start in manager:
        seen, at = set(), start
        while manager[at]:
            assert at not in seen, f"{start}: managers go in a circle"
            seen.add(at)
            at = manager[at]
    assert sum(not above for above in manager.values()) == 1


def test_the_people_of_the_demo_page_are_in_the_directory():
    assert {one.uid for one in listed_people()} <= {
        entry["uid"][0] for entry in entries() if "uid" in entry
    }


@pytest.fixture
def reader(servers: Stack) -> Iterator[ldap3.Connection]:
    with connect(servers, f"cn=reader,{BASE}", "demo-only-reader") as connection:
        yield connection


def connect(servers: Stack, dn: str | None = None, password: str | None = None) -> ldap3.Connection:
    server = ldap3.Server(
        servers.settings_env["DM_LDAP_URL"], get_info=ldap3.NONE, connect_timeout=3
    )
    return ldap3.Connection(server, dn, password, receive_timeout=5)


def test_the_right_password_binds_and_a_wrong_one_does_not(servers: Stack):
    assert connect(servers, JIM, DEMO_PASSWORD).bind()
    assert not connect(servers, JIM, "demo-only-wrong").bind()
    assert not connect(servers, f"uid=nobody,ou=people,{BASE}", DEMO_PASSWORD).bind()


def test_an_empty_password_never_binds(servers: Stack):
    with pytest.raises(LDAPPasswordIsMandatoryError):
        connect(servers, JIM, "").bind()
    assert not connect(servers).bind(), "anonymous"


def test_the_reader_sees_people_and_no_password(reader: ldap3.Connection):
    assert reader.search(BASE, "(uid=jim.halpert)", attributes=["*", "userPassword"])
    (found,) = reader.response
    assert found["attributes"]["cn"] == ["Jim Halpert"]
    assert not any(
        name.lower() == "userpassword" and value for name, value in found["raw_attributes"].items()
    )
    assert not reader.search(BASE, f"(userPassword={DEMO_PASSWORD})")
    assert not reader.compare(JIM, "userPassword", DEMO_PASSWORD)


def test_groups_are_found_by_member(reader: ldap3.Connection):
    assert reader.search(f"ou=groups,{BASE}", f"(member={JIM})", attributes=["cn"])
    assert "sales" in {str(entry.cn) for entry in reader.entries}


@pytest.mark.parametrize(
    "write",
    [
        lambda connection: connection.modify(JIM, {"title": [(ldap3.MODIFY_REPLACE, ["Boss"])]}),
        lambda connection: connection.delete(JIM),
        lambda connection: connection.add(
            f"uid=new,ou=people,{BASE}", "inetOrgPerson", {"sn": "New", "cn": "New"}
        ),
        lambda connection: connection.modify_dn(JIM, "uid=jimothy"),
    ],
)
def test_nobody_writes(reader: ldap3.Connection, write):
    assert not write(reader)
    assert reader.result["description"] == "unwillingToPerform"
    assert (
        reader.search(BASE, "(uid=jim.halpert)", attributes=["title"])
        and reader.entries[0].title == "Sales Representative"
    )


def test_a_changed_file_is_read_again(reader: ldap3.Connection, ldif: Path):
    ldif.write_text(ldif.read_text().replace("title: Sales Representative", "title: Seller"))
    assert reader.search(BASE, "(uid=jim.halpert)", attributes=["title"])
    assert reader.entries[0].title == "Seller"
