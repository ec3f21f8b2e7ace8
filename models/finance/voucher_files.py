"""Inspect an uploaded voucher by its true file type and make the clean copy that is stored.

`python -m models.finance.voucher_files` reads a file from standard input and writes the result as
MessagePack. The parsers handle untrusted bytes, so they run in a process of their own, with limits
on memory and time and nothing else to harm. The functions are pure.
"""

import hashlib
import io
import resource
import sys
from typing import TYPE_CHECKING

import msgspec

from models.shared.records.circumstance import Circumstance

if TYPE_CHECKING:
    from PIL import Image
    from pypdf import PdfReader

MOST_BYTES = 10_000_000
MOST_PIXELS = 50_000_000
# Pixels of the stored copy: small print stays readable, also on a receipt as long as an arm.
LONGEST_SIDE, SHORTEST_SIDE, LARGEST_COPY = 2200, 1100, 12_000_000
LONGEST_JPEG = 65_500
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
        raise Unfit(f"The file is larger than {MOST_BYTES // 1_000_000} MB. Upload a smaller one.")
    if data.startswith(b"%PDF-"):
        return _inspect_pdf(data)
    return _inspect_picture(data)


def main() -> None:
    """Read one file and write one answer: `{"clean": …}` or `{"unfit": "…"}`."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    try:
        answer: dict[str, object] = {"clean": inspect(sys.stdin.buffer.read(MOST_BYTES + 1))}
    except Unfit as error:
        answer = {"unfit": str(error)}
    sys.stdout.buffer.write(msgspec.msgpack.encode(answer))


def _inspect_picture(data: bytes) -> Clean:
    from PIL import Image

    from models.shared.pictures import as_seen, kind_of

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        picture = Image.open(io.BytesIO(data), formats=PICTURES)
        if picture.width * picture.height > MOST_PIXELS:
            raise Unfit(
                f"The photo has more than {MOST_PIXELS // 1_000_000} million pixels. Upload a smaller one."
            )
        picture.load()
        seen = as_seen(picture)
        paper = seen.resize(_size_of_copy(*seen.size), Image.Resampling.LANCZOS, reducing_gap=2.0)
    except Unfit:
        raise
    except Exception as error:
        if kind := kind_of(data):
            raise Unfit(f"This is {kind}. Upload a JPEG, PNG, WebP or PDF file.") from error
        raise Unfit("The file could not be read. Upload a JPEG, PNG, WebP or PDF file.") from error
    small = paper.crop(
        (0, 0, min(paper.width, 2 * paper.height), min(paper.height, 2 * paper.width))
    )
    small.thumbnail(THUMB)
    return Clean(
        kind="image/jpeg",
        content=_jpeg(paper, 85),
        thumb=_jpeg(small, 80),
        pages=1,
        sha256=_sum(data),
    )


def _size_of_copy(width: int, height: int) -> tuple[int, int]:
    """Return the size of the stored copy: smaller, but never too narrow to read."""
    short, long = sorted((width, height))
    scale = min(1.0, max(LONGEST_SIDE / long, SHORTEST_SIDE / short))
    scale = min(scale, (LARGEST_COPY / (width * height)) ** 0.5, LONGEST_JPEG / long)
    return max(1, round(width * scale)), max(1, round(height * scale))


def _jpeg(picture: "Image.Image", quality: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()


def _inspect_pdf(data: bytes) -> Clean:
    from pypdf import PdfReader

    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):  # many only forbid changes
            raise Unfit("The PDF has a password. Upload a copy without one.")
        pages = len(reader.pages)
        _refuse_active(reader)
    except Unfit:
        raise
    except Exception as error:
        raise Unfit("The PDF is damaged. Upload another copy.") from error
    if not 1 <= pages <= MOST_PAGES:
        raise Unfit(f"Upload a PDF with 1 to {MOST_PAGES} pages.")
    return Clean(kind="application/pdf", content=data, thumb=b"", pages=pages, sha256=_sum(data))


def _refuse_active(reader: "PdfReader") -> None:
    """Walk every object reachable from the trailer and raise Unfit if one has active content."""
    from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

    todo: list[object] = [reader.trailer]
    seen = set[int]()
    while todo:
        at = todo.pop()
        if isinstance(at, IndirectObject):
            if at.idnum in seen:
                continue
            seen.add(at.idnum)
            if len(seen) > MOST_OBJECTS:
                raise Unfit("The PDF is too complex. Print it to a new PDF and upload that.")
            at = at.get_object()
        if isinstance(at, DictionaryObject):
            if any(name in at for name in ACTIVE) or at.get("/S") in (
                "/JavaScript",
                "/Launch",
                "/SubmitForm",
            ):
                raise Unfit(
                    "The PDF contains scripts, actions or files. Print it to a new PDF and upload that."
                )
            todo.extend(at.raw_get(name) for name in at)
        elif isinstance(at, ArrayObject):
            todo.extend(list.__iter__(at))


def _sum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


if __name__ == "__main__":
    main()
