"""Turn an uploaded picture into the pixels that a person saw: upright, in sRGB, on white paper."""

import io

from PIL import Image, ImageCms, ImageOps

WHITE = (255, 255, 255)
_DEEP = ("I;16", "I;16L", "I;16B", "I;16N", "I")
# How a file begins, and what people call it.
_BEGINS = (
    (b"GIF8", "a GIF picture"),
    (b"BM", "a BMP picture"),
    (b"II*\0", "a TIFF picture"),
    (b"MM\0*", "a TIFF picture"),
    (b"\0\0\1\0", "an icon"),
    (b"PK\3\4", "an archive or an Office document"),
    (b"\xd0\xcf\x11\xe0", "an Office document"),
    (b"{\\rtf", "a text document"),
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
)
_BRANDS = {b"heic": "HEIC", b"heix": "HEIC", b"mif1": "HEIC", b"avif": "AVIF"}


def kind_of(data: bytes) -> str:
    """Return what a file that nobody can take is, such as `a GIF picture`; empty if unknown."""
    if data[4:8] == b"ftyp":
        kind = _BRANDS.get(data[8:12])
        return f"a {kind} picture".replace("a A", "an A") if kind else "a video"
    begin = data[:400].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if begin.startswith((b"<svg", b"<?xml")):
        return "an SVG drawing"
    if begin.startswith((b"<!doctype html", b"<html")):
        return "a web page"
    return next((kind for mark, kind in _BEGINS if data.startswith(mark)), "")


def as_seen(picture: Image.Image) -> Image.Image:
    """Return an opened picture as RGB.

    Its orientation, color profile, bit depth and palette are applied by value, and transparency
    shows white paper. Raises what the decoder raises.
    """
    profile = picture.info.get("icc_profile")
    upright = ImageOps.exif_transpose(picture)
    if upright.mode in _DEEP:
        upright = upright.point(lambda value: value * (1 / 257)).convert("L")
    elif upright.mode == "F":
        upright = upright.point(lambda value: value * 255).convert("L")
    alpha = None
    if upright.has_transparency_data:
        upright = upright.convert("RGBA")
        alpha = upright.getchannel("A")
        upright = upright.convert("RGB")
    elif upright.mode in ("1", "P"):
        upright = upright.convert("L" if upright.mode == "1" else "RGB")
    seen = _in_srgb(upright, profile)
    if alpha is None:
        return seen
    paper = Image.new("RGB", seen.size, WHITE)
    paper.paste(seen, mask=alpha)
    return paper


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the picture in sRGB; a profile that is damaged or of another kind counts for nothing."""
    if profile:
        try:
            given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            made = ImageCms.profileToProfile(picture, given, _SRGB, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass
        else:
            if made is not None:
                made.info.pop("icc_profile", None)
                return made
    return picture.convert("RGB")


_SRGB = ImageCms.createProfile("sRGB")
