"""Receipts by REST: the file is the body of the request, as it is; what is kept of it is what the form would keep."""

import io
from uuid import UUID

from flask import Response, jsonify, request
from spectree import Response as Answers
from werkzeug.datastructures import FileStorage

from models.finance.drafting import attach_voucher, remove_voucher
from models.finance.inspection import MOST_BYTES
from models.finance.queries import get_voucher
from models.shared.database import reading, transaction
from models.shared.idempotency import once
from webapp.finance.area import api as blueprint
from webapp.finance.people import reader
from webapp.finance.shapes import VoucherShape
from webapp.finance.vouchers import served, take_in
from webapp.shared.api import created, spec
from webapp.shared.forms import form_key
from webapp.shared.rights import needs, person, takes_upload

OVERHEAD = 100_000


@blueprint.post("/expenses/<number>/lines/<int:line>/receipts")
@needs("expenses.claim")
@takes_upload(MOST_BYTES + OVERHEAD)
@spec.validate(resp=Answers(HTTP_201=VoucherShape), tags=["finance"], skip_validation=True)
def attach(number: str, line: int) -> Response:
    """Attaches the body, a JPEG, PNG, WebP or PDF by its true type, to a line of one's draft; `?name=` is the file's name."""
    new = take_in(line, FileStorage(io.BytesIO(request.get_data()), request.args.get("name", "").replace("\0", "")))
    with transaction("finance", actor=person().uid) as session:
        asked = {"number": number, "line": line, "sha256": new.clean.sha256}
        id_ = once(session, form_key(), "attach_voucher", asked, lambda: str(attach_voucher(session, number, line, new)))
    with reading("finance") as session:
        shape = VoucherShape.model_validate(get_voucher(session, number, UUID(id_), reader(session)))
    return created(jsonify(shape.model_dump(mode="json")), f"expenses/{number}/receipts/{id_}")


@blueprint.get("/expenses/<number>/receipts/<uuid:id_>")
@needs("expenses.claim")
@spec.validate(resp=Answers("HTTP_200"), tags=["finance"], skip_validation=True)
def read(number: str, id_: UUID) -> Response:
    """The clean copy of a receipt, for those who may see its expense."""
    with reading("finance") as session:
        found = get_voucher(session, number, id_, reader(session))
    return served(found, found.content, found.kind)


@blueprint.delete("/expenses/<number>/receipts/<uuid:id_>")
@needs("expenses.claim")
@spec.validate(resp=Answers("HTTP_204"), tags=["finance"], skip_validation=True)
def remove(number: str, id_: UUID) -> Response:
    """Takes a receipt of one's draft away."""
    with transaction("finance", actor=person().uid) as session:
        remove_voucher(session, number, id_)
    return Response(status=204)
