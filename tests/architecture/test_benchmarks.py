"""docs/benchmarks.md has a place for each benchmark, and a run writes only its own."""

import pytest

from tests.benchmarks import __main__ as benchmarks
from tests.benchmarks.results import Result, results_of, section, tell, with_section

PAGE = benchmarks.PAGE.read_text()
FOUND = [Result("A page, p50", "12 ms", "6 ms", "2.00"), Result("Memory", "36 KB")]


@pytest.mark.parametrize("name", benchmarks.ALL)
def test_the_page_has_a_place_for_each_benchmark(name: str):
    assert (benchmarks.ROOT / f"tests/benchmarks/{name}.py").exists()
    assert PAGE.count(f"<!-- {name} -->") == PAGE.count(f"<!-- end of {name} -->") == 1


def test_a_run_replaces_its_own_results_and_keeps_the_others_with_their_dates():
    written = section("click_to_bell", FOUND, "November 30, 2026; two cores")
    page = with_section(PAGE, "click_to_bell", written)
    assert "| A page, p50 | 12 ms | 6 ms | 2.00 |" in page
    assert "November 30, 2026; two cores, `make bench ONLY=click_to_bell`" in page
    assert part_of(page, "click_to_bell") != part_of(PAGE, "click_to_bell")
    others = [name for name in benchmarks.ALL if name != "click_to_bell"]
    assert {name: part_of(page, name) for name in others} == {
        name: part_of(PAGE, name) for name in others
    }
    assert page.split("<!-- end of footprint -->")[1] == PAGE.split("<!-- end of footprint -->")[1]


def test_a_second_run_replaces_the_first():
    page = with_section(PAGE, "footprint", section("footprint", FOUND, "November 29, 2026"))
    again = with_section(page, "footprint", section("footprint", FOUND[1:], "November 30, 2026"))
    assert "November 29" not in again and "A page, p50" not in again and "| Memory |" in again


def test_what_a_server_logs_is_no_result(capsys: pytest.CaptureFixture[str]):
    print('{"level": "info", "event": "a server started"}')
    tell("A page, p50", "12 ms", "6 ms", 2.0)
    tell("Memory", "36 KB")
    assert results_of(capsys.readouterr().out) == FOUND


def test_a_benchmark_without_a_place_is_refused():
    with pytest.raises(LookupError):
        with_section(PAGE, "no_such_benchmark", "")


def part_of(page: str, name: str) -> str:
    """What the page says of one benchmark."""
    return page.split(f"<!-- {name} -->")[1].split(f"<!-- end of {name} -->")[0]
