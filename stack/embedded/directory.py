"""The company's directory on loopback, from an LDIF: ldaptor's server, hardened for the demo.

For demonstration. Nobody reads without a bind, nobody writes, passwords are never returned. The
LDIF is read again when the file changes, so groups can be changed while it runs. `python -m
stack.embedded.directory LDIF PORT`.
"""

import hmac
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

from ldaptor import interfaces
from ldaptor.inmemory import fromLDIFFile
from ldaptor.protocols import pureldap
from ldaptor.protocols.ldap import ldaperrors
from ldaptor.protocols.ldap.distinguishedname import DistinguishedName
from ldaptor.protocols.ldap.ldapserver import LDAPServer
from twisted.internet import defer, protocol
from twisted.internet import reactor as _reactor
from twisted.python import log
from twisted.python.components import registerAdapter

SIZE_LIMIT = 500
HIDDEN = b"userPassword"


class Directory(protocol.ServerFactory):
    """Hold the tree and give each connection a server over it."""

    def __init__(self, ldif: Path) -> None:
        self.ldif, self.read_at, self.root = ldif, -1, None

    def buildProtocol(self, _address: Any) -> "GuardedServer":
        server = GuardedServer()
        server.factory = self
        return server

    @defer.inlineCallbacks
    def refresh(self) -> Any:
        """Read the LDIF if it changed on disk; a broken file leaves the last good tree in place."""
        changed = self.ldif.stat().st_mtime_ns
        if changed != self.read_at:
            self.read_at = changed
            try:
                self.root = yield fromLDIFFile(BytesIO(_without_comments(self.ldif)))
            except Exception:
                log.err(None, "the directory file cannot be read")
        return self.root


class GuardedServer(LDAPServer):
    """Answer binds and, for bound clients, searches and comparisons; nothing else."""

    @defer.inlineCallbacks
    def handle_LDAPBindRequest(self, request: Any, controls: Any, reply: Any) -> Any:
        """Handle a simple bind with a password; an empty one is refused (RFC 4513, 5.1.2)."""
        root = yield self.factory.refresh()
        self.boundUser = None
        if request.version != 3:
            raise ldaperrors.LDAPProtocolError("version 3 only")
        if not request.dn or not request.auth or isinstance(request.auth, tuple):
            raise ldaperrors.LDAPInvalidCredentials()
        try:
            entry = yield root.lookup(DistinguishedName(request.dn))
        except ldaperrors.LDAPNoSuchObject:
            raise ldaperrors.LDAPInvalidCredentials() from None
        if not any(
            hmac.compare_digest(bytes(known), request.auth) for known in entry.get(HIDDEN, [])
        ):
            raise ldaperrors.LDAPInvalidCredentials()
        self.boundUser = entry
        return pureldap.LDAPBindResponse(
            resultCode=ldaperrors.Success.resultCode, matchedDN=entry.dn.getText()
        )

    @defer.inlineCallbacks
    def handle_LDAPSearchRequest(self, request: Any, controls: Any, reply: Any) -> Any:
        """Search the current tree for a bound client, without passwords."""
        if request.baseObject == b"" and request.scope == pureldap.LDAP_SCOPE_baseObject:
            return self.getRootDSE(request, reply)
        self._demand_bind()
        _refuse_password_filter(request.filter)
        root = yield self.factory.refresh()
        base = yield root.lookup(DistinguishedName(request.baseObject))
        wanted = (
            set() if b"*" in request.attributes else {name.lower() for name in request.attributes}
        )
        found = yield base.search(
            filterObject=request.filter,
            attributes=request.attributes,
            scope=request.scope,
            derefAliases=request.derefAliases,
            sizeLimit=0,
            timeLimit=request.timeLimit,
            typesOnly=request.typesOnly,
        )
        limit = min(request.sizeLimit or SIZE_LIMIT, SIZE_LIMIT)
        for entry in found[:limit]:
            pairs = [
                (name, list(values))
                for name, values in entry.items()
                if name.lower() != HIDDEN.lower() and (not wanted or name.lower() in wanted)
            ]
            reply(pureldap.LDAPSearchResultEntry(objectName=entry.dn.getText(), attributes=pairs))
        code = ldaperrors.LDAPSizeLimitExceeded if len(found) > limit else ldaperrors.Success
        return pureldap.LDAPSearchResultDone(resultCode=code.resultCode)

    def handle_LDAPCompareRequest(self, request: Any, controls: Any, reply: Any) -> Any:
        """Compare for a bound client; never a password."""
        self._demand_bind()
        if bytes(request.ava.attributeDesc.value).lower() == HIDDEN.lower():
            raise ldaperrors.LDAPInsufficientAccessRights()
        return super().handle_LDAPCompareRequest(request, controls, reply)

    def handle_LDAPExtendedRequest(self, request: Any, controls: Any, reply: Any) -> Any:
        """Refuse: a password modification is an extended request."""
        raise ldaperrors.LDAPUnwillingToPerform("read only")

    def _refuse_write(self, request: Any, controls: Any, reply: Any) -> Any:
        raise ldaperrors.LDAPUnwillingToPerform("read only")

    handle_LDAPAddRequest = handle_LDAPDelRequest = _refuse_write
    handle_LDAPModifyRequest = handle_LDAPModifyDNRequest = _refuse_write

    def _demand_bind(self) -> None:
        if self.boundUser is None:
            raise ldaperrors.LDAPInsufficientAccessRights("bind first")


def _refuse_password_filter(filter_: Any) -> None:
    if HIDDEN.lower() in filter_.toWire().lower():  # asText() fails on what ldap3 sends
        raise ldaperrors.LDAPInsufficientAccessRights()


def _without_comments(ldif: Path) -> bytes:
    lines = ldif.read_text().splitlines()
    return ("\n".join(line for line in lines if not line.startswith("#")) + "\n\n").encode()


registerAdapter(lambda factory: factory.root, Directory, interfaces.IConnectedLDAPEntry)


def main() -> None:
    """Serve until stopped."""
    ldif, port = Path(sys.argv[1]), int(sys.argv[2])
    log.startLogging(sys.stderr, setStdout=False)
    log.msg("embedded directory: for demonstration, on loopback only")
    factory = Directory(ldif)
    factory.noisy = False
    reactor: Any = _reactor  # Twisted's types declare a module here, but it is an object
    reactor.callWhenRunning(factory.refresh)
    reactor.listenTCP(port, factory, interface="127.0.0.1")
    reactor.run()


if __name__ == "__main__":
    main()
