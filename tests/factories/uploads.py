"""Files that must not pass for a receipt, and papers that may."""

import io
import zlib

from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from models.finance.voucher_files import MOST_BYTES
from tests.factories.files import make_picture

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"


def make_pdf(change=None, pages: int = 1) -> bytes:
    writer, out = PdfWriter(), io.BytesIO()
    for _ in range(pages):
        writer.add_blank_page(200, 300)
    if change:
        change(writer)
    writer.write(out)
    return out.getvalue()


def add_script_to_document(writer: PdfWriter) -> None:
    """An action when the document opens."""
    action = DictionaryObject(
        {
            NameObject("/S"): NameObject("/JavaScript"),
            NameObject("/JS"): TextStringObject("app.alert(1)"),
        }
    )
    writer.root_object[NameObject("/OpenAction")] = writer._add_object(action)


def add_script_to_page(writer: PdfWriter) -> None:
    """An action on a page instead of on the document: hidden one level deeper."""
    action = DictionaryObject(
        {
            NameObject("/S"): NameObject("/JavaScript"),
            NameObject("/JS"): TextStringObject("app.alert(1)"),
        }
    )
    writer.pages[0][NameObject("/Annots")] = writer._add_object(
        DictionaryObject({NameObject("/A"): action})
    )


def make_png_bomb() -> bytes:
    """A small file that says it is 50,000 by 50,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")
        )

    head = (50_000).to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 100_000))
        + chunk(b"IEND", b"")
    )


CORPUS = {
    "nothing": b"",
    "text": b"hello",
    "svg with a script": SVG,
    "html": HTML,
    "html named png": b"\x89PNG" + HTML,
    "html after a jpeg's head": b"\xff\xd8\xff\xe0" + HTML,
    "half a jpeg": make_picture(size=(400, 400))[:300],
    "gif": make_picture(kind="GIF"),
    "bmp": make_picture(kind="BMP"),
    "tiff": make_picture(kind="TIFF"),
    "icon": make_picture(kind="ICO"),
    "50k by 50k pixels": make_png_bomb(),
    "zip": b"PK\x03\x04" + b"\0" * 60,
    "program": b"MZ" + b"\0" * 200,
    "elf": b"\x7fELF" + b"\0" * 200,
    "too large": b"\xff\xd8" + b"\0" * MOST_BYTES,
    "pdf that is none": b"%PDF-1.7\n" + HTML,
    "html before a pdf": HTML + make_pdf(),
    "pdf with a script": make_pdf(add_script_to_document),
    "pdf with a script on a page": make_pdf(add_script_to_page),
    "pdf with a file inside": make_pdf(lambda writer: writer.add_attachment("evil.exe", b"MZ")),
    "pdf with a password": make_pdf(lambda writer: writer.encrypt("secret")),
    "pdf of 41 pages": make_pdf(pages=41),
    "pdf without pages": make_pdf(pages=0),
    "half a pdf": make_pdf()[:80],
    "pdf bomb": b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 1 0 R >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n",
}
