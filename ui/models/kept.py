"""What a visitor's browser keeps: mixes, films that are seen, and filters, by their names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self
from urllib.parse import parse_qs

from contract import Filters
from ui.models.query import encode, filter_parameters, read_filters
from ui.models.state import MixState, Preferences

MOST_MIXES, MOST_SEEN, MOST_FILTERS = 20, 5_000, 20


def _first_mix() -> Mapping[str, Preferences]:
    return {"": Preferences()}


@dataclass(frozen=True)
class Kept:
    """What a visitor's browser keeps.

    Attributes:
        mixes: by name; "" is the name of the first one.
        current: the name of the one in use.
        seen: ids of films, the latest last.
        leave_out_seen: whether lists leave these out.
        filters: saved ones, by name.
    """

    mixes: Mapping[str, Preferences] = field(default_factory=_first_mix)
    current: str = ""
    seen: tuple[int, ...] = ()
    leave_out_seen: bool = True
    filters: Mapping[str, Filters] = field(default_factory=dict)

    @classmethod
    def read(cls, stored: str) -> Self:
        """What `stored` of an earlier session gave; nothing where somebody changed it so that it cannot be read.

        >>> Kept.read(Kept(seen=(348,)).stored()).seen, Kept.read("damaged") == Kept()
        ((348,), True)
        """
        try:
            found = json.loads(stored)
            mixes = {str(name): MixState.read(parse_qs(mix)).preferences for name, mix in found["mixes"].items()}
            seen = tuple(int(movie_id) for movie_id in found["seen"])
            current, leave_out = str(found["current"]), bool(found["leave_out_seen"])
            saved = found.get("filters", {}).items()  # browsers that kept something before have none
            filters = {str(name): read_filters(parse_qs(query)) for name, query in saved}
        except (ValueError, TypeError, KeyError, AttributeError):
            return cls()
        return cls(mixes, current, seen, leave_out, filters) if current in mixes else cls()

    def stored(self) -> str:
        """All of it as a text."""
        mixes = {name: encode(MixState(mix).query()) for name, mix in self.mixes.items()}
        filters = {name: encode(filter_parameters(saved)) for name, saved in self.filters.items()}
        return json.dumps(vars(self) | {"mixes": mixes, "filters": filters})

    @property
    def preferences(self) -> Preferences:
        """The mix in use."""
        return self.mixes[self.current]

    def using(self, name: str, mix: Preferences) -> Kept:
        """With a mix of this name in use; the oldest other one is dropped where there are too many."""
        others = [(other, kept) for other, kept in self.mixes.items() if other != name]
        mixes = {**self.mixes, name: mix} if name in self.mixes else {**dict(others[1 - MOST_MIXES :]), name: mix}
        return replace(self, mixes=mixes, current=name)

    def renamed(self, name: str) -> Kept:
        """With another name for the mix in use; unchanged if another one has it."""
        if name in self.mixes:
            return self
        return replace(
            self,
            mixes={name if old == self.current else old: mix for old, mix in self.mixes.items()},
            current=name,
        )

    def without_current(self) -> Kept:
        """Without the mix in use; the first one that remains is used."""
        rest = {name: mix for name, mix in self.mixes.items() if name != self.current} or _first_mix()
        return replace(self, mixes=rest, current=next(iter(rest)))

    def new_name(self) -> str:
        """A name that no mix has."""
        return next(name for n in range(2, MOST_MIXES + 3) if (name := f"Mix {n}") not in self.mixes)

    def marked_seen(self, movie_id: int, seen: bool) -> Kept:
        """With a film that is seen, or not."""
        rest = tuple(film for film in self.seen if film != movie_id)
        return replace(self, seen=(*rest, movie_id)[-MOST_SEEN:] if seen else rest)

    def with_filters(self, name: str, filters: Filters) -> Kept:
        """With filters saved under a name; the oldest ones are dropped where there are too many."""
        rest = [(other, saved) for other, saved in self.filters.items() if other != name]
        return replace(self, filters=dict([*rest, (name, filters)][-MOST_FILTERS:]))

    def without_filters(self, name: str) -> Kept:
        """Without the filters of this name."""
        return replace(self, filters={other: saved for other, saved in self.filters.items() if other != name})
