"""Sessions in Redis, for several gateway processes that share one store.

Values are JSON only, and each step that could race is a single command.
"""

import datetime
import json
from typing import Any

import redis
from cachelib.redis import RedisCache
from redis.backoff import NoBackoff
from redis.maint_notifications import MaintNotificationsConfig
from redis.retry import Retry

from webapp.gateway.sessions.errors import StoreAway

PREFIX = "dm:"
# Seconds to connect and to answer: a hanging store must not hold every request, which has no deadline
# of its own before its session is known. One that asks twice waits twice as long.
TIMEOUT = 1.0


class Json:
    """Serialize as JSON, never pickle: whoever can write to Redis could run code here."""

    def dumps(self, value: object) -> bytes:
        """Return a value as bytes. Raises TypeError if JSON cannot hold it."""
        return json.dumps(value, allow_nan=False).encode()

    def loads(self, value: bytes | None) -> object:
        """Return the value, or None if there is none or it is not our JSON."""
        try:
            return None if value is None else json.loads(value)
        except ValueError:
            return None


class Client(redis.Redis):
    """A Redis client that raises StoreAway whenever Redis is out of reach."""

    def execute_command(self, *words: object, **options: object) -> object:
        """Run a command. Raises StoreAway when Redis does not answer in time.

        A connection that lay idle may have died without a word. So a failure drops all that lie
        idle, and the command runs once more on a fresh one, unless it says whether it was the
        first to write (`SET … NX`): it may have been, and would then deny it.
        """
        try:
            return self._run(words, options)
        except StoreAway:
            self.connection_pool.disconnect(inuse_connections=False)
            if "NX" in words:
                raise
        return self._run(words, options)

    def _run(self, words: tuple[object, ...], options: dict[str, object]) -> object:
        try:
            answer: object = super().execute_command(*words, **options)  # type: ignore[no-untyped-call]
            return answer
        except (redis.ConnectionError, redis.TimeoutError) as error:
            raise StoreAway(type(error).__name__) from error


class RedisStore(RedisCache):
    """Extend cachelib's store with single-command `add` and `replace`.

    With two commands, a process that dies between them would leave a lock forever.
    """

    serializer: Any = Json()

    def add(self, key: str, value: object, timeout: int | datetime.timedelta | None = None) -> bool:
        """Write only if the key does not exist; return whether it was written."""
        return bool(self._set(key, value, timeout, nx=True))

    def replace(
        self, key: str, value: object, timeout: int | datetime.timedelta | None = None
    ) -> bool:
        """Write only if the key still exists; return whether it was written."""
        return bool(self._set(key, value, timeout, xx=True))

    def _set(
        self, key: str, value: object, timeout: int | datetime.timedelta | None, **only: bool
    ) -> object:
        seconds = self._normalize_timeout(timeout)
        return self._write_client.set(
            self._get_prefix() + key,
            self.serializer.dumps(value),
            ex=seconds if seconds > 0 else None,
            **only,
        )


def redis_store(url: str) -> RedisStore:
    """Return the store at a `redis://` or `rediss://` address; it connects on first use.

    redis-py would repeat every command ten times, whatever it does, and would not look whether an
    idle connection was closed while it listens for news of a cluster's maintenance.
    """
    client = Client.from_url(
        url,
        socket_timeout=TIMEOUT,
        socket_connect_timeout=TIMEOUT,
        health_check_interval=30,
        retry=Retry(NoBackoff(), 0),
        maint_notifications_config=MaintNotificationsConfig(enabled=False),
    )
    return RedisStore(client, default_timeout=0, key_prefix=PREFIX)
