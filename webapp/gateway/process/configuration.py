"""Flask's configuration, derived from our settings.

The app refuses to start with the demo secrets where others can reach it.
"""

from urllib.parse import urlsplit

from flask import Flask

from settings import settings

MAX_FORM_BYTES = 2 * 1024 * 1024


def install(app: Flask) -> None:
    """Configure Flask and its extensions. Raises RuntimeError if a secret is not safe here."""
    refuse_demo_secrets_off_loopback()
    config, secure = settings(), is_https()
    app.config.update(
        SECRET_KEY=config.session_secret.reveal(),
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
    """Check whether browsers reach us over TLS; if so, cookies are `__Host-` and HSTS is sent."""
    return urlsplit(settings().public_url).scheme == "https"


def cookie_name(name: str) -> str:
    """Return `__Host-dm_NAME` over TLS, else `dm_NAME`: browsers refuse the prefix on plain http."""
    return f"__Host-dm_{name}" if is_https() else f"dm_{name}"


def own_origin() -> str:
    """Return the scheme, host and port of the product as the browser sees them."""
    parts = urlsplit(settings().public_url)
    return f"{parts.scheme}://{parts.netloc}"


def trusted_hosts() -> set[str]:
    """Return the host names that requests may use; a forged Host gets a 400."""
    addresses = (settings().public_url, settings().api_base(), f"http://{settings().bind}")
    named = {urlsplit(address).hostname or "" for address in addresses}
    return (named | {"127.0.0.1", "localhost"}) - {"", "0.0.0.0"}  # noqa: S104


def refuse_demo_secrets_off_loopback() -> None:
    """Raise RuntimeError, naming the settings, if a network could reach demo secrets.

    A fault switch that would serve a network is refused too.
    """
    config = settings()
    config.refuse_demo_secrets(config.bind, config.internal_bind)
