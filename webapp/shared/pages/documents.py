"""Documents as PDF: the company's papers, for reading in the browser and for print.

They are set in a process of their own (see typesetter.py), so that no other request waits.
"""

import msgspec
from flask import Response

from webapp.shared.pages.downloads import name_download
from webapp.shared.pages.papers import Paper, PrintJob
from webapp.shared.people.rights import person
from webapp.shared.process.programs import run_module
from webapp.shared.process.turns import TURNS

SECONDS = 60


def pdf_response(filename: str, *papers: Paper, title: str = "") -> Response:
    """Return the papers in one PDF for display in the browser, in the person's turn.

    Each paper begins on a new page. `title` names the file if there are several. Raises
    TooManyRequests (see webapp/shared/process/turns.py).
    """
    with TURNS.take(person().uid):
        content = make_pdf(*papers, title=title)
    response = Response(content, mimetype="application/pdf")
    name_download(response, filename, inline=True)
    return response


def make_pdf(*papers: Paper, title: str = "") -> bytes:
    """Return the papers as the bytes of one PDF."""
    job = PrintJob(title or f"{papers[0].title} {papers[0].number}", papers)
    return run_module(
        "webapp.shared.pages.typesetter", msgspec.msgpack.encode(job), seconds=SECONDS
    )
