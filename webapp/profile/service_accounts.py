"""Pages for service accounts: administrators create them, give them tokens, and disable them."""

from flask import current_app, request, url_for
from flask.typing import ResponseReturnValue

from models.profile.access_tokens import (
    LIFETIMES,
    LONGEST_NAME,
    create_access_token,
    list_access_tokens,
)
from models.profile.service_accounts import (
    ENDING,
    LONGEST_PURPOSE,
    create_service_account,
    disable_service_account,
    get_service_account,
    list_service_accounts,
)
from models.profile.tables import ServiceAccount
from models.shared import clock
from models.shared.errors import DomainError, Invalid
from models.shared.transactions import reading
from webapp.profile.access_tokens import (
    DEFAULT_DAYS,
    already_shown,
    choices_among,
    rights_in_words,
    wanted_rights,
)
from webapp.profile.area import blueprint
from webapp.profile.directory import DirectoryAway, company
from webapp.shared.manifest import registry
from webapp.shared.pages.form_keys import whole
from webapp.shared.pages.fragments import go_to, render_page_or_block
from webapp.shared.people.access_tokens import digest_of, grantable_rights, make_token
from webapp.shared.people.rights import Person, needs
from webapp.shared.requests.commands import run

LIST, PAGE = "profile/service_accounts.html", "profile/service_account.html"
# Not administrator: a token that leaks is to change no settings and create no further accounts.
ROLES = {
    "sales": "Sales",
    "sales_manager": "Sales manager",
    "accounting": "Accounting",
    "warehouse": "Warehouse",
    "support": "Customer service",
    "hr": "Human resources",
    "reception": "Reception",
    "manager": "Management",
}


@blueprint.get("/service-accounts")
@needs("accounts.manage")
def service_accounts() -> ResponseReturnValue:
    """Show all service accounts and the form for a new one."""
    return _list()


@blueprint.post("/service-accounts")
@needs("accounts.manage")
def create_account() -> ResponseReturnValue:
    """Create a service account."""
    name = request.form.get("name", "").strip()
    roles = sorted(set(request.form.getlist("roles")))
    try:
        uid = run(
            create_service_account,
            name,
            request.form.get("purpose", ""),
            roles,
            list(ROLES),
            _is_of_directory(f"{name}{ENDING}"),
        )
    except Invalid as error:
        return _list(error)
    return go_to(url_for("profile.service_account", uid=uid))


@blueprint.get("/service-accounts/<uid>")
@needs("accounts.manage")
def service_account(uid: str) -> ResponseReturnValue:
    """Show a service account with its access tokens."""
    return _page(uid)


@blueprint.post("/service-accounts/<uid>/tokens")
@needs("accounts.manage")
def create_account_token(uid: str) -> ResponseReturnValue:
    """Create an access token of a service account and show it, this once."""
    raw = make_token()
    digest, ending = digest_of(raw), raw[-4:]
    with reading("profile") as session:
        account = get_service_account(session, uid)
    try:
        made = run(
            create_access_token,
            request.form.get("name", ""),
            sorted(wanted_rights()),
            whole(request.form.get("days")) or 0,
            digest,
            ending,
            _grantable(account),
            account=uid,
        )
    except DomainError as error:
        return _page(uid, error=error)
    if made.digest != digest:
        return _page(uid, error=already_shown())
    return _page(uid, 201, created=raw)


@blueprint.post("/service-accounts/<uid>/disable")
@needs("accounts.manage")
def disable_account(uid: str) -> ResponseReturnValue:
    """Disable a service account for good and revoke its tokens."""
    run(disable_service_account, uid)
    return go_to(url_for("profile.service_account", uid=uid))


def _list(error: Invalid | None = None) -> ResponseReturnValue:
    with reading("profile") as session:
        accounts = list_service_accounts(session)
    return render_page_or_block(
        LIST,
        "main",
        error.status if error else 200,
        accounts=accounts,
        roles=ROLES,
        errors=error.errors if error else {},
        ending=ENDING,
        longest_purpose=LONGEST_PURPOSE,
    )


def _page(
    uid: str, status: int = 200, created: str = "", error: DomainError | None = None
) -> ResponseReturnValue:
    with reading("profile") as session:
        account, tokens = get_service_account(session, uid), list_access_tokens(session, uid)
    return render_page_or_block(
        PAGE,
        "main",
        error.status if error else status,
        account=account,
        roles=ROLES,
        tokens=tokens,
        words=rights_in_words,
        now=clock.now(),
        created=created,
        error=error,
        errors=error.errors if isinstance(error, Invalid) else {},
        areas=choices_among(_grantable(account)),
        lifetimes=LIFETIMES,
        days=whole(request.form.get("days")) or DEFAULT_DAYS,
        longest_name=LONGEST_NAME,
    )


def _grantable(account: ServiceAccount) -> list[str]:
    """Return the rights that a token of this account can have: those with an operation for it."""
    roles = frozenset({"employee", *account.roles})
    acting = Person(account.uid, account.uid, roles=roles, may_approve=False)
    return grantable_rights(current_app, acting, registry().apis)


def _is_of_directory(uid: str) -> bool:
    """Return whether the directory has somebody with this uid; while it is away, nobody is known."""
    try:
        return any(each.uid == uid for each in company().listing().employees)
    except DirectoryAway:
        return False
