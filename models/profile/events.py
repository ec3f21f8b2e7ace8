"""Events that the profile service publishes."""

from datetime import datetime
from uuid import UUID

import msgspec

from models.shared.events.envelope import event


@event("dm.profile.access_token.created.v1")
class AccessTokenCreated(msgspec.Struct, frozen=True, kw_only=True):
    """A token was created for `owner`, or for a service `account` that they answer for.

    The token itself is in no event.
    """

    token_id: UUID
    owner: str
    name: str
    rights: list[str]
    expires_at: datetime
    account: str = ""


@event("dm.profile.access_token.revoked.v1")
class AccessTokenRevoked(msgspec.Struct, frozen=True, kw_only=True):
    """`revoked_by`, its owner or an administrator, ended an access token."""

    token_id: UUID
    owner: str
    name: str
    revoked_by: str
    account: str = ""
