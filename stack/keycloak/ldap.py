"""How Keycloak reads people and groups from the directory: read-only, refreshed every few seconds."""

from typing import Any

BASE = "${DM_LDAP_BASE}"
PASSWORD = "${DM_LDAP_BIND_PASSWORD}"  # noqa: S105  a placeholder
SERVES_MILLISECONDS = 10_000  # cache lifetime of a person, so that changed groups reach tokens soon


def federation() -> dict[str, Any]:
    """Return the realm's user storage component with its mappers."""
    config = {
        "enabled": "true",
        "priority": "0",
        "editMode": "READ_ONLY",
        "importEnabled": "true",
        "syncRegistrations": "false",
        "vendor": "other",
        "connectionUrl": "${DM_LDAP_URL}",
        "authType": "simple",
        "bindDn": "${DM_LDAP_BIND_DN}",
        "bindCredential": PASSWORD,
        "usersDn": f"ou=people,{BASE}",
        "searchScope": "1",
        "usernameLDAPAttribute": "uid",
        "rdnLDAPAttribute": "uid",
        "uuidLDAPAttribute": "entryUUID",
        "userObjectClasses": "inetOrgPerson",
        "customUserSearchFilter": "(!(employeeType=disabled))",
        "connectionPooling": "true",
        "connectionTimeout": "2000",
        "readTimeout": "3000",
        "pagination": "false",
        "trustEmail": "true",
        "validatePasswordPolicy": "false",
        "usePasswordModifyExtendedOp": "false",
        "allowKerberosAuthentication": "false",
        "useKerberosForPasswordAuthentication": "false",
        "fullSyncPeriod": "-1",
        "changedSyncPeriod": "-1",
        "batchSizeForSync": "1000",
        "cachePolicy": "MAX_LIFESPAN",
        "maxLifespan": str(SERVES_MILLISECONDS),
    }
    mappers = [
        _attribute("username", "uid", "username"),
        _attribute("first name", "givenName", "firstName"),
        _attribute("last name", "sn", "lastName"),
        _attribute("email", "mail", "email"),
        _groups(),
    ]
    return {
        "name": "directory",
        "providerId": "ldap",
        "config": _lists(config),
        "subComponents": {"org.keycloak.storage.ldap.mappers.LDAPStorageMapper": mappers},
    }


def _attribute(name: str, attribute: str, property_: str) -> dict[str, Any]:
    return {
        "name": name,
        "providerId": "user-attribute-ldap-mapper",
        "config": _lists(
            {
                "ldap.attribute": attribute,
                "user.model.attribute": property_,
                "read.only": "true",
                "always.read.value.from.ldap": "true",
                "is.mandatory.in.ldap": "true",
            }
        ),
    }


def _groups() -> dict[str, Any]:
    """Map groups by `member`, never by memberOf, which not every directory has.

    Neither the embedded directory nor ours from an LDIF has it.
    """
    return {
        "name": "groups",
        "providerId": "group-ldap-mapper",
        "config": _lists(
            {
                "groups.dn": f"ou=groups,{BASE}",
                "group.name.ldap.attribute": "cn",
                "group.object.classes": "groupOfNames",
                "membership.ldap.attribute": "member",
                "membership.attribute.type": "DN",
                "membership.user.ldap.attribute": "uid",
                "mode": "READ_ONLY",
                "user.roles.retrieve.strategy": "LOAD_GROUPS_BY_MEMBER_ATTRIBUTE",
                "preserve.group.inheritance": "false",
                "ignore.missing.groups": "false",
                "drop.non.existing.groups.during.sync": "true",
                "groups.path": "/",
            }
        ),
    }


def _lists(config: dict[str, str]) -> dict[str, list[str]]:
    return {name: [value] for name, value in config.items()}
