"""Inspect an uploaded voucher by its true file type and make the clean copy that is stored.

`python -m models.finance.voucher_files` reads a file from standard input and writes the result as
MessagePack. The parsers handle untrusted bytes, so they run in a process of their own, with limits
on memory and time and nothing else to harm. The functions are pure.
"""

import hashlib
import io
import resource
import sys
from typing import Any

import msgspec

from models.shared.records.circumstance import Circumstance

MOST_BYTES = 10_000_000
MOST_PIXELS = 50_000_000
LONGEST_SIDE = 2200  # pixels of the stored copy; small print stays readable
THUMB = (168, 210)
MOST_PAGES = 40
SECONDS, MEMORY = 8, 900_000_000
PICTURES = ("JPEG", "PNG", "WEBP")
# Entries that let a PDF run actions or carry other files (ISO 32000-1, 7.6, 12.6, 7.11).
ACTIVE = (
    "/JavaScript",
    "/JS",
    "/Launch",
    "/EmbeddedFiles",
    "/EmbeddedFile",
    "/RichMedia",
    "/XFA",
    "/SubmitForm",
    "/ImportData",
    "/GoToR",
    "/GoToE",
    "/AA",
    "/OpenAction",
)
MOST_OBJECTS = 20_000


class Clean(msgspec.Struct, frozen=True, kw_only=True):
    """The copy to store. `sha256` is of the uploaded file.

    A PDF is stored unchanged and has no thumbnail.
    """

    kind: str
    content: Circumstance[bytes]
    thumb: Circumstance[bytes]
    pages: int
    sha256: str


class Unfit(Exception):
    """The file cannot be stored as a voucher; the message is for the person."""


def inspect(data: bytes) -> Clean:
    """Return the clean copy of a JPEG, PNG, WebP or PDF, by its true type; else raise Unfit."""
    if not data:
        raise Unfit("The file is empty.")
    if len(data) > MOST_BYTES:
        raise Unfit(f"The file is larger than {MOST_BYTES // 1_000_000} MB.")
    if data.startswith(b"%PDF-"):
        return _inspect_pdf(data)
    return _inspect_picture(data)


def main() -> None:
    """Read one file and write one answer: `{"clean": …}` or `{"unfit": "…"}`."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    try:
        answer: dict[str, Any] = {"clean": inspect(sys.stdin.buffer.read(MOST_BYTES + 1))}
    except Unfit as error:
        answer = {"unfit": str(error)}
    sys.stdout.buffer.write(msgspec.msgpack.encode(answer))


def _inspect_picture(data: bytes) -> Clean:
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        picture: Any = Image.open(io.BytesIO(data), formats=PICTURES)
        if picture.width * picture.height > MOST_PIXELS:
            raise Unfit(f"The picture has more than {MOST_PIXELS // 1_000_000} million pixels.")
        picture.load()
        upright = ImageOps.exif_transpose(picture)
        upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        paper = Image.new("RGB", upright.size, (255, 255, 255))
        paper.paste(upright.convert("RGB"), mask=upright.convert("RGBA").getchannel("A"))
    except Unfit:
        raise
    except Exception as error:
        raise Unfit("This is no picture (JPEG, PNG, WebP) or PDF that can be read.") from error
    small = paper.copy()
    small.thumbnail(THUMB)
    return Clean(
        kind="image/jpeg",
        content=_jpeg(paper, 85),
        thumb=_jpeg(small, 80),
        pages=1,
        sha256=_sum(data),
    )


def _jpeg(picture: Any, quality: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()


def _inspect_pdf(data: bytes) -> Clean:
    from pypdf import PdfReader

    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted:
            raise Unfit("The PDF is locked with a password.")
        pages = len(reader.pages)
        _refuse_active(reader)
    except Unfit:
        raise
    except Exception as error:
        raise Unfit("The PDF is damaged.") from error
    if not 1 <= pages <= MOST_PAGES:
        raise Unfit(f"A PDF of 1 to {MOST_PAGES} pages, please.")
    return Clean(kind="application/pdf", content=data, thumb=b"", pages=pages, sha256=_sum(data))


def _refuse_active(reader: Any) -> None:
    """Walk every object reachable from the trailer and raise Unfit if one has active content."""
    from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

    todo: list[Any] = [reader.trailer]
    seen = set[int]()
    while todo:
        at = todo.pop()
        if isinstance(at, IndirectObject):
            if at.idnum in seen:
                continue
            seen.add(at.idnum)
            if len(seen) > MOST_OBJECTS:
                raise Unfit("The PDF has too many parts to be a receipt.")
            at = at.get_object()
        if isinstance(at, DictionaryObject):
            if any(name in at for name in ACTIVE) or at.get("/S") in (
                "/JavaScript",
                "/Launch",
                "/SubmitForm",
            ):
                raise Unfit(
                    "The PDF has scripts, actions or files inside. Print it to a plain PDF first."
                )
            todo.extend(at.raw_get(name) for name in at)
        elif isinstance(at, ArrayObject):
            todo.extend(list.__iter__(at))


def _sum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


if __name__ == "__main__":
    main()
