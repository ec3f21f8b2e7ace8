"""Errors of the session store."""


class StoreAway(Exception):
    """The session store does not answer, so nobody can be identified right now."""
