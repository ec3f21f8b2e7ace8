"""What to say when two people save the same at the same moment, by the name of the constraint.

A command first looks whether a key is taken. Two that look at once both find it free, and
PostgreSQL refuses the second; this is where that refusal gets the words of the first look.
"""

from collections.abc import Callable

from sqlalchemy.exc import IntegrityError

from models.shared.errors import DomainError, Invalid, Stale

UNIQUE_VIOLATION = "23505"

# What a person can run into.
SENTENCES: dict[str, Callable[[], DomainError]] = {
    "pk_product": lambda: Invalid({"sku": "A product with this SKU already exists."}),
    "pk_location": lambda: Invalid({"code": "A location with this code already exists."}),
    "pk_service_account": lambda: Invalid({"name": "This name is taken. Choose another."}),
    "pk_budget": lambda: Stale("This department's budget changed after you opened it."),
}

# Why nobody can run into any other.
ISSUED = "the key is a number or an id that we issue"
LOCKED = "its record is locked before a row is added"
UPSERT = "written by ON CONFLICT: the second changes or finds the row of the first"
INTERNAL = "written by the event mechanism alone, which counts or locks its keys"
WITH_PARENT = "written once, in the transaction that makes its record under a number that we issue"
LIBRARY = "a table of the job library's, which handles its own conflicts"
UNREACHABLE: dict[str, str] = {
    **dict.fromkeys(
        (
            *("pk_dead_letter", "pk_fault_switch", "pk_history", "pk_outbox", "pk_expense"),
            *("pk_decision", "pk_run", "pk_voucher", "pk_ledger", "pk_receipt", "pk_shipment"),
            *("pk_stock_take", "pk_broadcast", "pk_undo", "pk_order", "pk_lead", "pk_lead_entry"),
            *("pk_lead_import", "pk_client", "pk_revision", "pk_access_token", "pk_webhook"),
            "pk_webhook_delivery",
            "uq_access_token_digest",
        ),
        ISSUED,
    ),
    **dict.fromkeys(
        (
            *("pk_expense_line", "uq_stock_take_line_place", "pk_shipment_pick", "pk_feed"),
            *("ix_notification_inbox", "pk_client_contact", "pk_client_address"),
            *("pk_lead_import_row", "pk_group_member"),
        ),
        LOCKED,
    ),
    **dict.fromkeys(
        (
            *("pk_idempotency_key", "pk_person", "pk_pulled_record", "pk_pulled_source"),
            *("pk_stock_at_location", "pk_watcher", "uq_dead_letter_open", "uq_fault_switch_on"),
            *("pk_inbox_counter", "pk_mail", "pk_people_pull", "pk_notification", "pk_request"),
            *("pk_tombstone", "pk_draft", "pk_preference", "pk_setting", "pk_avatar"),
            *("pk_searched_client", "pk_searched_word", "pk_push", "ix_webhook_delivery_event"),
        ),
        UPSERT,
    ),
    **dict.fromkeys(
        (
            *("pk_held_event", "pk_journal", "pk_last_sequence", "pk_outbox_key"),
            *("pk_published_position", "uq_journal_event_id", "uq_journal_n", "pk_timeline"),
            "pk_timeline_rebuild",
            *("uq_outbox_event_id", "uq_outbox_topic_key_sequence"),
        ),
        INTERNAL,
    ),
    **dict.fromkeys(
        (
            *("pk_stock", "pk_demand", "pk_demand_line", "pk_shipment_line", "pk_order_line"),
            *("pk_broadcast_recipient", "pk_receipt_line", "pk_receipt_fill"),
        ),
        WITH_PARENT,
    ),
}


def refusal_of(error: IntegrityError) -> DomainError | None:
    """Return the refusal that a violated unique constraint stands for; None for any other error."""
    if getattr(error.orig, "sqlstate", None) != UNIQUE_VIOLATION:
        return None
    make = SENTENCES.get(str(error.orig.diag.constraint_name))  # type: ignore[union-attr]
    return make() if make else None
