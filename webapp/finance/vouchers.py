"""Serve receipts to those who may see their expense."""

from uuid import UUID

from flask import Response

from models.finance.queries import get_voucher
from models.shared.transactions import reading
from webapp.finance.area import blueprint
from webapp.finance.people import reader
from webapp.finance.voucher_files import served
from webapp.shared.people.rights import needs


@blueprint.get("/<number>/receipts/<uuid:id_>")
@needs("expenses.claim")
def voucher(number: str, id_: UUID) -> Response:
    """Serve a receipt to those who may see its expense: a picture inline, a PDF as a download."""
    with reading("finance") as session:
        found = get_voucher(session, number, id_, reader(session))
    return served(found, found.content, found.kind)


@blueprint.get("/<number>/receipts/<uuid:id_>/small")
@needs("expenses.claim")
def thumb(number: str, id_: UUID) -> Response:
    """Serve the thumbnail of a receipt."""
    with reading("finance") as session:
        found = get_voucher(session, number, id_, reader(session), thumb=True)
    return served(found, found.thumb or b"", "image/jpeg")
