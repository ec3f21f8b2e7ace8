"""A page costs little in a browser that has nothing in its cache."""

import re

import pytest

from tests.browsers import Arrive
from tests.pages.weight import cold_weight

pytestmark = [pytest.mark.journey, pytest.mark.stack, pytest.mark.long]
BOUND = 150 * 1024
OTHER_LETTERS = re.compile(r"-(?:latin-ext|cyrillic|cyrillic-ext|greek|greek-ext|vietnamese)-")
BESIDES = ("/orders/new", "/orders/charts", "/sales/charts", "/inventory/products/FO-MAN-LTR")


def test_no_page_of_the_navigation_weighs_more_than_150_kb(arrive: Arrive):
    michael = arrive("michael.scott")
    home = michael.open("/")
    links = home.eval_on_selector_all(
        "nav a[href^='/']", "links => links.map((link) => link.getAttribute('href'))"
    )
    assert len(links) > 7
    heavy = {}
    for path in dict.fromkeys([*links, *BESIDES]):
        weight = cold_weight(michael.page, f"{michael.address}{path}")
        # Names that other tests left here may need the letters of other languages.
        sent = {name: size for name, size in weight.sent.items() if not OTHER_LETTERS.search(name)}
        if not 20_000 < sum(sent.values()) <= BOUND:
            heavy[path] = sent
    assert not heavy, heavy
