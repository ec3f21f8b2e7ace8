"""Make an avatar from an uploaded file: decode it, and re-encode only its pixels.

The type is detected from the bytes, never from a name or header. Nothing else of the file survives,
and anything that is not a plain picture is refused.
"""

import io

from PIL import Image, ImageOps

from models.shared.errors import Invalid

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
        raise _refused("Please choose a picture.")
    if len(file) > MOST_BYTES:
        raise _refused("At most 10 MB.")
    try:
        return _made(file)
    except Invalid:
        raise
    except (Image.DecompressionBombError, MemoryError) as error:
        raise _refused("This picture has too many pixels.") from error
    except Exception as error:  # decoders raise almost anything on broken files
        raise _refused("This is no JPEG, PNG or WebP picture, or it is damaged.") from error


def _made(file: bytes) -> bytes:
    with Image.open(io.BytesIO(file), formats=_READ) as picture:
        kind = str(picture.format)
        if not file.startswith(_SIGNATURES[kind]):
            raise _refused("This is no JPEG, PNG or WebP picture, or it is damaged.")
        if picture.width * picture.height > MOST_PIXELS[kind]:
            raise _refused("This picture has too many pixels.")
        picture.draft("RGB", (2 * SIDE, 2 * SIDE))
        picture.load()
        upright = ImageOps.exif_transpose(picture)
    square = ImageOps.fit(_on_white(upright), (SIDE, SIDE), Image.Resampling.LANCZOS)
    clean = Image.new("RGB", square.size)
    clean.paste(square)
    written = io.BytesIO()
    clean.save(written, "WEBP", quality=82, method=4)
    return written.getvalue()


def _on_white(picture: Image.Image) -> Image.Image:
    if "A" not in picture.getbands() and "transparency" not in picture.info:
        return picture.convert("RGB")
    see_through = picture.convert("RGBA")
    ground = Image.new("RGBA", see_through.size, "white")
    return Image.alpha_composite(ground, see_through).convert("RGB")


def _refused(words: str) -> Invalid:
    return Invalid({"avatar": words})
