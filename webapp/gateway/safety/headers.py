"""Security headers for every response, including errors and redirects."""

from urllib.parse import urlsplit

from flask import Flask, Response, request

import telemetry
from settings import settings
from webapp.gateway.process.configuration import is_https

SANDBOXED = "sandbox; default-src 'none'"  # for uploaded files; a view may only narrow the policy


def install(app: Flask) -> None:
    """Add the headers after each request."""
    policy = content_security_policy()

    @app.after_request
    def add_headers(response: Response) -> Response:
        own = response.headers.get("Content-Security-Policy", "")
        response.headers.update(_always(own if own.startswith(SANDBOXED) else policy))
        response.headers["X-Correlation-ID"] = telemetry.correlation.get()
        if request.endpoint != "static" or response.status_code >= 400:
            response.headers.setdefault("Cache-Control", "no-store")
        response.vary.update(("HX-Request", "HX-Request-Type"))
        return response


def content_security_policy() -> str:
    """Return the strict policy.

    Forms may go on to the provider, since sign-in and sign-out redirect there.
    """
    issuer = urlsplit(settings().oidc_issuer)
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "manifest-src 'self'",
            f"form-action 'self' {issuer.scheme}://{issuer.netloc}",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "object-src 'none'",
        )
    )


def _always(policy: str) -> dict[str, str]:
    headers = {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    }
    if is_https():
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return headers
