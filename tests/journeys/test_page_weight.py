"""A page costs little in a browser that has nothing in its cache."""

import re

import pytest

from tests.browsers import Arrive
from tests.pages.weight import cold_weight

pytestmark = [pytest.mark.journey, pytest.mark.stack, pytest.mark.long]
BOUND = 150 * 1024
OTHER_LETTERS = re.compile(r"-(?:latin-ext|cyrillic|cyrillic-ext|greek|greek-ext|vietnamese)-")
BESIDES = ("/orders/new", "/orders/charts", "/sales/charts")
# A chart beside a ledger: Chart.js is 53 KB and the face of the ledger 12 KB. The aim is 150 KB, too.
PRODUCT = "/inventory/products/FO-MAN-LTR"
BOUND_OF_PRODUCT = 165 * 1024


def test_no_page_of_the_navigation_weighs_more_than_150_kb_nor_a_product_more_than_165(
    arrive: Arrive,
):
    michael = arrive("michael.scott")
    home = michael.open("/")
    links = home.eval_on_selector_all(
        "nav a[href^='/']", "links => links.map((link) => link.getAttribute('href'))"
    )
    assert len(links) > 7
    heavy = {}
    for path in dict.fromkeys([*links, *BESIDES, PRODUCT]):
        weight = cold_weight(michael.page, f"{michael.address}{path}")
        # Names that other tests left here may need the letters of other languages.
        sent = {name: size for name, size in weight.sent.items() if not OTHER_LETTERS.search(name)}
        bound = BOUND_OF_PRODUCT if path == PRODUCT else BOUND
        if not 20_000 < sum(sent.values()) <= bound:
            heavy[path] = sent
    assert not heavy, heavy
