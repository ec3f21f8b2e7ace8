"""One typed settings object. Every field is an environment variable `DM_<NAME>`.

The four addresses (PostgreSQL, Kafka, OIDC issuer, LDAP) decide which stack is used; nothing else does.
Documented in docs/operations.md; tests/architecture checks that none is missing there.
"""

import ipaddress
import socket
from functools import lru_cache
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

SCHEMAS = ("profile", "sales", "orders", "inventory", "finance", "notifications")
DEMO_SECRET_MARK = "demo-only-"  # noqa: S105  every secret of the demo begins so; refused off loopback


class Settings(BaseSettings):
    """Settings of every process. Errors name the variable and never its value."""

    model_config = SettingsConfigDict(env_prefix="DM_", frozen=True, hide_input_in_errors=True)

    database_url: str = Field("postgresql://127.0.0.1:5432/dundermifflin", description="PostgreSQL address, without a user")
    database_passwords: dict[str, SecretStr] = Field(
        default_factory=dict, description="JSON: a password per schema, and one for `migrator`"
    )
    kafka_bootstrap: str = Field("127.0.0.1:9092", description="Kafka bootstrap address")
    kafka_fetch_wait_ms: int = Field(1500, description="How long a fetch may wait at the broker; 10 on the embedded one")
    kafka_replication: int = Field(1, description="Copies of each partition of a new topic; 3 on a cluster")
    oidc_issuer: str = Field("http://127.0.0.1:9000", description="OIDC issuer as the browser sees it")
    oidc_internal_base: str = Field("", description="OIDC base address as the servers see it, where it differs")
    oidc_client_id: str = Field("dm-web", description="Client of the web application")
    oidc_client_secret: SecretStr = Field(SecretStr("demo-only-web"), description="Secret of that client")
    service_client_id: str = Field("dm-services", description="Client for work without a person")
    service_client_secret: SecretStr = Field(SecretStr("demo-only-services"), description="Secret of that client")
    ldap_url: str = Field("ldap://127.0.0.1:3389", description="LDAP address")
    ldap_base: str = Field("dc=dundermifflin,dc=com", description="LDAP base")
    ldap_bind_dn: str = Field("cn=reader,dc=dundermifflin,dc=com", description="Who reads the directory")
    ldap_bind_password: SecretStr = Field(SecretStr("demo-only-reader"), description="Password of that reader")
    public_url: str = Field("http://127.0.0.1:8000", description="Address of the product as the browser sees it")
    bind: str = Field("127.0.0.1:8000", description="Where gunicorn listens")
    internal_bind: str = Field("127.0.0.1:8001", description="Where /metrics and details of /readyz are served")
    internal_api_base: str = Field("", description="Base of /api/v1 between services; `bind` unless set")
    worker_bind: str = Field("", description="Where a worker or relay serves /metrics and /readyz; nowhere unless set")
    session_type: Literal["cachelib", "redis"] = Field("cachelib", description="Session store: memory, or Redis")
    session_redis_url: str = Field("redis://127.0.0.1:6379/0", description="Redis for sessions, where used")
    session_secret: SecretStr = Field(SecretStr("demo-only-session"), description="Signs CSRF tokens and cookies")
    gateway_key: SecretStr = Field(
        SecretStr(""), description="EC P-256 private key (PEM) of tokens between services; made at start unless set"
    )
    session_idle_minutes: int = Field(60, description="A session unused for so long ends")
    session_absolute_hours: int = Field(12, description="A session ends after so long, used or not")
    allow_demo_secrets: bool = Field(False, description="Permit the demo's secrets on a bind that is not loopback")
    smtp_url: SecretStr = Field(
        SecretStr(""), description="Mail server: `smtp://`, `smtp+starttls://` or `smtps://`, with user and password where "
        "needed; no mail is sent unless set"
    )
    mail_from: str = Field("WUPHF <wuphf@dundermifflin.com>", description="Who the mails come from")
    mail_sink: str = Field("", description="Where the embedded provider takes mails in, `folder@host:port`; embedded stack only")
    faults: bool = Field(False, description="Switches that break a part on purpose; loopback only")
    fault_point: str = Field("", description="With DM_FAULTS=1: the named point at which to die, `name:N` at the Nth time")
    log_level: str = Field("INFO", description="Level of the JSON logs")
    otlp_endpoint: str = Field("", description="OTLP/HTTP endpoint for traces; off unless set")
    trace_file: str = Field("", description="Write spans as JSON lines to this file; off unless set")
    embedded: bool = Field(False, description="Say on the sign-in page and in the log that the servers are for demonstration")

    def database_dsn(self, schema: str) -> str:
        """The address with the user and password of one schema's role (`migrator` for migrations)."""
        scheme, rest = self.database_url.split("://", 1)
        secret = self.database_passwords.get(schema, SecretStr(f"{DEMO_SECRET_MARK}{schema}")).get_secret_value()
        return f"{scheme}://dm_{schema}:{secret}@{rest}"

    def refuse_demo_secrets(self, *binds: str) -> None:
        """Raises RuntimeError, naming the settings, when a demo secret or a fault switch would serve a network."""
        if all(is_loopback(bind) for bind in binds):
            return
        if self.faults:
            raise RuntimeError("DM_FAULTS is only for loopback")
        if (weak := self._demo_secrets()) and not self.allow_demo_secrets:
            raise RuntimeError(f"Not on loopback with secrets of the demo: set {', '.join(weak)}, or DM_ALLOW_DEMO_SECRETS=1")

    def _demo_secrets(self) -> list[str]:
        names = ("oidc_client_secret", "service_client_secret", "ldap_bind_password", "session_secret")
        weak = [f"DM_{name.upper()}" for name in names
                if getattr(self, name).get_secret_value().startswith(DEMO_SECRET_MARK)]
        given = [self.database_passwords.get(schema, SecretStr(DEMO_SECRET_MARK)).get_secret_value() for schema in SCHEMAS]
        return weak + (["DM_DATABASE_PASSWORDS"] if any(secret.startswith(DEMO_SECRET_MARK) for secret in given) else [])

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


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read once from the environment."""
    return Settings()
