"""What people prefer, as it stands."""

from models.profile.queries import get_preferences
from models.shared.settings.preferences import Preferences
from models.shared.transactions import reading


def preferences_of(uid: str) -> Preferences:
    """This person's preferences."""
    with reading("profile") as session:
        return get_preferences(session, uid)
