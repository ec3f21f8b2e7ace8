"""Files as people bring them: photos from a phone, lists from a spreadsheet."""

import io
import uuid
from typing import Any

from PIL import Image
from playwright.sync_api import FilePayload


def make_picture(
    colour: str | tuple[int, ...] = "white",
    size: tuple[int, int] = (60, 80),
    kind: str = "JPEG",
    **options: Any,
) -> bytes:
    """A picture of one colour."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind, **options)
    return out.getvalue()


def make_photo(name: str = "IMG_0412.jpg", size: tuple[int, int] = (1200, 1600)) -> FilePayload:
    """A picture as a phone's camera makes it, and no second one like it."""
    colour = tuple(uuid.uuid4().bytes[:3])
    return {
        "name": name,
        "mimeType": "image/jpeg",
        "buffer": make_picture(colour, size),
    }


def make_csv(*rows: str, name: str = "cards.csv") -> FilePayload:
    """A file of lines with commas."""
    return {"name": name, "mimeType": "text/csv", "buffer": "\n".join(rows).encode()}


def unique(words: str) -> str:
    """These words with a mark that nothing else has."""
    return f"{words} {uuid.uuid4().hex[:6]}"
