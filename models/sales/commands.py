"""What the sales service does."""

from sqlalchemy import select
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
    number = f"CL-{session.execute(select(CLIENT_NUMBER.next_value())).scalar_one()}"
    session.add(
        Client(
            number=number,
            name=new.name.strip(),
            contact_name=new.contact_name.strip(),
            contact_mail=new.contact_mail,
            contact_phone=new.contact_phone,
            street=new.address.street,
            city=new.address.city,
            state=new.address.state,
            postcode=new.address.postcode,
            payment_terms_days=new.payment_terms_days,
            credit_limit=new.credit_limit,
            currency=CURRENCY,
            owner=new.owner,
            created_at=clock.now(),
        )
    )
    write_history(session, "client", number, "created", name=new.name.strip())
    record(
        session,
        ClientCreated(
            client_number=number,
            name=new.name.strip(),
            contact_name=new.contact_name.strip(),
            contact_mail=new.contact_mail,
            contact_phone=new.contact_phone,
            address=new.address,
            payment_terms_days=new.payment_terms_days,
            credit_limit=new.credit_limit,
            currency=CURRENCY,
            owner=new.owner,
        ),
    )
    return number
