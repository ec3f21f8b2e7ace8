"""Sessions in Redis, for several gateway processes over one store: JSON only, and each step that
races is one command.
"""

import datetime
import json
from typing import Any

import redis
from cachelib.redis import RedisCache

from webapp.gateway.sessions import StoreAway

PREFIX = "dm:"
TIMEOUT = 2.0  # seconds for a connection and for an answer; a store that hangs must not hold every request


class Json:
    """What is written and read. Never pickle: whoever can write to Redis could run code here."""

    def dumps(self, value: Any) -> bytes:
        """A value as text; raises TypeError for what would come back as something else."""
        return json.dumps(value, allow_nan=False).encode()

    def loads(self, value: bytes | None) -> Any:
        """A value, or None where there is none or it is not ours."""
        try:
            return None if value is None else json.loads(value)
        except ValueError:
            return None


class Client(redis.Redis):
    """Redis, whose absence has one name."""

    def execute_command(self, *words: Any, **options: Any) -> Any:
        """Raises StoreAway when Redis does not answer in time."""
        try:
            return super().execute_command(*words, **options)
        except (redis.ConnectionError, redis.TimeoutError) as error:
            raise StoreAway(type(error).__name__) from error


class RedisStore(RedisCache):
    """cachelib's, with `add` in one command (a process that dies between two would leave a lock for ever)."""

    serializer: Any = Json()

    def add(self, key: str, value: Any, timeout: int | datetime.timedelta | None = None) -> bool:
        """Writes only where nothing is; whether it did."""
        return bool(self._set(key, value, timeout, nx=True))

    def replace(
        self, key: str, value: Any, timeout: int | datetime.timedelta | None = None
    ) -> bool:
        """Writes only over what is there still; whether it did."""
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
    """The store at a `redis://` or `rediss://` address; connects when it is first asked."""
    client = Client.from_url(
        url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT, health_check_interval=30
    )
    return RedisStore(client, default_timeout=0, key_prefix=PREFIX)
