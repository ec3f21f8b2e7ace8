"""The packing slip, the parcel's page and REST say where a parcel goes: to where its order was placed for."""

import io

import psycopg
import pytest
from pypdf import PdfReader

from tests.factories.inventory import Office, add_product
from tests.factories.orders import Ordered

WHERE = {"street": "725 <Spruce> & Main", "city": "Scranton", "state": "PA", "postcode": "18503"}


@pytest.fixture
def darryl(office: Office, client_as):
    return client_as("darryl.philbin")


def parcel_of(office: Office, published, **more) -> str:
    add_product("A", 5)
    office.place(Ordered("A", cases=2), **more)
    return str(published("shipment.created")[0]["shipment_number"])


def pdf_text(answer) -> str:
    assert answer.mimetype == "application/pdf"
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages)


@pytest.mark.parametrize(
    "kept", [True, False], ids=["kept with the order", "from before it was kept: of the journal"]
)
def test_paper_page_and_rest_say_where_it_goes(
    darryl, office: Office, published, clean_database, web_app, bearer_for, kept
):
    parcel = parcel_of(office, published, deliver_to=WHERE)
    if not kept:
        with psycopg.connect(clean_database) as connection:
            assert connection.execute("UPDATE inventory.demand SET deliver_to = NULL").rowcount == 1
    for path in ("", "/slip"):
        page = darryl.get(f"/inventory/shipments/{parcel}{path}").text
        assert "725 &lt;Spruce&gt; &amp; Main" in page and "Scranton, PA 18503" in page, path
    text = pdf_text(darryl.get(f"/inventory/shipments/{parcel}/slip.pdf"))
    assert "Deliver to\nPine Ridge\n725 <Spruce> & Main\nScranton, PA 18503" in text
    answer = web_app.test_client().get(
        f"/api/v1/shipments/{parcel}", headers=bearer_for("darryl.philbin", "inventory")
    )
    assert answer.json["deliver_to"] == WHERE


def test_without_an_address_the_paper_says_where_to_look_and_it_names_who_packed(
    darryl, office, published, web_app, bearer_for
):
    parcel = parcel_of(office, published)
    assert "Deliver to" not in darryl.get(f"/inventory/shipments/{parcel}").text
    darryl.post(f"/inventory/shipments/{parcel}/pick", data={"version": "1"})
    assert "not yet" in pdf_text(darryl.get(f"/inventory/shipments/{parcel}/slip.pdf"))
    darryl.post(f"/inventory/shipments/{parcel}/pack", data={"version": "2"})
    text = pdf_text(darryl.get(f"/inventory/shipments/{parcel}/slip.pdf"))
    assert (
        "Pine Ridge\nsee the order" in text
        and "Darryl Philbin" in text
        and "darryl.philbin" not in text
    )
    answer = web_app.test_client().get(
        f"/api/v1/shipments/{parcel}", headers=bearer_for("darryl.philbin", "inventory")
    )
    assert answer.json["deliver_to"] is None
