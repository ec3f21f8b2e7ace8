"""The place in a list as an opaque word for an address."""

import base64
import binascii
import json

from werkzeug.exceptions import BadRequest

PAGE_SIZE = 25
Keys = tuple[object, ...]


def encode_cursor(keys: Keys) -> str:
    """Keys of a row as an opaque word for an address (JSON inside: str, int, None; others become str)."""
    return base64.urlsafe_b64encode(json.dumps(keys, default=str).encode()).decode().rstrip("=")


def decode_cursor(word: str) -> Keys | None:
    """The keys in such a word; None for an empty one. Raises BadRequest for anything else."""
    if not word:
        return None
    try:
        keys = json.loads(base64.urlsafe_b64decode(word + "=" * (-len(word) % 4)))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise BadRequest("This link to a page of the list is not valid.") from error
    if not isinstance(keys, list) or not all(
        isinstance(key, (str, int, type(None))) for key in keys
    ):
        raise BadRequest("This link to a page of the list is not valid.")
    return tuple(keys)
