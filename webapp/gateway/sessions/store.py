"""Server-side sessions in memory or Redis.

Only people who signed in get one, and a session that has ended never comes back.
"""

import logging
import time
from datetime import timedelta
from typing import cast

from cachelib import BaseCache, SimpleCache
from flask import Flask, Request, Response, current_app
from flask import session as session_of_request
from flask_session.base import ServerSideSession
from flask_session.cachelib import CacheLibSessionInterface

from settings import settings
from webapp.gateway.sessions.errors import StoreAway
from webapp.shared.process.json_objects import JsonObject

MOST = 100_000
TOUCH_EVERY = 30.0  # seconds between two writes of `used_at`
_TOKENS = "tokens:"
_ENDED = "ended:"
_EXPIRED = "expired:"
log = logging.getLogger(__name__)


class Session(ServerSideSession):
    """A session and how its cookie was resolved.

    `was_lost`: the browser sent an id that matches no session. `has_expired`: the idle or absolute
    limit has passed, and stays so until somebody signs in anew. `is_unknown`: the store did not
    answer.
    """

    loaded = False
    was_lost = False
    has_expired = False
    is_unknown = False


session = cast(Session, session_of_request)


class SessionInterface(CacheLibSessionInterface):
    """Extend flask-session with idle and absolute limits, strict cookie flags and no resurrection.

    Provider tokens are stored next to the session under their own key, so a slow request that
    writes the session last can never restore tokens that were rotated in the meantime.
    """

    session_class = Session
    clock = staticmethod(time.time)

    def open_session(self, app: Flask, request: Request) -> Session:
        """Return the session that the cookie names, or an empty one with a fresh id.

        An id that we did not generate is never adopted.
        """
        try:
            session = cast(Session, super().open_session(app, request))
            if session and self.is_over(session):
                self.expire(session.sid)
                session = Session(sid=self._generate_sid(self.sid_length))
                session.has_expired = session.modified = True  # and empty: deletes the cookie
                return session
        except StoreAway:
            session = Session(sid=self._generate_sid(self.sid_length))
            session.is_unknown = True
        session.loaded = bool(session)
        sid = request.cookies.get(self.get_cookie_name(app))
        if sid and not session.loaded and not session.is_unknown:
            session.has_expired = self._has_expired(sid)
            session.was_lost = not session.has_expired
        return session

    def is_over(self, session: Session) -> bool:
        """Check whether a limit has passed or the provider ended the sign-in behind this session."""
        now, config = self.clock(), settings()
        return (
            now - session.get("used_at", 0) > config.session_idle_minutes * 60
            or now - session.get("created_at", 0) > config.session_absolute_hours * 3600
            or self._was_ended_by_provider(session)
        )

    def touch(self, session: Session) -> None:
        """Record that the person used the session just now."""
        if self.clock() - session.get("used_at", 0) > TOUCH_EVERY:
            session["used_at"] = self.clock()

    def begin(self, session: Session, content: JsonObject, tokens: JsonObject) -> None:
        """Fill the session of a person who just signed in, under a new id; the old id is dead."""
        self.end(session.sid)
        session.clear()
        session.sid, session.loaded = self._generate_sid(self.sid_length), False
        session.update(
            {
                "created_at": self.clock(),
                "used_at": self.clock(),
                "begun_at": self.clock(),
                **content,
            }
        )
        self.keep_tokens(session.sid, tokens)

    def end(self, sid: str) -> None:
        """End a session at once, including for requests that are already running."""
        self.cache.delete_many(self._get_store_id(sid), _TOKENS + sid)

    def expire(self, sid: str) -> None:
        """End a session because a limit has passed, and remember that: it is not one that was lost."""
        self.end(sid)
        self.cache.set(_EXPIRED + sid, 1, timeout=settings().session_absolute_hours * 3600)

    def _has_expired(self, sid: str) -> bool:
        try:
            return bool(self.cache.get(_EXPIRED + sid))
        except StoreAway:
            return True  # the strict answer: a fresh proof

    def end_sign_ins(self, provider_sid: str, subject: str) -> None:
        """End every session of one sign-in at the provider.

        Without a `provider_sid`, end every session that the subject has begun until now. This sets
        a mark instead of keeping a list of sessions: a mark cannot race with a new session, and it
        reaches every process that shares the store.
        """
        mark = _ENDED + (f"sid:{provider_sid}" if provider_sid else f"sub:{subject}")
        self.cache.set(mark, self.clock(), timeout=settings().session_absolute_hours * 3600)

    def peek(self, sid: str) -> Session | None:
        """Return a session as stored, without counting it as used; None when it has ended."""
        found = self._retrieve_session_data(self._get_store_id(sid))
        session = Session(found, sid=sid) if found else None
        return None if session is None or self.is_over(session) else session

    def tokens(self, sid: str) -> JsonObject:
        """Return a session's provider tokens and the groups they carried; empty when it has ended."""
        return self.cache.get(_TOKENS + sid) or {}

    def keep_tokens(self, sid: str, tokens: JsonObject) -> None:
        """Replace the provider tokens of a session."""
        self.cache.set(_TOKENS + sid, tokens, timeout=settings().session_absolute_hours * 3600)

    def _was_ended_by_provider(self, session: Session) -> bool:
        marks = (f"{_ENDED}sid:{session.get('provider_sid')}", f"{_ENDED}sub:{session.get('sub')}")
        ended, all_ended = self.cache.get_many(*marks)
        return ended is not None or (
            all_ended is not None and all_ended >= session.get("begun_at", 0)
        )

    def save_session(self, app: Flask, session: Session, response: Response) -> None:
        """Write what changed; delete an emptied session and its cookie.

        The cookie is deleted with the same flags it was set with, or browsers would keep it. While
        the store is out of reach an answer goes out all the same: what it says was done, was done.
        """
        if session or not session.modified:
            try:
                super().save_session(app, session, response)
            except StoreAway as error:
                log.warning("the session could not be written: %s", error)
            return
        self.end(session.sid)
        response.delete_cookie(
            self.get_cookie_name(app),
            path="/",
            secure=self.get_cookie_secure(app),
            httponly=True,
            samesite="Lax",
        )

    def _upsert_session(self, lifetime: timedelta, session: Session, store_id: str) -> None:
        seconds = int(lifetime.total_seconds())
        if not session.loaded:
            self.cache.set(store_id, dict(session), timeout=seconds)
        elif isinstance(self.cache, SimpleCache):
            if self.cache.has(store_id):  # otherwise the session ended while this request ran
                self.cache.set(store_id, dict(session), timeout=seconds)
        else:
            self.cache.replace(store_id, dict(session), timeout=seconds)


def install(app: Flask) -> None:
    """Give the app its session store."""
    app.session_interface = SessionInterface(
        app, client=_store(), key_prefix="session:", permanent=False, sid_length=32
    )


def interface() -> SessionInterface:
    """Return the session interface of the running app."""
    return cast(SessionInterface, current_app.session_interface)


def _store() -> BaseCache:
    if settings().session_type == "redis":
        from webapp.gateway.sessions.redis import redis_store

        return redis_store(settings().session_redis_url)
    return SimpleCache(threshold=MOST, default_timeout=0)
