"""`python -m webapp.shared.pages.typesetter`: read papers from stdin, write them to stdout as PDF.

A process of its own, because the typesetter keeps what it has set until its process ends, and
because the pictures come from people. The file is tagged (PDF/UA-1): title, language, reading
order, table heads and texts for pictures.
"""

import io
import json
import resource
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, cast

import msgspec
import segno
import typst
from PIL import Image, ImageOps

from webapp.shared.pages.papers import FACES, Picture, PrintJob, printable

ROOT = FACES.parents[2]
TEMPLATE, MARK = ROOT / "templates" / "papers" / "paper.typ", ROOT / "static" / "img" / "mark.svg"
MOST_SIDE = 1600  # pixels; a picture is at most half a page high, so this prints at 300 dpi
PDF = "application/pdf"
SECONDS, MEMORY = 60, 4_000_000_000  # of a processor; bytes of address space


def set_papers(job: PrintJob) -> bytes:
    """Return the papers as one PDF. A picture that cannot be set is named instead."""
    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FACES)]
    )
    # Receipts as PDF may lack tags or faces of their own, which PDF/UA forbids.
    attempts: tuple[tuple[bool, Literal["ua-1"] | None], ...] = (
        (True, "ua-1"),
        (True, None),
        (False, None),
    )
    for number, (has_pdf, standard) in enumerate(attempts, start=1):
        with TemporaryDirectory(prefix="papers-") as root:
            _write(Path(root), job, has_pdf=has_pdf)
            compiler = typst.Compiler(f"{root}/{TEMPLATE.name}", root=root, font_paths=fonts)
            try:
                return cast(bytes, compiler.compile(format="pdf", pdf_standards=standard))
            except typst.TypstError:
                if number == len(attempts):
                    raise
    raise AssertionError


def _write(root: Path, job: PrintJob, *, has_pdf: bool) -> None:
    """Write what the typesetter reads: template, texts, mark, codes and pictures."""
    content = msgspec.to_builtins(job, builtin_types=(bytes,))
    for each in (TEMPLATE, MARK):
        shutil.copyfile(each, root / each.name)
    for n, (paper, given) in enumerate(zip(content["papers"], job.papers, strict=True)):
        (root / f"{n}.svg").write_bytes(_code(paper["number"]))
        paper["pictures"] = [
            entry
            for at, each in enumerate(given.pictures)
            for entry in _pictures(root / f"{n}-{at}", each, has_pdf=has_pdf)
        ]
    (root / "papers.json").write_text(json.dumps(printable(content)))


def _code(number: str) -> bytes:
    out = io.BytesIO()
    segno.make(number, error="m", micro=False).save(out, kind="svg", border=0, dark="#15213a")
    return out.getvalue()


def _pictures(path: Path, picture: Picture, *, has_pdf: bool) -> list[dict[str, object]]:
    """Write the picture's file and return one entry for each of its pages."""
    shown = {"caption": picture.caption, "file": "", "page": 1}
    if picture.kind == PDF and not has_pdf:
        return [shown | {"caption": f"{picture.caption} (a PDF that cannot be shown here)"}]
    file = path.with_suffix(".pdf" if picture.kind == PDF else ".jpg")
    file.write_bytes(picture.content if picture.kind == PDF else _smaller(picture.content))
    return [
        shown | {"file": file.name, "page": page, "caption": _paged(picture, page)}
        for page in range(1, picture.pages + 1)
    ]


def _paged(picture: Picture, page: int) -> str:
    return picture.caption + (f", page {page} of {picture.pages}" if picture.pages > 1 else "")


def _smaller(content: bytes) -> bytes:
    with Image.open(io.BytesIO(content)) as image:
        if max(image.size) <= MOST_SIDE:
            return content
        image.draft("RGB", (MOST_SIDE, MOST_SIDE))
        small = ImageOps.exif_transpose(image).convert("RGB")
        small.thumbnail((MOST_SIDE, MOST_SIDE))
        out = io.BytesIO()
        small.save(out, "JPEG", quality=85)
        return out.getvalue()


def main() -> None:
    """Read one print job and write one PDF."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    job = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=PrintJob)
    sys.stdout.buffer.write(set_papers(job))


if __name__ == "__main__":
    main()
