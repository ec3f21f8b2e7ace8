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
    page = darryl.get(f"/inventory/shipments/{parcel}").text
    assert "725 &lt;Spruce&gt; &amp; Main" in page and "Scranton, PA 18503" in page
    text = pdf_text(darryl.get(f"/inventory/shipments/{parcel}/slip.pdf"))
    assert "Ship to\nPine Ridge\n725 <Spruce> & Main\nScranton, PA 18503" in text
    answer = web_app.test_client().get(
        f"/api/v1/shipments/{parcel}", headers=bearer_for("darryl.philbin", "inventory")
    )
    assert answer.json["deliver_to"] == WHERE


def test_without_an_address_the_paper_says_where_to_look_and_it_names_who_packed(
    darryl, office, published, web_app, bearer_for
):
    parcel = parcel_of(office, published)
    assert "Ship to" not in darryl.get(f"/inventory/shipments/{parcel}").text
    darryl.post(f"/inventory/shipments/{parcel}/pick", data={"version": "1"})
    assert "Not packed yet" in pdf_text(darryl.get(f"/inventory/shipments/{parcel}/slip.pdf"))
    darryl.post(f"/inventory/shipments/{parcel}/pack", data={"version": "2"})
    text = pdf_text(darryl.get(f"/inventory/shipments/{parcel}/slip.pdf"))
    assert (
        "Pine Ridge\nAddress: see order DM-100001" in text
        and "Darryl Philbin" in text
        and "darryl.philbin" not in text
    )
    answer = web_app.test_client().get(
        f"/api/v1/shipments/{parcel}", headers=bearer_for("darryl.philbin", "inventory")
    )
    assert answer.json["deliver_to"] is None


@pytest.mark.parametrize("kept", [True, False], ids=["kept", "from before: of the journal"])
def test_a_shipments_client_is_a_link_for_those_who_may_see_clients(
    darryl, office: Office, published, clean_database, client_as, kept: bool
):
    parcel = parcel_of(office, published, client_number="CL-1007")
    if not kept:
        with psycopg.connect(clean_database) as connection:
            connection.execute("UPDATE inventory.demand SET client_number = NULL")
    page, listed = f"/inventory/shipments/{parcel}", "/inventory/shipments/"
    link = '<a href="/sales/clients/CL-1007">Pine Ridge</a>'
    jim = client_as("jim.halpert")
    assert jim.get(page).text.count(link) == 2 and (link in jim.get(listed).text) == kept
    assert "Pine Ridge" in darryl.get(page).text and link not in darryl.get(page).text
    assert link not in darryl.get(listed).text


def test_a_shipment_whose_client_nobody_told_names_it_without_a_link(
    office: Office, published, client_as
):
    parcel = parcel_of(office, published)
    page = client_as("jim.halpert").get(f"/inventory/shipments/{parcel}").text
    assert "Pine Ridge" in page and ">Pine Ridge</a>" not in page
