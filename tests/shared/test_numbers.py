"""One reader of numbers for forms, files and REST: as meant, or refused with what is meant."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from models.shared.numbers import Unclear, read_amount, read_count, read_percentage
from models.shared.settings.company import BY_NAME, parse
from webapp.app import create_app
from webapp.shared.rest.api import spec

AMOUNTS = st.decimals(min_value=-(10**9), max_value=10**9, places=2)
NBSP, NARROW = "\u00a0", "\u202f"
WRITINGS = {  # how people and spreadsheets of many countries write an amount
    "plain": lambda n: f"{n:.2f}",
    "American": lambda n: f"{n:,.2f}",
    "German": lambda n: _swapped(f"{n:,.2f}", ".", ","),
    "French": lambda n: _swapped(f"{n:,.2f}", NARROW, ","),
    "Swedish": lambda n: _swapped(f"{n:,.2f}", NBSP, ","),
    "Swiss": lambda n: _swapped(f"{n:,.2f}", "’", "."),
    "with a dollar sign": lambda n: f"${n:,.2f}",
    "with the sign behind": lambda n: f"{_swapped(f'{n:,.2f}', '.', ',')} $",
    "with its code": lambda n: f"USD {n:,.2f}",
    "with a true minus": lambda n: f"{n:,.2f}".replace("-", "−"),
    "copied with direction marks": lambda n: f"\u202a{n:,.2f}\u202c",
    "in blanks": lambda n: f"\t {n:,.2f}{NBSP}",
}


@pytest.mark.parametrize("writing", WRITINGS)
@given(amount=AMOUNTS)
def test_an_amount_is_read_as_it_was_meant_however_it_is_written(
    writing: str, amount: Decimal
) -> None:
    assert read_amount(WRITINGS[writing](amount)) == amount


@given(
    whole=st.integers(0, 10**9 - 1), mark=st.sampled_from([",", ".", " ", NBSP, NARROW, "'", ""])
)
def test_a_whole_number_is_read_as_meant_or_asked_about(whole: int, mark: str) -> None:
    written = f"{whole:,}".replace(",", mark)
    try:
        assert read_count(written) == whole == read_amount(written)
    except Unclear as error:
        assert mark == "." and f"{whole:,}" in str(error), "only 1.250 could be 1.25 as well"


@given(st.text("0123456789.,'’ \u00a0_eE+-−$€%()٣३", max_size=14) | st.text(max_size=50))
def test_any_other_text_is_refused_in_words(text: str) -> None:
    for read in (read_amount, read_count, read_percentage):
        try:
            assert Decimal(read(text)).is_finite()
        except Unclear as error:
            assert str(error)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1.250", "Did you mean 1.25 or 1,250.00?"),
        ("1,250.000", "Did you mean 1,250.00 or 1,250,000.00?"),
        ("1250,000", "Did you mean 1,250.00 or 1,250,000.00?"),
        ("1e3", "Did you mean 1,000.00?"),
        ("1_000", "Did you mean 1,000.00?"),
        ("٣٫٥", "Did you mean 3.50?"),
        ("१२", "Did you mean 12.00?"),
        ("(12.50)", "Did you mean −12.50?"),
        ("12.50-", "Did you mean −12.50?"),
        ("€ 12.50", "Enter the amount in US dollars, not €."),
        ("12,5000", "Enter an amount, such as 1,250.00."),
        ("12,34,56", "Enter an amount, such as 1,250.00."),
        ("1e999999999", "Enter an amount, such as 1,250.00. Use only the digits 0 to 9."),
        ("1" * 30, "Enter a number with at most 18 digits."),
        ("NaN", "Enter an amount, such as 1,250.00."),
        ("", "Enter an amount, such as 1,250.00."),
    ],
)
def test_what_is_not_clear_is_refused_with_what_may_be_meant(text: str, words: str) -> None:
    with pytest.raises(Unclear) as refused:
        read_amount(text)
    assert str(refused.value) == words


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("12,50", "12.50"),
        ("1.250,00", "1250"),
        ("1,250", "1250"),
        (",5", "0.5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("0,125", "0.125"),
        ("0.125", "0.125"),
        ("1.250.000", "1250000"),
        ("1,00,000", "100000"),
        ("-$5", "-5"),
        ("$-5", "-5"),
        ("US$ 5", "5"),
    ],
)
def test_the_marks_say_which_number_it_is(text: str, amount: str) -> None:
    assert read_amount(text) == Decimal(amount)


def test_a_setting_is_read_by_the_same_reader() -> None:
    limit = BY_NAME["second_approval_limit"]
    assert parse(limit, "1.250,00") == parse(limit, "$1,250") == Decimal("1250.00")
    with pytest.raises(ValueError, match="Did you mean"):
        parse(limit, "1e3")
    assert parse(BY_NAME["discount_limit_percent"], "12,5 %") == Decimal("12.5")


def test_every_number_in_what_rest_takes_is_read_by_the_same_reader() -> None:
    create_app()
    fields = {
        f"{model.__name__}.{name}": field.rebuild_annotation()
        for model in _asked_shapes()
        for name, field in model.model_fields.items()
        if _has_number(field.annotation) and not _has_text(field.annotation)
    }
    taken = {
        (name, text)
        for name, annotation in fields.items()
        for text in ("1e3", "1_000", "٣")
        for sent in (text, [text], {"1": text}, {text: 1})
        if _takes(annotation, sent)
    }
    assert not taken
    assert len(fields) > 20 and _takes(fields["LimitIn.credit_limit"], "$1.250,00")


def _swapped(american: str, group: str, decimal: str) -> str:
    return american.translate({ord(","): group, ord("."): decimal})


def _asked_shapes() -> Iterator[type[BaseModel]]:
    """Every shape of a request body or query, with the shapes inside it."""
    named = {
        key.split(".")[0]
        for each in spec._function_metadata.values()
        for key in (each.json, each.query)
        if key
    }
    waiting = [model for model in _below(BaseModel) if model.__name__ in named]
    while waiting:
        model = waiting.pop()
        yield model
        for field in model.model_fields.values():
            inner = [field.annotation, *get_args(field.annotation)]
            waiting += [each for each in inner if _is_model(each)]


def _below(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for each in model.__subclasses__():
        yield each
        yield from _below(each)


def _is_model(each: Any) -> bool:
    return isinstance(each, type) and issubclass(each, BaseModel)


def _has_number(annotation: Any) -> bool:
    return annotation in (int, Decimal) or any(map(_has_number, get_args(annotation)))


def _has_text(annotation: Any) -> bool:
    """A text may be meant as well: a SKU as a key, or a setting, which its own parser reads."""
    return annotation is str or any(map(_has_text, get_args(annotation)))


def _takes(annotation: Any, sent: Any) -> bool:
    try:
        TypeAdapter(annotation).validate_python(sent)
    except ValidationError:
        return False
    return True
