"""A PDF as its reader gets it: texts, tags, letters without a shape, and pictures of its pages."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdfium2
from pypdf import PdfReader
from pypdf.generic import ArrayObject, ContentStream, DictionaryObject

PICTURES = Path(__file__).parents[1] / "test-results" / "papers"


class Printed:
    """A PDF. If it has a name, its pages are kept as test-results/papers/NAME-1.png and so on."""

    def __init__(self, data: bytes, name: str = "") -> None:
        self.data, self.reader = data, PdfReader(io.BytesIO(data))
        self.texts = [page.extract_text() for page in self.reader.pages]
        self.text = "\n".join(self.texts)
        if name:
            self.draw(name)

    def read_aloud(self) -> str:
        """The text as a reader that knows replacement texts gets it: letters that were joined, too."""
        with pypdfium2.PdfDocument(self.data) as document:
            return "\n".join(page.get_textpage().get_text_range() for page in document)

    def first_missing(self, *expected: str) -> str:
        """The first of these texts that does not stand after the one before it, or nothing."""
        text, at = " ".join(self.text.split()), 0
        for each in expected:
            if (found := text.find(each, at)) < 0:
                return each
            at = found + len(each)
        return ""

    def draw(self, name: str) -> None:
        """Keep a picture of each page, for people to look at."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        with pypdfium2.PdfDocument(self.data) as document:
            for n, page in enumerate(document, start=1):
                page.render(scale=1.5).to_pil().save(PICTURES / f"{name}-{n}.png")

    @property
    def root(self) -> Any:
        return self.reader.trailer["/Root"]

    def tags(self) -> list[str]:
        """The structure's types in reading order, such as H1, Table, TH, Figure."""
        return [str(node["/S"])[1:] for node in self._structure() if "/S" in node]

    def alternatives(self) -> list[str]:
        """The texts for pictures, in reading order."""
        return [str(node["/Alt"]) for node in self._structure() if "/Alt" in node]

    def _structure(self) -> Iterator[Any]:
        waiting = [self.root["/StructTreeRoot"]]
        while waiting:
            node = waiting.pop().get_object()
            if isinstance(node, ArrayObject):
                waiting += reversed(node)
            elif isinstance(node, DictionaryObject):
                yield node
                waiting += [node["/K"]] if "/K" in node else []

    def glyphs(self) -> list[list[int]]:
        """The glyph ids of each run that is drawn; 0 is the box for a letter that the face lacks."""
        runs: list[list[int]] = []
        for page in self.reader.pages:
            for operands, operator in ContentStream(page.get_contents(), self.reader).operations:
                if operator not in (b"Tj", b"TJ"):
                    continue
                parts = operands[0] if operator == b"TJ" else operands
                raw = b"".join(_raw(part) for part in parts if not isinstance(part, (int, float)))
                runs.append(
                    [int.from_bytes(raw[at : at + 2], "big") for at in range(0, len(raw), 2)]
                )
        return runs

    def left_of(self, letter: str, page: int = 0) -> float:
        """How far from the left edge the page's first such letter stands, in points."""
        with pypdfium2.PdfDocument(self.data) as document:
            text = document[page].get_textpage()
            whole = [text.get_text_range(n, 1) for n in range(text.count_chars())]
            return float(text.get_charbox(whole.index(letter))[0])


def _raw(part: Any) -> bytes:
    return part.original_bytes if hasattr(part, "original_bytes") else bytes(part)
