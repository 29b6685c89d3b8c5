"""Where a page in a computed order begins."""

from __future__ import annotations

from datetime import date

from api.films.ordered import FIRST_DAY, beginning
from contract import Order
from index.answer.ranked import Ranked, day_value


def test_a_year_downwards_begins_before_the_first_day_of_the_next() -> None:
    new_year = day_value((date(1995, 1, 1) - FIRST_DAY).days)  # of a film without votes, or with a year alone
    assert float(beginning(1994, Ranked.released, Order.desc).value) < new_year
    assert beginning(1995, Ranked.released, Order.asc).value == new_year
