"""Correct or void a posted receipt: asked with its numbers first, as long as its goods are there."""

from collections.abc import Mapping

from flask import request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from models.inventory.receipt_corrections import (
    Effects,
    correct_receipt,
    preview_correction,
    preview_voiding,
    void_receipt,
)
from models.inventory.receipts import get_receipt, lines_of_receipt
from models.shared.counts import counted
from models.shared.errors import DomainError, Invalid
from models.shared.transactions import reading
from webapp.inventory.area import blueprint
from webapp.shared.answers.refusals import on_form
from webapp.shared.number_fields import CASES, number_or_none, unclear_numbers
from webapp.shared.pages.form_keys import whole
from webapp.shared.pages.fragments import go_to, render_page_or_block, toast
from webapp.shared.people.rights import needs
from webapp.shared.requests.commands import run

QUANTITY = "quantity-"


@blueprint.get("/receipts/<number>/correct")
@needs("stock.receive")
def ask_correction(number: str) -> ResponseReturnValue:
    """Show the form with the cases of each line."""
    return _correction(number)


@blueprint.post("/receipts/<number>/correct")
@needs("stock.receive")
def save_correction(number: str) -> ResponseReturnValue:
    """Correct the lines, once per form; what it does is asked first, with its numbers.

    `agreed` is what the person was asked about; if it does something else by now, they are asked
    again.
    """
    typed = _typed_quantities()
    quantities = {
        line: -1 if (cases := number_or_none(CASES, text)) is None else cases
        for line, text in typed.items()
    }
    reason, version = request.form.get("reason", ""), whole(request.form.get("version", "")) or 0
    try:
        with reading("inventory") as session:
            effects = preview_correction(session, number, quantities)
        if request.form.get("agreed") != _said(effects) or not reason.strip():
            missing = {} if reason.strip() else {"reason": "Enter a reason."}
            return _correction(number, effects=effects if reason.strip() else None, errors=missing)
        run(correct_receipt, number, quantities, reason, version)
    except DomainError as error:
        shown = on_form(error)
        if isinstance(error, Invalid):
            fields = {f"{QUANTITY}{line}": text for line, text in typed.items()}
            shown["errors"] = error.errors | unclear_numbers(fields, dict.fromkeys(fields, CASES))
        return _correction(number, **shown)
    answer = go_to(url_for("inventory.receipt", number=number))
    return toast(answer, f"Receipt {number} corrected by {_change(effects)}.")


@blueprint.get("/receipts/<number>/void")
@needs("stock.receive")
def ask_voiding(number: str) -> ResponseReturnValue:
    """Ask whether to void the receipt, with what leaves the stock, or say why it cannot be."""
    return _voiding(number)


@blueprint.post("/receipts/<number>/void")
@needs("stock.receive")
def confirm_voiding(number: str) -> ResponseReturnValue:
    """Void the receipt, once per form."""
    reason, version = request.form.get("reason", ""), whole(request.form.get("version", "")) or 0
    try:
        run(void_receipt, number, reason, version)
    except DomainError as error:
        return _voiding(number, **on_form(error))
    answer = go_to(url_for("inventory.receipt", number=number))
    return toast(answer, f"Receipt {number} voided.")


def _typed_quantities() -> dict[int, str]:
    """Return what was typed, by line."""
    return {
        line: text.strip()
        for name, text in request.form.items()
        if name.startswith(QUANTITY) and (line := whole(name.removeprefix(QUANTITY))) is not None
    }


def _said(effects: Effects) -> str:
    """Encode the effects as one string, so that a form can tell which ones it showed."""
    lines = ",".join(f"{each.line}:{each.before}:{each.after}" for each in effects.lines)
    return f"{lines};{','.join(effects.shipments)}"


def _change(effects: Effects) -> str:
    sign = "−" if effects.delta < 0 else "+"
    return f"{sign}{counted(abs(effects.delta), 'case')}"


def _correction(
    number: str,
    status: int = 200,
    errors: Mapping[str, str] | None = None,
    refused: DomainError | None = None,
    effects: Effects | None = None,
) -> ResponseReturnValue:
    with reading("inventory") as session:
        receipt = get_receipt(session, number)
        lines = lines_of_receipt(session, receipt)
    typed = _typed_quantities()
    if errors and status == 200:
        status = 422
    return render_page_or_block(
        "inventory/receipt_correction.html",
        "main",
        status,
        receipt=receipt,
        rows=[(line, typed.get(line.line, str(line.quantity))) for line in lines],
        reason=request.form.get("reason", ""),
        errors=errors or {},
        refused=refused,
        effects=effects,
        agreed=_said(effects) if effects else "",
        change=_change(effects) if effects else "",
    )


def _voiding(
    number: str,
    status: int = 200,
    errors: Mapping[str, str] | None = None,
    refused: DomainError | None = None,
) -> ResponseReturnValue:
    with reading("inventory") as session:
        receipt = get_receipt(session, number)
        effects, why_not = _effects_of_voiding(session, number)
    return render_page_or_block(
        "inventory/receipt_voiding.html",
        "main",
        status,
        receipt=receipt,
        reason=request.form.get("reason", ""),
        errors=errors or {},
        refused=refused or why_not,
        effects=effects,
    )


def _effects_of_voiding(session: Session, number: str) -> tuple[Effects | None, DomainError | None]:
    try:
        return preview_voiding(session, number), None
    except DomainError as error:
        on_form(error)
        return None, error
