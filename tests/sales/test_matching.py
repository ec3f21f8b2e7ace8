"""Normal forms: what is the same however it is written, and what is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from models.sales.normal_forms import (
    company_key,
    is_phone,
    mail_key,
    phone_key,
    shown_phone,
)


@pytest.mark.parametrize(
    "written",
    [
        "Alder & Finch Architects",
        "alder and finch architects",
        "Alder & Finch Architects, Inc.",
        "The Alder & Finch Architects LLC",
        " ALDER  &  FINCH  ARCHITECTS ",
        "Álder & Finch Architects",
        "Alder & Finch Architects Co., Ltd.",
    ],
)
def test_a_company_is_the_same_however_it_is_written(written: str) -> None:
    assert company_key(written) == "alder and finch architects"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Keystone Dental", "Keystone Mutual Dental"),
        ("Company", "Limited"),
        ("The", "A"),
        ("日本紙業", "東京紙業"),
    ],
)
def test_different_companies_stay_different(one: str, other: str) -> None:
    assert company_key(one) != company_key(other) and company_key(one)


@given(some.text(min_size=1).filter(str.strip))
def test_every_name_has_a_key_and_the_key_is_its_own(name: str) -> None:
    assert company_key(name)
    assert company_key(company_key(name)) == company_key(name)


@pytest.mark.parametrize(
    "written",
    ["570 555 0142", "(570) 555-0142", "+1 570-555-0142", "5705550142", "570.555.0142 x12"],
)
def test_a_number_is_the_same_however_it_is_written(written: str) -> None:
    assert phone_key(written) == "+15705550142" and is_phone(written)


def test_numbers_are_shown_as_one_dials_them_here() -> None:
    assert shown_phone("5705550142") == "(570) 555-0142"
    assert shown_phone("+49 30 901820") == "+49 30 901820"
    assert (
        shown_phone(" ask Ann ") == "ask Ann" and phone_key("ask Ann") == "" and not is_phone("555")
    )


def test_mail_counts_in_small_letters() -> None:
    assert mail_key(" Ann@LaurelRun.example ") == "ann@laurelrun.example"
