"""Which rows a search may return."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from contract import Filters

T = TypeVar("T")


class Allowed:
    """The rows that may be returned, out of n.

    Attributes:
        mask: shape (n,), bool; must not be changed afterwards.
        filters: a filter that every allowed row passes, for engines that evaluate filters themselves. The mask is
            what counts: it may exclude more rows, such as those edited since the build. None if no filter made it.
    """

    def __init__(self, mask: NDArray[np.bool_], filters: Filters | None = None) -> None:
        self.mask, self.filters = mask, filters
        self._derived: dict[Callable[[Allowed], Any], Any] = {}

    @cached_property
    def count(self) -> int:
        """How many rows are allowed."""
        return int(np.count_nonzero(self.mask))

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """The allowed rows, ascending."""
        return np.flatnonzero(self.mask)

    def derived(self, make: Callable[[Allowed], T]) -> T:
        """What `make` makes of this object, such as a packed bitmap: made once and kept, since filters repeat.

        `make` is kept, too: it must not refer back to this object, nor hold a table that caches it.
        """
        if make not in self._derived:
            self._derived[make] = make(self)
        found: T = self._derived[make]
        return found
