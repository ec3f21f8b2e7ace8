"""Settings of every process, read from environment variables named `DM_<NAME>`.

The four addresses (PostgreSQL, Kafka, OIDC issuer, LDAP) choose the stack; nothing else does.
docs/reference/settings.md lists every setting; tests/architecture checks that none is missing.
"""

import ipaddress
import os
import re
import socket
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlsplit

import msgspec
from msgspec import Meta

from areas import SCHEMAS

DEMO_SECRET_MARK = "demo-only-"  # noqa: S105  prefix of every demo secret; refused off loopback


class Secret:
    """A string that never appears in logs, errors or reprs. Call `reveal` to read it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the secret itself."""
        return self._text

    def __repr__(self) -> str:
        return "Secret('**********')"


def superuser_dsn(address: str, database: str) -> str:
    """Return `scheme://user:password@host:port` as the connection string of one of its databases.

    A password that is not a URL's, such as `p@ss/w:1%`, is taken as it stands and encoded.
    """
    scheme, rest = address.rstrip("/").split("://", 1)
    userinfo, mark, host = rest.rpartition("@")
    user, colon, password = userinfo.partition(":")
    if not re.fullmatch(r"(?:%[0-9A-Fa-f]{2}|[^%:/?#\[\]@\s])*", password):
        password = quote(password, safe="")
    return f"{scheme}://{user}{colon}{password}{mark}{host}/{database}"


def says(text: str, ge: int | None = None) -> Meta:
    """Return the description of a setting, and its minimum if it has one."""
    return Meta(description=text, ge=ge)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of every process."""

    database_url: Annotated[str, says("PostgreSQL address, without a user")] = (
        "postgresql://127.0.0.1:5432/dundermifflin"
    )
    database_passwords: Annotated[
        dict[str, Secret], says("Passwords as JSON: one per schema, and one for `migrator`")
    ] = {}
    kafka_bootstrap: Annotated[str, says("Kafka bootstrap address")] = "127.0.0.1:9092"
    kafka_security: Annotated[
        Literal["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"],
        says("Whether connections to Kafka are encrypted (`ssl`) and need a password (`sasl`)"),
    ] = "plaintext"
    kafka_ca_file: Annotated[
        str, says("Certificates that vouch for Kafka's; those of the system unless set")
    ] = ""
    kafka_certificate_file: Annotated[
        str, says("Our own certificate, for a Kafka that asks for one")
    ] = ""
    kafka_key_file: Annotated[
        str, says("Key of that certificate, unless it is in the same file")
    ] = ""
    kafka_sasl_mechanism: Annotated[
        Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"], says("How Kafka checks the password")
    ] = "SCRAM-SHA-512"
    kafka_username: Annotated[str, says("User at Kafka")] = ""
    kafka_password: Annotated[Secret, says("Password of that user")] = Secret("")
    kafka_fetch_wait_ms: Annotated[
        int, says("Longest wait of a fetch at the broker; 10 on the embedded stack", ge=1)
    ] = 1500
    kafka_replication: Annotated[
        int, says("Replication factor of new topics; 3 on a cluster", ge=1)
    ] = 1
    oidc_issuer: Annotated[str, says("OIDC issuer, as the browser reaches it")] = (
        "http://127.0.0.1:9000"
    )
    oidc_internal_base: Annotated[
        str, says("OIDC base address, as the servers reach it, if different")
    ] = ""
    oidc_client_id: Annotated[str, says("OIDC client of the web application")] = "dm-web"
    oidc_client_secret: Annotated[Secret, says("Secret of that client")] = Secret("demo-only-web")
    service_client_id: Annotated[str, says("OIDC client for calls between services")] = (
        "dm-services"
    )
    service_client_secret: Annotated[Secret, says("Secret of that client")] = Secret(
        "demo-only-services"
    )
    ldap_url: Annotated[str, says("LDAP address")] = "ldap://127.0.0.1:3389"
    ldap_base: Annotated[str, says("LDAP base DN")] = "dc=dundermifflin,dc=com"
    ldap_bind_dn: Annotated[str, says("DN that reads the directory")] = (
        "cn=reader,dc=dundermifflin,dc=com"
    )
    ldap_bind_password: Annotated[Secret, says("Password of that DN")] = Secret("demo-only-reader")
    public_url: Annotated[str, says("Address of the product, as the browser reaches it")] = (
        "http://127.0.0.1:8000"
    )
    bind: Annotated[str, says("Address that gunicorn binds")] = "127.0.0.1:8000"
    internal_bind: Annotated[str, says("Address that serves /metrics and details of /readyz")] = (
        "127.0.0.1:8001"
    )
    internal_api_base: Annotated[
        str, says("Base address of /api/v1 for calls between services; `DM_BIND` unless set")
    ] = ""
    worker_bind: Annotated[
        str, says("Address where a worker or relay serves /metrics and /readyz; off unless set")
    ] = ""
    session_type: Annotated[
        Literal["cachelib", "redis"], says("Session store: memory or Redis")
    ] = "cachelib"
    session_redis_url: Annotated[str, says("Redis that stores sessions, if used")] = (
        "redis://127.0.0.1:6379/0"
    )
    session_secret: Annotated[Secret, says("Signs CSRF tokens and cookies")] = Secret(
        "demo-only-session"
    )
    gateway_key: Annotated[
        Secret,
        says(
            "EC P-256 key (PEM) that signs tokens between services; generated at start unless set"
        ),
    ] = Secret("")
    page_seconds: Annotated[
        float, says("Seconds that a page may wait for database and services")
    ] = 3.0
    rest_seconds: Annotated[float, says("Seconds that a REST call may wait for them")] = 10.0
    api_token_per_minute: Annotated[
        int, says("Calls of the REST API a minute that a personal access token may make", ge=1)
    ] = 600
    webhook_key: Annotated[
        Secret,
        says("Signing secrets of webhooks are derived from it; a change changes all of them"),
    ] = Secret("demo-only-webhooks")
    webhook_networks: Annotated[
        str,
        says(
            "Private networks that webhooks may reach, also without TLS, separated by spaces, such as "
            "`10.1.0.0/16`; none unless set, loopback on the embedded stack"
        ),
    ] = ""
    worker_seconds: Annotated[
        float, says("Seconds that an event worker waits for one answer of the database")
    ] = 4.0
    job_seconds: Annotated[
        float, says("Seconds that a job has; one that hangs on a server is then tried again later")
    ] = 300.0
    snapshot_seconds: Annotated[float, says("Seconds that a snapshot of the database has")] = 3600.0
    session_idle_minutes: Annotated[int, says("Minutes until an idle session ends", ge=1)] = 60
    session_absolute_hours: Annotated[
        int, says("Hours until any session ends, idle or not", ge=1)
    ] = 12
    allow_demo_secrets: Annotated[
        bool, says("Allow demo secrets on a bind that is not loopback")
    ] = False
    smtp_url: Annotated[
        Secret,
        says(
            "Mail server: `smtp://`, `smtp+starttls://` or `smtps://`, with user and password if "
            "needed; no mail is sent unless set"
        ),
    ] = Secret("")
    mail_from: Annotated[str, says("Sender of every mail")] = "WUPHF <wuphf@dundermifflin.com>"
    mail_sink: Annotated[
        str,
        says("Where the embedded provider receives mail, `folder@host:port`; embedded stack only"),
    ] = ""
    snapshot_folder: Annotated[
        str, says("Folder for daily snapshots of the database; none are taken unless set")
    ] = ""
    snapshot_dsn: Annotated[
        Secret,
        says(
            "PostgreSQL superuser, `postgresql://user:password@host:port`; only the jobs process "
            "and `consumers.backup.commands` need it"
        ),
    ] = Secret("")
    snapshot_programs: Annotated[
        str, says("Folder with pg_dump and its siblings, of the server's version; PATH unless set")
    ] = ""
    faults: Annotated[bool, says("Enable switches that break a part on purpose; loopback only")] = (
        False
    )
    fault_point: Annotated[
        str, says("With DM_FAULTS=1: the named point at which to crash; `name:N` for the Nth time")
    ] = ""
    log_level: Annotated[str, says("Level of the JSON logs")] = "INFO"
    otlp_endpoint: Annotated[str, says("OTLP/HTTP endpoint for traces; off unless set")] = ""
    trace_file: Annotated[str, says("Write spans as JSON lines to this file; off unless set")] = ""
    embedded: Annotated[
        bool, says("Show on the sign-in page and in the log that the servers are for demonstration")
    ] = False

    def database_dsn(self, schema: str) -> str:
        """Return the database address with the user and password of one schema's role.

        Pass `migrator` for the role that runs migrations.
        """
        scheme, rest = self.database_url.split("://", 1)
        return f"{scheme}://dm_{schema}:{quote(self.database_password(schema), safe='')}@{rest}"

    def database_password(self, schema: str) -> str:
        """Return the password of one schema's role, or of `migrator`; it may hold any character."""
        return self.database_passwords.get(schema, Secret(f"{DEMO_SECRET_MARK}{schema}")).reveal()

    def refuse_demo_secrets(self, *binds: str) -> None:
        """Refuse to serve a network with demo secrets or with fault switches.

        Does nothing when every bind is loopback. Otherwise raises RuntimeError, naming the
        settings, when a demo secret is in use without DM_ALLOW_DEMO_SECRETS, or when DM_FAULTS is
        on.
        """
        if all(is_loopback(bind) for bind in binds):
            return
        if self.faults:
            raise RuntimeError("DM_FAULTS is only for loopback")
        if (weak := self._demo_secrets()) and not self.allow_demo_secrets:
            raise RuntimeError(
                f"Not on loopback with secrets of the demo: set {', '.join(weak)}, or DM_ALLOW_DEMO_SECRETS=1"
            )

    def _demo_secrets(self) -> list[str]:
        names = (
            "oidc_client_secret",
            "service_client_secret",
            "ldap_bind_password",
            "session_secret",
            "webhook_key",
        )
        weak = [
            f"DM_{name.upper()}"
            for name in names
            if getattr(self, name).reveal().startswith(DEMO_SECRET_MARK)
        ]
        given = [
            self.database_passwords.get(schema, Secret(DEMO_SECRET_MARK)).reveal()
            for schema in SCHEMAS
        ]
        return weak + (
            ["DM_DATABASE_PASSWORDS"]
            if any(secret.startswith(DEMO_SECRET_MARK) for secret in given)
            else []
        )

    def private_networks(self) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
        """Return the private networks that webhooks may reach. Raises ValueError for another text."""
        return [ipaddress.ip_network(each) for each in self.webhook_networks.split()]

    def api_base(self) -> str:
        """Return the base address of /api/v1 for calls between services, which always use HTTP."""
        return self.internal_api_base or f"http://{self.bind}"

    def names_us(self, host: str) -> bool:
        """Return whether a request's `Host` means us on a port for operators: an address, or our name.

        A page of a stranger's could reach such a port through a name of its own (DNS rebinding),
        but never through an address or a name of ours.
        """
        name = urlsplit(f"//{host}").hostname or ""
        try:
            return bool(ipaddress.ip_address(name))
        except ValueError:
            binds = (self.bind, self.internal_bind, self.worker_bind)
            own = {each.rsplit(":", 1)[0] for each in binds} | {"localhost", socket.gethostname()}
            return bool(name) and name in own | {urlsplit(self.public_url).hostname}

    def oidc_base(self) -> str:
        """Return the OIDC base address as this process reaches it."""
        return self.oidc_internal_base or self.oidc_issuer


# What may stand in a file: passwords and keys.
SECRETS = tuple(
    field.name
    for field in msgspec.structs.fields(Settings)
    if field.name == "database_passwords" or isinstance(field.default, Secret)
)


def is_loopback(bind: str) -> bool:
    """Return whether `host:port` can be reached from this machine only."""
    host = bind.rsplit(":", 1)[0].strip("[]")
    try:
        return ipaddress.ip_address(socket.gethostbyname(host)).is_loopback
    except OSError:
        return False


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Return the settings for these environment variables, with defaults for the rest.

    A secret may stand in a file instead, named by `DM_<NAME>_FILE`; a line end after it is not part
    of it. Raises ValueError for an invalid value or an unreadable file; the message names the
    variable and shows no secret.
    """
    names = {f"DM_{name.upper()}": name for name in Settings.__struct_fields__}
    given: dict[str, Any] = {
        names[variable]: value for variable, value in environ.items() if variable in names
    }
    for name in SECRETS:
        if path := environ.get(f"DM_{name.upper()}_FILE"):
            if name in given:
                raise ValueError(f"DM_{name.upper()} and DM_{name.upper()}_FILE are both set")
            given[name] = _read_secret(name, path)
    try:
        if "database_passwords" in given:
            given["database_passwords"] = msgspec.json.decode(given["database_passwords"])
        read = msgspec.convert(given, Settings, strict=False, dec_hook=_secret)
    except msgspec.ValidationError as error:
        raise ValueError(
            re.sub(r"\$\.(\w+)", lambda path: f"DM_{path[1].upper()}", str(error))
        ) from None
    except msgspec.DecodeError as error:
        raise ValueError(f"DM_DATABASE_PASSWORDS: {error}") from None
    try:
        read.private_networks()
    except ValueError as error:
        raise ValueError(f"DM_WEBHOOK_NETWORKS: {error}") from None
    return read


def _read_secret(name: str, path: str) -> str:
    try:
        return Path(path).read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not text in UTF-8"
        raise ValueError(f"DM_{name.upper()}_FILE={path} cannot be read: {why}") from None


def _secret(kind: type, text: object) -> Secret:
    if kind is not Secret or not isinstance(text, str):
        raise TypeError("a secret is a text")
    return Secret(text)


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Return this process's settings, read once from the environment."""
    return read_settings(os.environ)
