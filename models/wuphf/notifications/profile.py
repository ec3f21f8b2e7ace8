"""Notifications about a person's own account."""

from uuid import UUID

import msgspec

from models.shared.settings.names import name_from_uid
from models.wuphf.events import Subject
from models.wuphf.notifications.shape import HeardBy, Telling, Tellings, Words

TOKEN: tuple[Subject, str] = ("access_token", "token_id")


class TokenFact(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that wuphf reads of events about an access token."""

    token_id: UUID
    owner: str
    name: str
    rights: list[str] = []
    account: str = ""

    @property
    def limited_to(self) -> str:
        """The token's rights, as text."""
        return ", ".join(self.rights)

    @property
    def account_name(self) -> str:
        """The service account's name, as pages show it."""
        return name_from_uid(self.account)


def _is_of_account(fact: TokenFact) -> bool:
    return bool(fact.account)


TELLINGS: Tellings = {
    "dm.profile.access_token.created.v1": (
        TokenFact,
        (
            Telling(
                "account_token_created",
                "account",
                ("owner",),
                TOKEN,
                ("name", "limited_to", "account_name"),
                answers=True,
                when=_is_of_account,
            ),
            Telling(
                "token_created",
                "account",
                ("owner",),
                TOKEN,
                ("name", "limited_to"),
                answers=True,
            ),
        ),
    ),
    "dm.profile.access_token.revoked.v1": (
        TokenFact,
        (
            Telling(
                "account_token_revoked",
                "account",
                ("owner",),
                TOKEN,
                ("name", "account_name"),
                when=_is_of_account,
            ),
            Telling("token_revoked", "account", ("owner",), TOKEN, ("name",)),
        ),
    ),
}
HEARD_BY: HeardBy = {"dm.profile.access_token.": frozenset({"it"})}
WORDS = {
    "token_created": Words(
        "key",
        "acc",
        "A new access token acts for you: <b>{name}</b>",
        "{limited_to} · if you did not create it, revoke it and tell IT",
    ),
    "account_token_created": Words(
        "key",
        "acc",
        "A new access token acts for <b>{account_name}</b>: {name}",
        "{limited_to} · you answer for this service account",
    ),
    "account_token_revoked": Words(
        "ban",
        "info",
        "<b>{actor}</b> revoked an access token of <b>{account_name}</b>: {name}",
        "Programs that use it are refused",
    ),
    "token_revoked": Words(
        "ban",
        "info",
        "<b>{actor}</b> revoked your access token <b>{name}</b>",
        "Programs that use it are refused",
    ),
}
