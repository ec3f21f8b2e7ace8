"""Papers as PDF: a heading, some facts, one table, sums. Made in a thread, so that no other request waits for it."""

import io
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

from flask import Response
from gevent import get_hub
from reportlab.lib.enums import TA_LEFT
from reportlab.lib.pagesizes import LETTER
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.lib.units import inch
from reportlab.platypus import Flowable, PageBreak, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

STYLES = getSampleStyleSheet()
STYLES["Title"].alignment = TA_LEFT
WIDTH = LETTER[0] - 1.6 * inch


class Paper(NamedTuple):
    """What stands on a paper. `shares` are the columns' parts of the width; the last `numbers` columns are figures."""

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
    """The paper as a file to open in the browser; `more` papers follow it, each on a page of its own."""
    response = Response(apart(make_pdf, paper, *more), mimetype="application/pdf")
    response.headers.set("Content-Disposition", "inline", filename=filename)
    return response


def apart(work: Callable[..., Any], *args: Any) -> Any:
    """Does CPU-bound work in a native thread, while the worker goes on with other requests."""
    return get_hub().threadpool.apply(work, args)


def make_pdf(paper: Paper, *more: Paper) -> bytes:
    """The papers' bytes; as many pages as each takes, the table's head on each."""
    out = io.BytesIO()
    document = SimpleDocTemplate(out, pagesize=LETTER, title=paper.title, author="Dunder Mifflin", leftMargin=0.8 * inch,
                                 rightMargin=0.8 * inch, topMargin=0.8 * inch, bottomMargin=0.8 * inch)
    parts = _parts(paper)
    for each in more:
        parts += [PageBreak(), *_parts(each)]
    document.build(parts)
    return out.getvalue()


def _parts(paper: Paper) -> list[Flowable]:
    return [_text("Dunder Mifflin Paper Company", "Normal"), _text(paper.title, "Title"), _text(paper.under, "Normal"),
            Spacer(0, 14), _facts(paper), Spacer(0, 14), _table(paper), Spacer(0, 8), _sums(paper),
            Spacer(0, 14), _text(paper.foot, "Normal")]


def _text(words: str, style: str) -> Paragraph:
    return Paragraph(escape(words), STYLES[style])


def _facts(paper: Paper) -> Table:
    cells = [[Paragraph(f"<b>{escape(name)}</b><br/>" + "<br/>".join(escape(line) for line in lines if line), STYLES["Normal"])
              for name, lines in paper.facts]]
    count = len(paper.facts)
    return Table(cells, colWidths=[WIDTH / count] * count, style=[("VALIGN", (0, 0), (-1, -1), "TOP")])


def _table(paper: Paper) -> Table:
    rows = [list(paper.head), *([_text(cell, "Normal") if n < len(row) - paper.numbers else cell for n, cell in enumerate(row)]
                                for row in paper.rows)]
    style = TableStyle([
        ("FONTNAME", (0, 0), (-1, 0), "Helvetica-Bold"), ("LINEBELOW", (0, 0), (-1, 0), 1, "black"),
        ("LINEBELOW", (0, 1), (-1, -1), 0.25, "grey"), ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("ALIGN", (-paper.numbers, 0), (-1, -1), "RIGHT"),
    ])
    return Table(rows, colWidths=[WIDTH * share for share in paper.shares], repeatRows=1, style=style)


def _sums(paper: Paper) -> Table | Spacer:
    if not paper.sums:
        return Spacer(0, 0)
    style = [("ALIGN", (0, 0), (-1, -1), "RIGHT"), ("FONTNAME", (0, -1), (-1, -1), "Helvetica-Bold"),
             ("LINEABOVE", (1, -1), (1, -1), 1, "black")]
    return Table([list(row) for row in paper.sums], colWidths=[WIDTH * 0.8, WIDTH * 0.2], style=style)
