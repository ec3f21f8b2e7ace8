"""What reading the code costs does not grow."""

from collections.abc import Callable

import pytest

from tests.architecture.figures import MOST


@pytest.mark.parametrize("figure", MOST, ids=lambda figure: figure.__name__)
def test_reading_the_code_costs_no_more_than_before(figure: Callable[[], float]):
    counted = figure()
    print(f"{figure.__name__}: {counted:.1f}, at most {MOST[figure]}")
    assert 0 <= counted <= MOST[figure]
