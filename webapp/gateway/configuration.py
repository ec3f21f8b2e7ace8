"""Flask's configuration, from our settings. Refuses to start with the demo's secrets where others can reach it."""

import ipaddress
import socket
from urllib.parse import urlsplit

from flask import Flask

from settings import DEMO_SECRET_MARK, settings

MAX_FORM_BYTES = 2 * 1024 * 1024


def install(app: Flask) -> None:
    """Sets what Flask and its extensions read; raises RuntimeError on secrets that are not safe here."""
    refuse_demo_secrets_off_loopback()
    config, secure = settings(), is_https()
    app.config.update(
        SECRET_KEY=config.session_secret.get_secret_value(),
        SESSION_COOKIE_NAME=cookie_name("session"),
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=config.session_absolute_hours * 3600,
        MAX_CONTENT_LENGTH=MAX_FORM_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_FORM_BYTES,
        TRUSTED_HOSTS=sorted(trusted_hosts()),
        PREFERRED_URL_SCHEME="https" if secure else "http",
        TEMPLATES_AUTO_RELOAD=False,
    )
    app.json.sort_keys = False  # type: ignore[attr-defined]


def is_https() -> bool:
    """Whether browsers reach us over TLS: then cookies are `__Host-` and HSTS is sent."""
    return urlsplit(settings().public_url).scheme == "https"


def cookie_name(name: str) -> str:
    """`__Host-dm_NAME` over TLS; plain on loopback http, where browsers refuse the prefix."""
    return f"__Host-dm_{name}" if is_https() else f"dm_{name}"


def own_origin() -> str:
    """Scheme, host and port of the product as the browser sees it."""
    parts = urlsplit(settings().public_url)
    return f"{parts.scheme}://{parts.netloc}"


def trusted_hosts() -> set[str]:
    """Names under which requests may come (a forged Host is a 400)."""
    addresses = (settings().public_url, settings().api_base(), f"http://{settings().bind}")
    named = {urlsplit(address).hostname or "" for address in addresses}
    return (named | {"127.0.0.1", "localhost"}) - {"", "0.0.0.0"}  # noqa: S104


def refuse_demo_secrets_off_loopback() -> None:
    """Raises RuntimeError, naming the settings, when a demo secret or a fault switch would serve a network."""
    config = settings()
    if is_loopback(config.bind) and is_loopback(config.internal_bind):
        return
    if config.faults:
        raise RuntimeError("DM_FAULTS is only for loopback")
    names = ("oidc_client_secret", "service_client_secret", "ldap_bind_password", "session_secret")
    weak = [f"DM_{name.upper()}" for name in names
            if getattr(config, name).get_secret_value().startswith(DEMO_SECRET_MARK)]
    if weak and not config.allow_demo_secrets:
        raise RuntimeError(f"Not on loopback with secrets of the demo: set {', '.join(weak)}, or DM_ALLOW_DEMO_SECRETS=1")


def is_loopback(bind: str) -> bool:
    """Whether `host:port` is reachable from this machine only."""
    host = bind.rsplit(":", 1)[0].strip("[]")
    try:
        return ipaddress.ip_address(socket.gethostbyname(host)).is_loopback
    except OSError:
        return False
