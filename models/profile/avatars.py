"""Make an avatar from an uploaded file: decode it, and re-encode only its pixels.

The type is detected from the bytes, never from a name or header. Nothing else of the file survives,
and anything that is not a plain picture is refused.
"""

import io

from PIL import Image, ImageOps

from models.shared.errors import Invalid
from models.shared.pictures import as_seen, kind_of

MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = {
    "JPEG": 64_000_000,
    "PNG": 16_000_000,
    "WEBP": 16_000_000,
}  # JPEG may be larger: it is decoded at a fraction of its size
SIDE = 256
_READ = ("JPEG", "PNG", "WEBP")
_SIGNATURES = {"JPEG": (b"\xff\xd8\xff",), "PNG": (b"\x89PNG\r\n\x1a\n",), "WEBP": (b"RIFF",)}


def make_avatar(file: bytes) -> bytes:
    """Return a 256-pixel square WebP, cropped from the middle, without metadata.

    Raises Invalid for the field `avatar`.
    """
    if not file:
        raise _refused("Choose a photo.")
    if len(file) > MOST_BYTES:
        raise _refused("The photo is larger than 10 MB. Choose a smaller one.")
    try:
        return _made(file)
    except Invalid:
        raise
    except (Image.DecompressionBombError, MemoryError) as error:
        raise _refused("The photo has too many pixels. Choose a smaller one.") from error
    except Exception as error:  # decoders raise almost anything on broken files
        raise _refused(_words(file)) from error


def _made(file: bytes) -> bytes:
    with Image.open(io.BytesIO(file), formats=_READ) as picture:
        kind = str(picture.format)
        if not file.startswith(_SIGNATURES[kind]):
            raise _refused(_words(file))
        if picture.width * picture.height > MOST_PIXELS[kind]:
            raise _refused("The photo has too many pixels. Choose a smaller one.")
        picture.draft("RGB", (2 * SIDE, 2 * SIDE))
        picture.load()
        seen = as_seen(picture)
    square = ImageOps.fit(seen, (SIDE, SIDE), Image.Resampling.LANCZOS)
    clean = Image.new("RGB", square.size)
    clean.paste(square)
    written = io.BytesIO()
    clean.save(written, "WEBP", quality=82, method=4)
    return written.getvalue()


def _words(file: bytes) -> str:
    if kind := kind_of(file):
        return f"This is {kind}. Choose a JPEG, PNG or WebP photo."
    return "This file is damaged or not a photo. Choose a JPEG, PNG or WebP photo."


def _refused(words: str) -> Invalid:
    return Invalid({"avatar": words})
