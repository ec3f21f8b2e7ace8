"""Documents as PDF: heading, facts, one table, totals, and "Page n of m" in the footer.

Rendered in a thread, so that no other request waits. The fonts come from the asset build: the ones
built into every PDF reader lack letters beyond Western Europe's.
"""

import io
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

from flask import Response
from gevent import get_hub
from reportlab.lib.pagesizes import LETTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import inch
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    KeepTogether,
    NextPageTemplate,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)

from webapp.shared.pages.presentation import VENDOR

FACE, STRONG = "Paper", "Paper-Strong"
EDGE = 0.8 * inch
WIDTH = LETTER[0] - 2 * EDGE


class Paper(NamedTuple):
    """The content of a document.

    `shares` are the columns' parts of the width; the last `numbers` columns hold numbers.
    """

    title: str
    under: str
    facts: Sequence[tuple[str, Sequence[str]]]
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    shares: Sequence[float]
    numbers: int
    sums: Sequence[tuple[str, str]] = ()
    foot: str = ""


def pdf_response(paper: Paper, filename: str, *more: Paper) -> Response:
    """Return the document for display in the browser; each of `more` starts on a new page."""
    response = Response(apart(make_pdf, paper, *more), mimetype="application/pdf")
    response.headers.set("Content-Disposition", "inline", filename=filename)
    return response


def apart(work: Callable[..., Any], *args: Any) -> Any:
    """Run CPU-bound work in a native thread while the worker serves other requests."""
    return get_hub().threadpool.apply(work, args)


def make_pdf(paper: Paper, *more: Paper) -> bytes:
    """Return the documents as PDF bytes, with the table's head repeated on every page."""
    papers, out = (paper, *more), io.BytesIO()
    _build(papers, out, _build(papers, io.BytesIO(), {}))
    return out.getvalue()


def _build(
    papers: Sequence[Paper], out: io.BytesIO, counts: Mapping[int, int]
) -> Mapping[int, int]:
    """Write the documents and return how many pages each took.

    `counts` is the result of an earlier run, for the footer.
    """
    _faces()
    taken: Counter[int] = Counter()
    document = BaseDocTemplate(out, pagesize=LETTER, title=papers[0].title, author="Dunder Mifflin")
    document.addPageTemplates(
        [
            PageTemplate(
                id=str(n),
                frames=[Frame(EDGE, EDGE, WIDTH, LETTER[1] - 2 * EDGE, 0, 0, 0, 0)],
                onPageEnd=partial(_foot, n, paper.title, counts.get(n, 0), taken),
            )
            for n, paper in enumerate(papers)
        ]
    )
    parts = _parts(papers[0])
    for n, paper in enumerate(papers[1:], start=1):
        parts += [NextPageTemplate(str(n)), PageBreak(), *_parts(paper)]
    document.build(parts)
    return taken


def _foot(
    n: int, title: str, count: int, taken: Counter[int], canvas: Canvas, _document: BaseDocTemplate
) -> None:
    taken[n] += 1
    canvas.setFont(FACE, 9)
    canvas.drawString(EDGE, EDGE / 2, title)
    canvas.drawRightString(EDGE + WIDTH, EDGE / 2, f"Page {taken[n]} of {count}")


def _parts(paper: Paper) -> list[Flowable]:
    return [
        _text("Dunder Mifflin Paper Company"),
        _text(paper.title, _style(STRONG, 20)),
        _text(paper.under),
        Spacer(0, 18),
        _facts(paper),
        Spacer(0, 18),
        _table(paper),
        KeepTogether([Spacer(0, 8), _sums(paper), Spacer(0, 18), _text(paper.foot)]),
    ]


@cache
def _faces() -> None:
    for name, file in ((FACE, "paper-regular.ttf"), (STRONG, "paper-strong.ttf")):
        pdfmetrics.registerFont(TTFont(name, VENDOR / file))
    pdfmetrics.registerFontFamily(FACE, normal=FACE, bold=STRONG, italic=FACE, boldItalic=STRONG)


def _style(face: str = FACE, size: int = 10) -> ParagraphStyle:
    return ParagraphStyle(face, fontName=face, fontSize=size, leading=size * 1.3)


def _text(words: str, style: ParagraphStyle | None = None) -> Paragraph:
    return Paragraph(escape(words), style or _style())


def _facts(paper: Paper) -> Table:
    cells = [
        [
            Paragraph(
                f"<b>{escape(name)}</b><br/>"
                + "<br/>".join(escape(line) for line in lines if line),
                _style(),
            )
            for name, lines in paper.facts
        ]
    ]
    count = len(paper.facts)
    return Table(
        cells,
        colWidths=[WIDTH / count] * count,
        style=[("VALIGN", (0, 0), (-1, -1), "TOP"), *_flush()],
    )


def _table(paper: Paper) -> Table:
    rows = [
        list(paper.head),
        *(
            [_text(cell) if n < len(row) - paper.numbers else cell for n, cell in enumerate(row)]
            for row in paper.rows
        ),
    ]
    style = TableStyle(
        [
            ("FONT", (0, 0), (-1, 0), STRONG, 10),
            ("FONT", (0, 1), (-1, -1), FACE, 10),
            ("LINEBELOW", (0, 0), (-1, 0), 1, "black"),
            ("LINEBELOW", (0, 1), (-1, -1), 0.25, "grey"),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("ALIGN", (-paper.numbers, 0), (-1, -1), "RIGHT"),
            *_flush(),
        ]
    )
    return Table(
        rows, colWidths=[WIDTH * share for share in paper.shares], repeatRows=1, style=style
    )


def _sums(paper: Paper) -> Table | Spacer:
    if not paper.sums:
        return Spacer(0, 0)
    style = [
        ("ALIGN", (0, 0), (-1, -1), "RIGHT"),
        ("FONT", (0, 0), (-1, -1), FACE, 10),
        ("FONT", (0, -1), (-1, -1), STRONG, 10),
        ("LINEABOVE", (1, -1), (1, -1), 1, "black"),
        *_flush(),
    ]
    return Table(
        [list(row) for row in paper.sums], colWidths=[WIDTH * 0.8, WIDTH * 0.2], style=style
    )


def _flush() -> list[tuple[Any, ...]]:
    """Align a table's outer columns with the text above and below it."""
    return [("LEFTPADDING", (0, 0), (0, -1), 0), ("RIGHTPADDING", (-1, 0), (-1, -1), 0)]
