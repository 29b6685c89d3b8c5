"""Pages in the computed orders of the generation: the keys of the pages before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from api.serving.edits import Snapshot
from contract import Filters, Order
from index.answer.ranked import Place, Ranked, day_value
from sql.browse import AFTER_IDS, BEFORE_IDS, PageKey

FIRST_DAY = date(1970, 1, 1)


@dataclass(frozen=True)
class OrderedPage:
    """Rows of a view in order; the keys of the pages before and after, None at the ends; how many films match."""

    rows: Sequence[int]
    next: PageKey | None
    previous: PageKey | None
    total: int


def page(
    snapshot: Snapshot, filters: Filters, sort: Ranked, order: Order, key: PageKey | None, limit: int, seed: int
) -> OrderedPage:
    """One page in a computed order; by runtime, only of films whose runtime is known.

    Args:
        key: `next` or `previous` of another page, or where it starts; None for the first page.
    """
    if sort is Ranked.runtime:
        filters = replace(filters, runtime_min=max(filters.runtime_min or 1, 1))
    chosen = snapshot.selection(filters)

    def step(rising: bool, wanted: int) -> list[Place]:
        place = None if key is None else (float(key.value), key.movie_id)
        return snapshot.rankings.after(sort, chosen, place, rising=rising, wanted=wanted, seed=seed)

    backwards = key is not None and key.backwards
    rising = (order is Order.asc) != backwards
    found = step(rising, limit + 1)
    more, found = len(found) > limit, found[:limit]
    behind = key is not None and (not key.between_films or bool(step(not rising, 1)))
    if backwards:
        found.reverse()
    before, after = (more, behind) if backwards else (behind, more)
    keys: list[tuple[str | float, int]] = [(place.value, place.movie_id) for place in found]
    if not keys and key is not None:
        keys = [(key.value, key.movie_id)]
    return OrderedPage(
        rows=[place.row for place in found],
        next=PageKey(*keys[-1], backwards=False) if keys and after else None,
        previous=PageKey(*keys[0], backwards=True) if keys and before else None,
        total=chosen.count,
    )


def beginning(start: float, sort: Ranked, order: Order) -> PageKey:
    """The key of the page that starts at a value of the sort: at a year where films are sorted by day."""
    if sort is Ranked.released:
        year = min(max(int(start), date.min.year), date.max.year - 1)
        day = date(year if order is Order.asc else year + 1, 1, 1) - FIRST_DAY
        start = day_value(day.days) - (order is Order.desc)
    rising = order is Order.asc
    return PageKey(start, BEFORE_IDS if rising else AFTER_IDS, backwards=False)
