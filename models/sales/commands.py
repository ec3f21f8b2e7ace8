"""What the sales service does."""

from typing import Any

import msgspec
from sqlalchemy.orm import Session

from models.sales.events import ClientCreated
from models.sales.rules import NewClient, check_client
from models.sales.tables import CLIENT_NUMBER, Client
from models.shared import clock
from models.shared.history import write_history
from models.shared.outbox import record

CURRENCY = "USD"


def create_client(session: Session, new: NewClient) -> str:
    """Makes a company a client and says so (ClientCreated). Returns its number; raises Invalid."""
    check_client(new)
    number = f"CL-{session.scalar(CLIENT_NUMBER.next_value())}"
    facts: dict[str, Any] = {
        "name": new.name.strip(), "contact_name": new.contact_name.strip(), "contact_mail": new.contact_mail,
        "contact_phone": new.contact_phone, "payment_terms_days": new.payment_terms_days,
        "credit_limit": new.credit_limit, "currency": CURRENCY, "owner": new.owner,
    }
    session.add(Client(number=number, created_at=clock.now(), **msgspec.structs.asdict(new.address), **facts))
    write_history(session, "client", number, "created", name=facts["name"])
    record(session, ClientCreated(client_number=number, address=new.address, **facts))
    return number
