"""The columns to filter by of a generation's films and of those edited since, as one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.filters import UNDATED, Filters, FilterTable
from index.overlay.layers import Layers
from index.selection import Selection
from index.terms import TermIndex

CACHED_MASKS = 16
"""Selections kept, besides those that the generation keeps: the next edit makes all of them anew."""


class LayeredTerms:
    """Keeps the promises of `index.view.Terms`. Dead films still have names: masks leave them out."""

    def __init__(self, parts: Sequence[TermIndex], layers: Layers) -> None:
        self._parts, self._layers = parts, layers

    def __bool__(self) -> bool:
        return any(self._parts)

    @property
    def names(self) -> Sequence[str]:
        """See `Terms`: those of the generation, then those that came with the edits."""
        return self._named[0]

    def films_with(self, name: str) -> NDArray[np.integer]:
        """See `Terms`."""
        parts = zip(self._parts, self._layers.starts, strict=True)
        return np.concatenate([part.films_with(name) + start for part, start in parts])

    def counts(self, mask: NDArray[np.bool_]) -> NDArray[np.int64]:
        """See `Terms`."""
        names, numbers = self._named
        counts = np.zeros(len(names), np.int64)
        for part, of_part, cut in zip(self._parts, numbers, self._cut(mask), strict=True):
            counts[of_part] += part.counts(cut)  # a part has a name only once
        return counts

    def pairs(self, mask: NDArray[np.bool_]) -> tuple[NDArray[np.integer], NDArray[np.integer]]:
        """See `Terms`."""
        found = [part.pairs(cut) for part, cut in zip(self._parts, self._cut(mask), strict=True)]
        rows = [of_part + start for (of_part, _), start in zip(found, self._layers.starts, strict=True)]
        terms = [of_part[term] for (_, term), of_part in zip(found, self._named[1], strict=True)]
        return np.concatenate(rows), np.concatenate(terms)

    def spelling(self, name: str) -> str | None:
        """See `Terms`."""
        return next((known for part in self._parts if (known := part.spelling(name)) is not None), None)

    def of_film(self, row: int) -> list[str]:
        """See `Terms`."""
        part, local = self._layers.place(row)
        return self._parts[part].of_film(local)

    def _cut(self, mask: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
        return np.split(mask, self._layers.starts[1:])

    @cached_property
    def _named(self) -> tuple[Sequence[str], list[NDArray[np.int64]]]:
        """All names, and for each part where its names are among them."""
        base, *others = self._parts
        fresh: dict[str, tuple[int, str]] = {}
        numbers = [np.arange(len(base.names))]
        for part in others:
            of_part = []
            for name in part.names:
                known = base.term_of(name)
                if known is None:
                    known = fresh.setdefault(name.casefold(), (len(base.names) + len(fresh), name))[0]
                of_part.append(known)
            numbers.append(np.array(of_part, np.int64))
        return [*base.names, *(name for _, name in fresh.values())], numbers


class LayeredFilters:
    """Keeps the promises of `index.view.FilterColumns`."""

    def __init__(self, parts: Sequence[FilterTable], layers: Layers) -> None:
        self._parts, self._layers = parts, layers
        self._columns: dict[str, NDArray[Any]] = {}
        self.terms = {kind: LayeredTerms([part.terms[kind] for part in parts], layers) for kind in parts[0].terms}
        selecting = partial(_select, parts, layers)  # no method: see `index.filters`
        self.select: Callable[[Filters], Selection] = lru_cache(maxsize=CACHED_MASKS)(selecting)

    def column(self, name: str) -> NDArray[Any]:
        """See `FilterColumns`; of a dead row as if nothing were known."""
        if name not in self._columns:
            column = np.concatenate([part.column(name) for part in self._parts])
            column[~self._layers.alive] = UNDATED if name == "released" else 0
            self._columns[name] = column
        return self._columns[name]


def _select(parts: Sequence[FilterTable], layers: Layers, filters: Filters) -> Selection:
    """The living rows that pass in each part."""
    return Selection(np.concatenate([part.select(filters).mask for part in parts]) & layers.alive)
