"""Sessions in Redis, for several gateway processes that share one store.

Values are JSON only, and each step that could race is a single command.
"""

import datetime
import json
from typing import Any

import redis
from cachelib.redis import RedisCache

from webapp.gateway.sessions.errors import StoreAway

PREFIX = "dm:"
TIMEOUT = (
    2.0  # seconds to connect and to answer, so that a hanging store cannot block every request
)


class Json:
    """Serialize as JSON, never pickle: whoever can write to Redis could run code here."""

    def dumps(self, value: Any) -> bytes:
        """Return a value as bytes. Raises TypeError if JSON cannot hold it."""
        return json.dumps(value, allow_nan=False).encode()

    def loads(self, value: bytes | None) -> Any:
        """Return the value, or None if there is none or it is not our JSON."""
        try:
            return None if value is None else json.loads(value)
        except ValueError:
            return None


class Client(redis.Redis):
    """A Redis client that raises StoreAway whenever Redis is out of reach."""

    def execute_command(self, *words: Any, **options: Any) -> Any:
        """Run a command. Raises StoreAway when Redis does not answer in time."""
        try:
            return super().execute_command(*words, **options)
        except (redis.ConnectionError, redis.TimeoutError) as error:
            raise StoreAway(type(error).__name__) from error


class RedisStore(RedisCache):
    """Extend cachelib's store with single-command `add` and `replace`.

    With two commands, a process that dies between them would leave a lock forever.
    """

    serializer: Any = Json()

    def add(self, key: str, value: Any, timeout: int | datetime.timedelta | None = None) -> bool:
        """Write only if the key does not exist; return whether it was written."""
        return bool(self._set(key, value, timeout, nx=True))

    def replace(
        self, key: str, value: Any, timeout: int | datetime.timedelta | None = None
    ) -> bool:
        """Write only if the key still exists; return whether it was written."""
        return bool(self._set(key, value, timeout, xx=True))

    def _set(self, key: str, value: Any, timeout: Any, **only: bool) -> Any:
        seconds = self._normalize_timeout(timeout)
        return self._write_client.set(
            self._get_prefix() + key,
            self.serializer.dumps(value),
            ex=seconds if seconds > 0 else None,
            **only,
        )


def redis_store(url: str) -> RedisStore:
    """Return the store at a `redis://` or `rediss://` address; it connects on first use."""
    client = Client.from_url(
        url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT, health_check_interval=30
    )
    return RedisStore(client, default_timeout=0, key_prefix=PREFIX)
