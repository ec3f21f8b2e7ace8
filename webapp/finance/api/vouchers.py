"""REST API for receipts: the request body is the file itself.

The stored copy is the same as for a file uploaded in the form.
"""

import io
from uuid import UUID

from flask import Response, jsonify, request
from spectree import Response as Answers
from werkzeug.datastructures import FileStorage

from models.finance.drafts import attach_voucher, remove_voucher
from models.finance.queries import get_expense, get_voucher
from models.finance.voucher_files import MOST_BYTES
from models.shared.transactions import reading
from webapp.finance.api.area import blueprint
from webapp.finance.api.shapes import ReceiptQuery, VoucherShape
from webapp.finance.people import reader
from webapp.finance.voucher_files import served, take_in
from webapp.shared.people.rights import needs, takes_upload
from webapp.shared.requests.commands import run, run_each_time
from webapp.shared.rest.api import asked, created, spec

OVERHEAD = 100_000


@blueprint.post("/expenses/<number>/receipts")
@needs("expenses.claim")
@takes_upload(MOST_BYTES + OVERHEAD)
@spec.validate(
    query=ReceiptQuery, resp=Answers(HTTP_201=VoucherShape), tags=["finance"], skip_validation=True
)
def attach(number: str) -> Response:
    """Attach a receipt photo, sent as the request body, to a line of the caller's draft.

    The body is a JPEG, PNG, WebP or PDF file; its type is detected from its content.
    """
    wanted = asked(ReceiptQuery)
    with reading("finance") as session:
        get_expense(
            session, number, reader(session)
        )  # checked first, so that no file is parsed for an expense that does not exist
    new = take_in(wanted.line, FileStorage(io.BytesIO(request.get_data()), wanted.name))
    return _attached(number, run(attach_voucher, number, wanted.line, new))


@blueprint.get("/expenses/<number>/receipts/<uuid:id_>")
@needs("expenses.claim")
@spec.validate(resp=Answers("HTTP_200"), tags=["finance"], skip_validation=True)
def read(number: str, id_: UUID) -> Response:
    """Return the stored copy of a receipt photo to people who may see its expense."""
    with reading("finance") as session:
        found = get_voucher(session, number, id_, reader(session))
    return served(found, found.content, found.kind)


@blueprint.delete("/expenses/<number>/receipts/<uuid:id_>")
@needs("expenses.claim")
@spec.validate(resp=Answers("HTTP_204"), tags=["finance"], skip_validation=True)
def remove(number: str, id_: UUID) -> Response:
    """Remove a receipt photo from the caller's draft."""
    run_each_time(remove_voucher, number, id_)
    return Response(status=204)


def _attached(number: str, id_: UUID) -> Response:
    with reading("finance") as session:
        shape = VoucherShape.model_validate(get_voucher(session, number, id_, reader(session)))
    return created(jsonify(shape.model_dump(mode="json")), f"expenses/{number}/receipts/{id_}")
