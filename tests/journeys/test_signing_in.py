"""In by the form and out again; who is in once stays in."""

import re

import pytest
from playwright.sync_api import expect

from tests.browsers import Arrive
from tests.pages.frame import sign_out
from tests.pages.sign_in import SignIn

pytestmark = [pytest.mark.journey, pytest.mark.stack]


def test_one_signs_in_by_the_form_and_is_asked_again_after_signing_out(arrive: Arrive):
    creed = arrive("creed.bratton", by_form=True)
    expect(creed.page.get_by_role("heading", name=re.compile("Creed"))).to_be_visible()
    assert creed.is_signed_in()
    sign_out(creed)
    SignIn(creed.page).should_say("You are signed out")
    assert not creed.is_signed_in()
    creed.open("/orders/")
    expect(SignIn(creed.page).company_account).to_be_visible()


def test_a_browser_that_is_given_the_cookies_of_a_sign_in_is_that_person(arrive: Arrive):
    for _ in range(2):
        erin = arrive("erin.hannon")
        page = erin.open("/")
        expect(page.get_by_role("heading", name=re.compile("Erin"))).to_be_visible()
