"""The shapes of the REST API of the profile service."""

from datetime import datetime

from pydantic import BaseModel, Field, StrictBool, StrictInt, StrictStr


class EmployeeOut(BaseModel):
    """One employee; `manager` is a uid, `groups` are the directory's group names."""

    uid: str
    name: str
    mail: str
    title: str
    department: str
    manager: str | None
    groups: list[str]


class PeopleOut(BaseModel):
    """Everybody; the company is small enough for one answer."""

    items: list[EmployeeOut]


class SettingOut(BaseModel):
    """One setting of the company. A number with a fraction is a string. `revision` is its ETag, 0 if never changed."""

    name: str = Field(examples=["discount_limit_percent"])
    kind: str
    value: StrictStr | StrictInt | StrictBool
    default: StrictStr | StrictInt | StrictBool
    label: str
    revision: int
    changed_by: str | None
    changed_at: datetime | None


class SettingsOut(BaseModel):
    """Settings as of `revision`; `complete`: no other setting was ever changed."""

    items: list[SettingOut]
    revision: int
    complete: bool


class ChangedQuery(BaseModel):
    """From where on."""

    changed_since: int | None = Field(None, ge=0, le=2**62, description="Only what changed after this revision; without it, all")


class SettingIn(BaseModel):
    """The value wanted."""

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
