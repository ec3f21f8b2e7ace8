"""The OpenID provider of the embedded stack. For demonstration, on loopback only.

Code flow with PKCE, passwords checked by a bind at the directory, every person of the demo in one click.
`gunicorn -w 1 --threads 8 "stack.embedded.provider:create_provider()"`; DM_PROVIDER_DATA is where its key lies.
"""

import os
import secrets
import time
from collections import defaultdict, deque
from pathlib import Path
from typing import Any

from authlib.oauth2 import OAuth2Error
from flask import Flask, Response, abort, g, jsonify, redirect, render_template, request, send_from_directory
from itsdangerous import BadSignature, URLSafeTimedSerializer
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry
from ldap3.core.exceptions import LDAPException

from settings import settings
from stack.embedded import provider_grants
from stack.embedded.demo_people import DEMO_PASSWORD, listed_people
from stack.embedded.provider_state import State, check_password, find_person, signing_key

COOKIE = "dm_provider"
STATIC = Path(__file__).parents[2] / "static"
TRIES, WITHIN = 10, 300  # failed sign-ins per person and address, seconds
CSP = ("default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; base-uri 'none'; "
       "frame-ancestors 'none'; form-action 'self' {public}")


def create_provider() -> Flask:
    """The provider's web application."""
    os.environ.setdefault("AUTHLIB_INSECURE_TRANSPORT", "1")  # plain http, on loopback only
    app = Flask(__name__, static_folder=None)
    app.config.update(SECRET_KEY=secrets.token_hex(32), MAX_CONTENT_LENGTH=64 * 1024)
    key = signing_key(Path(os.environ.get("DM_PROVIDER_DATA", ".data/provider")))
    server = provider_grants.install(app, key)
    failures: dict[str, deque[float]] = defaultdict(deque)
    forms = URLSafeTimedSerializer(app.config["SECRET_KEY"], salt="sign-in")

    @app.get("/.well-known/openid-configuration")
    def discovery() -> Response:
        return jsonify(_discovery())

    @app.get("/jwks")
    def jwks() -> Response:
        return jsonify(KeySet([key]).as_dict(private=False))

    @app.get("/healthz")
    def health() -> str:
        return "ok"

    @app.get("/assets/<path:name>")
    def assets(name: str) -> Response:
        return send_from_directory(STATIC, name, max_age=600)

    @app.get("/authorize")
    def authorize() -> Any:
        _take_sign_in()
        person = find_person(g.sign_in.uid) if g.sign_in and request.args.get("prompt") != "login" else None
        try:
            grant = server.get_consent_grant(end_user=person)
        except OAuth2Error as error:
            return server.handle_error_response(server.create_oauth2_request(None), error)
        if person:
            return server.create_authorization_response(grant=grant, grant_user=person)
        return _sign_in_page(forms)

    @app.post("/authorize")
    def sign_in() -> Any:
        _check_form(forms)
        uid, remembered = request.form.get("uid", "").strip().lower(), f"{request.form.get('uid')}:{request.remote_addr}"
        if _too_many(failures[remembered]):
            page = _sign_in_page(forms, "Too many tries. Please wait five minutes.", uid)
            return page[0], 429, {"Retry-After": str(WITHIN)}
        if not check_password(uid, request.form.get("password", "")):
            failures[remembered].append(time.monotonic())
            return _sign_in_page(forms, "The name or the password is not right.", uid)[0], 422
        g.sign_in = _state().begin(uid)
        person = find_person(uid)
        if person is None:
            abort(403)
        try:
            grant = server.get_consent_grant(end_user=person)
        except OAuth2Error as error:
            return server.handle_error_response(server.create_oauth2_request(None), error)
        response = server.create_authorization_response(grant=grant, grant_user=person)
        response.status_code = 303
        response.set_cookie(COOKIE, g.sign_in.id, httponly=True, samesite="Lax", path="/")
        return response

    @app.post("/token")
    def token() -> Any:
        return server.create_token_response()

    @app.get("/userinfo")
    def userinfo() -> Any:
        try:
            raw = request.headers.get("Authorization", "").removeprefix("Bearer ")
            claims = jwt.decode(raw, KeySet([key]), algorithms=["RS256"]).claims
            JWTClaimsRegistry(exp={"essential": True}).validate(claims)
        except (JoseError, ValueError):
            return jsonify(error="invalid_token"), 401
        person = find_person(claims["sub"])
        return jsonify(sub=claims["sub"], **provider_grants.claims_of(person)) if person else (jsonify(error="gone"), 401)

    @app.route("/logout", methods=["GET", "POST"])
    def logout() -> Any:
        g.cookie_session = request.cookies.get(COOKIE)
        try:
            asked = server.validate_endpoint_request("end_session")
        except OAuth2Error as error:
            return server.handle_error_response(None, error)
        if asked.needs_confirmation:
            return render_template("provider_logout.html"), 400
        response = server.create_endpoint_response("end_session", asked) or redirect(settings().public_url)
        response.delete_cookie(COOKIE, path="/")
        return response

    @app.errorhandler(LDAPException)
    def directory_away(_error: LDAPException) -> Any:
        return render_template("provider_away.html"), 503

    @app.after_request
    def headers(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", CSP.format(public=settings().public_url))
        response.headers.update({"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"})
        if not request.path.startswith("/assets/"):
            response.headers["Cache-Control"] = "no-store"
        return response

    app.logger.warning("embedded provider: for demonstration, on loopback only")
    return app


def _take_sign_in() -> None:
    g.sign_in = _state().current(request.cookies.get(COOKIE))


def _sign_in_page(forms: URLSafeTimedSerializer, problem: str = "", uid: str = "") -> tuple[str, int]:
    page = render_template("provider_sign_in.html", problem=problem, uid=uid, people=listed_people(),
                           demo_password=DEMO_PASSWORD, form=forms.dumps("sign-in"))
    return page, 200


def _check_form(forms: URLSafeTimedSerializer) -> None:
    try:
        forms.loads(request.form.get("form", ""), max_age=3600)
    except BadSignature:
        abort(400, "This page is too old. Please go back and try again.")


def _too_many(moments: deque[float]) -> bool:
    while moments and moments[0] < time.monotonic() - WITHIN:
        moments.popleft()
    return len(moments) >= TRIES


def _state() -> State:
    return provider_grants.state()


def _discovery() -> dict[str, Any]:
    issuer = settings().oidc_issuer
    return {
        "issuer": issuer, "authorization_endpoint": f"{issuer}/authorize", "token_endpoint": f"{issuer}/token",
        "userinfo_endpoint": f"{issuer}/userinfo", "jwks_uri": f"{issuer}/jwks", "end_session_endpoint": f"{issuer}/logout",
        "response_types_supported": ["code"], "subject_types_supported": ["public"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "id_token_signing_alg_values_supported": ["RS256"], "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "scopes_supported": ["openid", "email", "profile", "groups"],
        "prompt_values_supported": ["none", "login"],
    }
