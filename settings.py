"""One typed settings object. Every field is an environment variable `DM_<NAME>`.

The four addresses (PostgreSQL, Kafka, OIDC issuer, LDAP) decide which stack is used; nothing else does.
Documented in docs/reference/settings.md; tests/architecture checks that none is missing there.
"""

import ipaddress
import os
import re
import socket
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

SCHEMAS = ("profile", "sales", "orders", "inventory", "finance", "notifications")
DEMO_SECRET_MARK = "demo-only-"  # noqa: S105  every secret of the demo begins so; refused off loopback


class Secret:
    """A text that no log, error or repr shows; `reveal` gives it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The secret itself."""
        return self._text

    def __repr__(self) -> str:
        return "Secret('**********')"


def says(text: str, ge: int | None = None) -> Meta:
    """What a setting means, and the least that it may be."""
    return Meta(description=text, ge=ge)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of every process."""

    database_url: Annotated[str, says("PostgreSQL address, without a user")] = (
        "postgresql://127.0.0.1:5432/dundermifflin"
    )
    database_passwords: Annotated[
        dict[str, Secret], says("JSON: a password per schema, and one for `migrator`")
    ] = {}
    kafka_bootstrap: Annotated[str, says("Kafka bootstrap address")] = "127.0.0.1:9092"
    kafka_fetch_wait_ms: Annotated[
        int, says("How long a fetch may wait at the broker; 10 on the embedded one", ge=1)
    ] = 1500
    kafka_replication: Annotated[
        int, says("Copies of each partition of a new topic; 3 on a cluster", ge=1)
    ] = 1
    oidc_issuer: Annotated[str, says("OIDC issuer as the browser sees it")] = (
        "http://127.0.0.1:9000"
    )
    oidc_internal_base: Annotated[
        str, says("OIDC base address as the servers see it, where it differs")
    ] = ""
    oidc_client_id: Annotated[str, says("Client of the web application")] = "dm-web"
    oidc_client_secret: Annotated[Secret, says("Secret of that client")] = Secret("demo-only-web")
    service_client_id: Annotated[str, says("Client for work without a person")] = "dm-services"
    service_client_secret: Annotated[Secret, says("Secret of that client")] = Secret(
        "demo-only-services"
    )
    ldap_url: Annotated[str, says("LDAP address")] = "ldap://127.0.0.1:3389"
    ldap_base: Annotated[str, says("LDAP base")] = "dc=dundermifflin,dc=com"
    ldap_bind_dn: Annotated[str, says("Who reads the directory")] = (
        "cn=reader,dc=dundermifflin,dc=com"
    )
    ldap_bind_password: Annotated[Secret, says("Password of that reader")] = Secret(
        "demo-only-reader"
    )
    public_url: Annotated[str, says("Address of the product as the browser sees it")] = (
        "http://127.0.0.1:8000"
    )
    bind: Annotated[str, says("Where gunicorn listens")] = "127.0.0.1:8000"
    internal_bind: Annotated[str, says("Where /metrics and details of /readyz are served")] = (
        "127.0.0.1:8001"
    )
    internal_api_base: Annotated[
        str, says("Base of /api/v1 between services; `bind` unless set")
    ] = ""
    worker_bind: Annotated[
        str, says("Where a worker or relay serves /metrics and /readyz; nowhere unless set")
    ] = ""
    session_type: Annotated[
        Literal["cachelib", "redis"], says("Session store: memory, or Redis")
    ] = "cachelib"
    session_redis_url: Annotated[str, says("Redis for sessions, where used")] = (
        "redis://127.0.0.1:6379/0"
    )
    session_secret: Annotated[Secret, says("Signs CSRF tokens and cookies")] = Secret(
        "demo-only-session"
    )
    gateway_key: Annotated[
        Secret, says("EC P-256 key (PEM) of tokens between services; made at start unless set")
    ] = Secret("")
    session_idle_minutes: Annotated[int, says("A session unused for so long ends", ge=1)] = 60
    session_absolute_hours: Annotated[
        int, says("A session ends after so long, used or not", ge=1)
    ] = 12
    allow_demo_secrets: Annotated[
        bool, says("Permit the demo's secrets on a bind that is not loopback")
    ] = False
    smtp_url: Annotated[
        Secret,
        says(
            "Mail server: `smtp://`, `smtp+starttls://` or `smtps://`, with user and password where "
            "needed; no mail is sent unless set"
        ),
    ] = Secret("")
    mail_from: Annotated[str, says("Who the mails come from")] = "WUPHF <wuphf@dundermifflin.com>"
    mail_sink: Annotated[
        str,
        says("Where the embedded provider takes mails in, `folder@host:port`; embedded stack only"),
    ] = ""
    snapshot_folder: Annotated[
        str, says("Where daily snapshots of the database are kept; none are taken unless set")
    ] = ""
    snapshot_dsn: Annotated[
        Secret,
        says(
            "PostgreSQL's superuser, `postgresql://user:password@host:port`; the jobs process "
            "and `consumers.backup` alone need it"
        ),
    ] = Secret("")
    snapshot_programs: Annotated[
        str, says("Folder of pg_dump and its kin, of the server's version; PATH unless set")
    ] = ""
    faults: Annotated[bool, says("Switches that break a part on purpose; loopback only")] = False
    fault_point: Annotated[
        str, says("With DM_FAULTS=1: the named point at which to die, `name:N` at the Nth time")
    ] = ""
    log_level: Annotated[str, says("Level of the JSON logs")] = "INFO"
    otlp_endpoint: Annotated[str, says("OTLP/HTTP endpoint for traces; off unless set")] = ""
    trace_file: Annotated[str, says("Write spans as JSON lines to this file; off unless set")] = ""
    embedded: Annotated[
        bool, says("Say on the sign-in page and in the log that the servers are for demonstration")
    ] = False

    def database_dsn(self, schema: str) -> str:
        """The address with the user and password of one schema's role (`migrator` for migrations)."""
        scheme, rest = self.database_url.split("://", 1)
        secret = self.database_passwords.get(schema, Secret(f"{DEMO_SECRET_MARK}{schema}")).reveal()
        return f"{scheme}://dm_{schema}:{secret}@{rest}"

    def refuse_demo_secrets(self, *binds: str) -> None:
        """Raises RuntimeError, naming the settings, when a demo secret or a fault switch would serve a network."""
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

    def api_base(self) -> str:
        """Base address of /api/v1 for calls between services, always over HTTP."""
        return self.internal_api_base or f"http://{self.bind}"

    def oidc_base(self) -> str:
        """OIDC base address as this process reaches it."""
        return self.oidc_internal_base or self.oidc_issuer


def is_loopback(bind: str) -> bool:
    """Whether `host:port` is reachable from this machine only."""
    host = bind.rsplit(":", 1)[0].strip("[]")
    try:
        return ipaddress.ip_address(socket.gethostbyname(host)).is_loopback
    except OSError:
        return False


def read_settings(environ: Mapping[str, str]) -> Settings:
    """The settings that these variables give, the others as they are unless set.

    Raises ValueError for a value that does not fit; it names the variable and shows no secret.
    """
    names = {f"DM_{name.upper()}": name for name in Settings.__struct_fields__}
    given: dict[str, Any] = {
        names[variable]: value for variable, value in environ.items() if variable in names
    }
    try:
        if "database_passwords" in given:
            given["database_passwords"] = msgspec.json.decode(given["database_passwords"])
        return msgspec.convert(given, Settings, strict=False, dec_hook=_secret)
    except msgspec.ValidationError as error:
        raise ValueError(
            re.sub(r"\$\.(\w+)", lambda path: f"DM_{path[1].upper()}", str(error))
        ) from None
    except msgspec.DecodeError as error:
        raise ValueError(f"DM_DATABASE_PASSWORDS: {error}") from None


def _secret(kind: type, text: object) -> Secret:
    if kind is not Secret or not isinstance(text, str):
        raise TypeError("a secret is a text")
    return Secret(text)


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read once from the environment."""
    return read_settings(os.environ)
