"""Whether the browser's last session ended by a limit, so that its person must prove anew who they are."""

from settings import settings
from webapp.gateway.sessions.store import session
from webapp.gateway.sign_in.cookies import expiry_was_noted, seat_lay_unused


def session_has_expired() -> bool:
    """Check it by the server's memory or, where a restart lost that, by the browser's signed cookies."""
    if session.has_expired or expiry_was_noted():
        return True
    return session.was_lost and seat_lay_unused(settings().session_idle_minutes * 60)
