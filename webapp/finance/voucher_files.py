"""Uploaded receipt files: inspect them in a separate process, serve them so that nothing runs."""

import subprocess
from pathlib import Path

import msgspec
from flask import Response
from werkzeug.datastructures import FileStorage

from models.finance.drafts import NewVoucher, plain_name
from models.finance.tables import Voucher
from models.finance.voucher_files import MOST_BYTES, SECONDS, Clean
from models.shared.errors import Invalid
from webapp.shared.pages.downloads import name_download
from webapp.shared.people.rights import person
from webapp.shared.process.programs import run_module
from webapp.shared.process.turns import TURNS

MOST_UPLOAD = MOST_BYTES * 2 + 500_000  # two receipts and a form
SANDBOX = "sandbox; default-src 'none'; frame-ancestors 'none'"


class Inspected(msgspec.Struct):
    """The answer of the inspection process."""

    clean: Clean | None = None
    unfit: str = ""


def take_in(line: int, file: FileStorage) -> NewVoucher:
    """Return the clean copy of an uploaded file. Raises Invalid, on the line's field, if unfit.

    The parsers run in a process of their own with limits: a file made to crash or stall them
    affects only itself. Files take turns: raises TooManyRequests if too many wait. Never call it
    inside a transaction.
    """
    with TURNS.take(person().uid):
        answer = inspect_apart(file.read(MOST_BYTES + 1))
    if answer.clean is None:
        raise Invalid(
            {f"lines-{line}-voucher": f"{plain_name(file.filename or '')}: {answer.unfit}"}
        )
    return NewVoucher(name=file.filename or "", clean=answer.clean)


def inspect_apart(data: bytes) -> Inspected:
    """Inspect the file in a separate process; a file that crashes it counts as unfit."""
    try:
        answer = run_module("models.finance.voucher_files", data, seconds=SECONDS * 3)
        return msgspec.msgpack.decode(answer, type=Inspected)
    except (subprocess.SubprocessError, OSError, msgspec.MsgspecError):
        return Inspected(unfit="The file could not be read. Upload another copy.")


def served(found: Voucher, content: bytes, kind: str) -> Response:
    """Serve a file so that nothing in it can run: a picture inline, a PDF only as a download."""
    response = Response(content, mimetype=kind)
    is_pdf = kind == "application/pdf"
    name = found.name if is_pdf else f"{Path(found.name).stem}.jpg"
    name_download(response, name, inline=not is_pdf)
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["Cache-Control"] = "private, no-store"
    return response
