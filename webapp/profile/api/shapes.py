"""Request and response models of the profile REST API."""

from datetime import date, datetime, time
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr

from models.shared.settings.preferences import Density, Mail, Theme
from webapp.shared.rest.shapes import PLACE


class EmployeeOut(BaseModel):
    """An employee; `manager` is a uid, `groups` are the directory's group names."""

    uid: str
    name: str
    mail: str
    title: str
    department: str
    manager: str | None
    groups: list[str]
    phone: str


class PeopleOut(BaseModel):
    """Everyone; the company is small enough for one response."""

    items: list[EmployeeOut]


class TokenDigestIn(BaseModel):
    """The SHA-256 of a personal access token, in hexadecimal; the token itself is never sent on."""

    digest: str = Field(pattern="^[0-9a-f]{64}$")


class TokenInUseOut(BaseModel):
    """Whose token is in force and which rights it has; only `in_force`, false, if it is not."""

    in_force: bool
    id: UUID | None = None
    uid: str | None = None
    rights: list[str] = []
    name: str | None = Field(None, description="The name of a service account")
    roles: list[str] | None = Field(None, description="Its own, of a service account")


class SettingOut(BaseModel):
    """A company setting.

    A decimal number is a string. `revision` is its ETag, 0 if never changed.
    """

    name: str = Field(examples=["discount_limit_percent"])
    kind: str
    value: StrictStr | StrictInt | StrictBool
    default: StrictStr | StrictInt | StrictBool
    label: str
    revision: int
    changed_by: str | None
    changed_at: datetime | None


class SettingsOut(BaseModel):
    """Settings as of `revision`; `complete` means that no other setting was ever changed."""

    items: list[SettingOut]
    revision: int
    complete: bool


class ChannelsShape(BaseModel):
    """How notifications of a category are delivered."""

    bell: StrictBool = True
    mail: Mail = "digest"


class SavedViewShape(BaseModel):
    """The saved state of a list, under a name."""

    name: str
    query: str
    opens: bool


class PreferencesPatch(BaseModel):
    """The fields to change; omit a field to keep it.

    `notify` replaces all categories at once.
    """

    model_config = ConfigDict(extra="forbid")

    theme: Theme = "auto"
    density: Density = "comfortable"
    time_zone: str = Field("America/New_York", max_length=60)
    start_page: str = Field("", max_length=61, examples=["orders.index"])
    notify: dict[str, ChannelsShape] = {}
    quiet_from: time | None = None
    quiet_until: time | None = None
    away_from: date | None = None
    away_until: date | None = None
    delegate: str | None = Field(None, max_length=64)


class PreferencesOut(PreferencesPatch):
    """One person's preferences; the revision is their ETag."""

    uid: str
    revision: int
    avatar: str = Field(description="Digest of their photo; empty if they have none")
    views: dict[str, list[SavedViewShape]] = Field(
        description="Saved views by the path of their list"
    )
    columns: dict[str, list[str]] = Field(
        default_factory=dict, description="Columns chosen for a list, in order, by its path"
    )


class AllPreferencesOut(BaseModel):
    """Preferences of those who changed any, as of `revision`.

    `complete` means that nobody else ever changed any.
    """

    items: list[PreferencesOut]
    revision: int
    complete: bool


class ChangedQuery(BaseModel):
    """The revision to return changes after."""

    changed_since: Annotated[int, Field(ge=0, le=2**62), PLACE] | None = Field(
        None, description="Return only changes after this revision; omit it to get everything"
    )


class SettingIn(BaseModel):
    """The new value."""

    value: StrictStr | StrictInt | StrictBool


class SettingChangeOut(BaseModel):
    """A change of a setting."""

    at: datetime
    actor: str
    was: str
    now: str
    correlation_id: str


class SettingHistoryOut(BaseModel):
    """The changes of a setting, newest first."""

    items: list[SettingChangeOut]
    next: str | None
