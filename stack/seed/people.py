"""The demo's people, read from the directory that every stack loads (stack/directory.ldif)."""

from functools import cache
from pathlib import Path

from ldap3.utils.dn import parse_dn

from models.wuphf.people import KnownPerson

DIRECTORY = Path(__file__).parent.parent / "directory.ldif"
Entry = dict[str, list[str]]


@cache
def people() -> tuple[KnownPerson, ...]:
    """Return every employee with their groups, by uid."""
    entries = list(_entries())
    groups = {
        entry["cn"][0]: {_name(dn) for dn in entry["member"]}
        for entry in entries
        if "member" in entry
    }
    found = [
        _person(entry, [group for group, members in groups.items() if entry["uid"][0] in members])
        for entry in entries
        if "uid" in entry
    ]
    return tuple(sorted(found, key=lambda person: person.uid))


def _person(entry: Entry, groups: list[str]) -> KnownPerson:
    manager = entry.get("manager")
    return KnownPerson(
        uid=entry["uid"][0],
        name=entry["cn"][0],
        mail=entry.get("mail", [""])[0],
        groups=groups,
        department=entry.get("departmentNumber", entry.get("ou", [""]))[0],
        manager=_name(manager[0]) if manager else None,
    )


def _entries() -> list[Entry]:
    """Parse an LDIF without encoded values (RFC 2849), joining continued lines."""
    text = DIRECTORY.read_text().replace("\n ", "")
    entries = []
    for block in text.split("\n\n"):
        entry: Entry = {}
        for line in block.splitlines():
            if ": " in line and not line.startswith("#"):
                name, value = line.split(": ", 1)
                entry.setdefault(name, []).append(value)
        entries.append(entry)
    return entries


def _name(dn: str) -> str:
    return str(parse_dn(dn)[0][1])
