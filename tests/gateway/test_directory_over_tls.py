"""LDAPS: a directory whose certificate nobody vouches for is no directory."""

import datetime
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from ldap3.core.exceptions import LDAPException

from settings import settings
from webapp.gateway.people import ldap_reader
from webapp.profile import directory


def certificate_of(name: str, path: Path) -> Path:
    """A key and a certificate that it signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    form = serialization.PrivateFormat.TraditionalOpenSSL
    secret = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def impostor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bytes]]:
    """A server in the directory's place; the list is what it was sent over TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate_of("ldap.example", tmp_path / "server.pem"))
    listening, sent = socket.create_server(("127.0.0.1", 0)), list[bytes]()

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            try:
                with context.wrap_socket(connection, server_side=True) as encrypted:
                    sent.append(encrypted.recv(100))
            except OSError:
                connection.close()

    threading.Thread(target=serve, daemon=True).start()
    monkeypatch.setenv("DM_LDAP_URL", f"ldaps://127.0.0.1:{listening.getsockname()[1]}")
    settings.cache_clear()
    yield sent
    settings.cache_clear()
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()


def test_no_password_is_sent_to_a_directory_whose_certificate_nobody_vouches_for(
    impostor: list[bytes],
):
    for connect in (ldap_reader._connect, directory._read_everybody):
        with pytest.raises(LDAPException, match="certificate verify failed"):
            connect()
    assert impostor == []
