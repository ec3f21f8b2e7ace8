"""What people prefer, as it stands."""

from models.profile.queries import get_preferences
from models.shared.database import reading
from models.shared.preferences import Preferences


def preferences_of(uid: str) -> Preferences:
    """This person's preferences."""
    with reading("profile") as session:
        return get_preferences(session, uid)
