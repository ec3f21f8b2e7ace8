"""The OpenID provider of the embedded stack. For demonstration, on loopback only.

Code flow with PKCE, passwords checked by a bind at the directory, and every demo person one click
away. `python -m stack.embedded.provider PORT`; its key lies in DM_PROVIDER_DATA.
"""

import hashlib
import logging
import os
import secrets
import sys
import time
from collections import defaultdict, deque
from pathlib import Path
from typing import Any

from authlib.common.urls import add_params_to_uri
from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2 import OAuth2Error
from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    current_app,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    send_from_directory,
)
from itsdangerous import BadSignature, URLSafeTimedSerializer
from jinja2 import FileSystemLoader
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry
from ldap3.core.exceptions import LDAPException
from werkzeug.serving import make_server

from settings import settings
from stack.embedded import mail_sink, provider_grants
from stack.embedded.demo_people import DEMO_PASSWORD, listed_people
from stack.embedded.provider_state import (
    Person,
    SignIn,
    State,
    check_password,
    find_person,
    signing_key,
)

COOKIE = "dm_provider"
FORM_COOKIE = "dm_provider_form"  # binds a form to the browser that it was shown to
STATIC = Path(__file__).parents[2] / "static"
TEMPLATES = Path(__file__).parents[2] / "templates"  # for the company's logo
TRIES, WITHIN = 10, 300  # failed sign-ins per person and address, seconds
CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self' {public}"
)


blueprint = Blueprint("provider", __name__)


def main() -> None:
    """Serve until stopped: one process, a thread per request."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    if settings().mail_sink:
        mail_sink.serve(settings().mail_sink)
    make_server("127.0.0.1", int(sys.argv[1]), create_provider(), threaded=True).serve_forever()


def create_provider() -> Flask:
    """Create the provider's web application."""
    os.environ.setdefault("AUTHLIB_INSECURE_TRANSPORT", "1")  # plain http, on loopback only
    app = Flask(__name__, static_folder=None)
    app.jinja_loader = FileSystemLoader([Path(__file__).parent / "templates", TEMPLATES])
    app.config.update(SECRET_KEY=secrets.token_hex(32), MAX_CONTENT_LENGTH=64 * 1024)
    server = provider_grants.install(
        app, signing_key(Path(os.environ.get("DM_PROVIDER_DATA", ".data/provider")))
    )
    failures: dict[str, deque[float]] = defaultdict(deque)
    app.extensions.update(server=server, failures=failures)
    app.register_blueprint(blueprint)
    app.logger.warning("embedded provider: for demonstration, on loopback only")
    return app


@blueprint.get("/.well-known/openid-configuration")
def discovery() -> Response:
    """Return the endpoints (OpenID Connect Discovery 1.0)."""
    return jsonify(_discovery())


@blueprint.get("/jwks")
def jwks() -> Response:
    """Return the public half of the key."""
    return jsonify(_keys().as_dict(private=False))


@blueprint.get("/healthz")
def health() -> str:
    """Answer that it is running."""
    return "ok"


@blueprint.get("/assets/<path:name>")
def assets(name: str) -> Response:
    """Serve the product's styles and fonts, compressed if static/build.mjs left such a file."""
    is_small = request.accept_encodings.quality("gzip") > 0 and Path(STATIC, f"{name}.gz").is_file()
    response = send_from_directory(STATIC, f"{name}.gz" if is_small else name, max_age=600)
    response.vary.add("Accept-Encoding")
    return response


@blueprint.get("/authorize")
def authorize() -> Any:
    """Issue a code at once to a person who is signed in, otherwise show the sign-in page."""
    g.sign_in = _state().current(request.cookies.get(COOKIE))
    asks_again = "login" in request.args.get("prompt", "").split()
    is_enough = g.sign_in and not asks_again and not _is_too_old(g.sign_in)
    return _grant(find_person(g.sign_in.uid) if is_enough else None)


@blueprint.post("/authorize")
def sign_in() -> Any:
    """Handle the sign-in form: a name and a password that the directory accepts."""
    _check_form("sign-in")
    uid = request.form.get("uid", "").strip().lower()
    failures = current_app.extensions["failures"][f"{uid}:{request.remote_addr}"]
    if _too_many(failures):
        return (
            _sign_in_page("Too many attempts. Wait five minutes, then try again.", uid),
            429,
            {"Retry-After": str(WITHIN)},
        )
    if not check_password(uid, request.form.get("password", "")):
        failures.append(time.monotonic())
        return _sign_in_page("The username or password is incorrect.", uid), 422
    person = find_person(uid) or abort(403)
    _state().end(request.cookies.get(COOKIE, ""))  # of whoever signed in here before
    g.sign_in = _state().begin(uid)
    response = _grant(person)
    if response.status_code == 302:
        response.status_code = 303
        response.set_cookie(COOKIE, g.sign_in.id, httponly=True, samesite="Lax", path="/")
    return response


@blueprint.post("/token")
def token() -> Any:
    """Issue tokens for a code, a refresh token or a service's secret."""
    return _server().create_token_response()


@blueprint.route("/userinfo", methods=["GET", "POST"])
def userinfo() -> Any:
    """Return who the access token is about, as the directory has them now."""
    try:
        raw = request.headers.get("Authorization", "").removeprefix("Bearer ")
        claims = jwt.decode(raw, _keys(), algorithms=["RS256"]).claims
        JWTClaimsRegistry(exp={"essential": True}).validate(claims)
    except (JoseError, ValueError):
        return jsonify(error="invalid_token"), 401
    if _state().current(claims.get("sid")) is None:
        return jsonify(error="invalid_token"), 401
    person = find_person(claims["sub"])
    return (
        jsonify(sub=claims["sub"], **provider_grants.claims_of(person))
        if person
        else (jsonify(error="gone"), 401)
    )


@blueprint.route("/logout", methods=["GET", "POST"])
def logout() -> Any:
    """End the sign-in that the ID token names; without one of this browser's, ask the person first."""
    g.cookie_session = request.cookies.get(COOKIE)
    try:
        asked = _server().validate_endpoint_request("end_session")
    except OAuth2Error as error:
        return _server().handle_error_response(None, error)
    if "form" in request.form:
        _check_form("sign-out")
    elif _needs_confirmation(asked):
        return _with_form("provider_logout.html", "sign-out", home=settings().public_url)
    response = _server().create_endpoint_response("end_session", asked) or redirect(
        settings().public_url
    )
    response.delete_cookie(COOKIE, path="/")
    return response


@blueprint.app_errorhandler(LDAPException)
def directory_away(_error: LDAPException) -> Any:
    """Show a page that says the directory is down, instead of a failure."""
    return render_template("provider_away.html"), 503


@blueprint.after_app_request
def headers(response: Response) -> Response:
    """Add the headers that every response carries."""
    response.headers.setdefault("Content-Security-Policy", CSP.format(public=settings().public_url))
    response.headers.update({"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"})
    if not request.path.startswith("/assets/"):
        response.headers["Cache-Control"] = "no-store"
    return response


def _is_too_old(sign_in: SignIn) -> bool:
    """Check whether the client wants a proof younger than this one (`max_age`, Core 3.1.2.1)."""
    asked = request.args.get("max_age", "")
    return asked.isdecimal() and time.time() - sign_in.at > int(asked)


def _needs_confirmation(asked: Any) -> bool:
    """Check whether somebody else may have sent this browser here to sign its person out."""
    if asked.needs_confirmation:
        return True
    here = _state().current(g.cookie_session)
    return here is not None and here.id != asked.id_token_claims.get("sid")


def _grant(person: Person | None) -> Any:
    try:
        grant = _server().get_consent_grant(end_user=person)
    except OAuth2Error as error:
        asked = _server().create_oauth2_request(None)
        return _with_issuer(_server().handle_error_response(asked, error))
    if person is None:
        return _sign_in_page()
    return _with_issuer(_server().create_authorization_response(grant=grant, grant_user=person))


def _with_issuer(response: Response) -> Response:
    """Say in an answer to the client who answers (RFC 9207)."""
    if response.location:
        response.location = add_params_to_uri(response.location, {"iss": settings().oidc_issuer})
    return response


def _sign_in_page(problem: str = "", uid: str = "") -> Response:
    return _with_form(
        "provider_sign_in.html",
        "sign-in",
        problem=problem,
        uid=uid or request.args.get("login_hint", ""),
        people=listed_people(),
        demo_password=DEMO_PASSWORD,
    )


def _with_form(template: str, purpose: str, **given: Any) -> Response:
    """Render a page with a form that only this browser can send, and only for this purpose."""
    browser = request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(32)
    form = _forms().dumps([purpose, _digest(browser)])
    response = make_response(render_template(template, form=form, **given))
    response.set_cookie(FORM_COOKIE, browser, httponly=True, samesite="Lax", path="/")
    return response


def _check_form(purpose: str) -> None:
    expected = [purpose, _digest(request.cookies.get(FORM_COOKIE, ""))]
    try:
        is_ours = _forms().loads(request.form.get("form", ""), max_age=3600) == expected
    except BadSignature:
        is_ours = False
    if not is_ours:
        abort(400, "This page has expired. Go back and try again.")


def _digest(browser: str) -> str:
    return hashlib.sha256(browser.encode()).hexdigest()


def _forms() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="form")


def _server() -> AuthorizationServer:
    return current_app.extensions["server"]


def _keys() -> KeySet:
    return KeySet([current_app.extensions["key"]])


def _too_many(moments: deque[float]) -> bool:
    while moments and moments[0] < time.monotonic() - WITHIN:
        moments.popleft()
    return len(moments) >= TRIES


def _state() -> State:
    return provider_grants.state()


def _discovery() -> dict[str, Any]:
    issuer = settings().oidc_issuer
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "jwks_uri": f"{issuer}/jwks",
        "end_session_endpoint": f"{issuer}/logout",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "scopes_supported": ["openid", "email", "profile", "groups"],
        "prompt_values_supported": ["none", "login"],
        "authorization_response_iss_parameter_supported": True,
    }


if __name__ == "__main__":
    main()
