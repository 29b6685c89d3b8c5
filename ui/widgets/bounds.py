"""Widgets of filters by bounds: ranges, dates, lower and upper bounds."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import streamlit as st

from contract import FIRST_YEAR, LAST_YEAR, Filters
from ui import words
from ui.widgets.controls import Changes, Control, Panel

FIRST_DAY, LAST_DAY = date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)


@dataclass(frozen=True)
class Range(Control):
    """A slider with two ends for `KEY_min` and `KEY_max`; an end at its limit means no bound.

    Attributes:
        boxes: whether both ends can be typed, too.
    """

    least: int
    most: Callable[[], int]
    step: int
    said: str
    stem: str
    boxes: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The two bounds."""
        return f"{self.stem}_min", f"{self.stem}_max"

    def _bounds(self, filters: Filters) -> tuple[int | None, int | None]:
        low, high = (getattr(filters, name) for name in self.names)
        return low, high

    def _limits(self, filters: Filters) -> tuple[int, int]:
        """The ends of the slider: outside of the bounds that are set, since an end means no bound."""
        bounds = [bound for bound in self._bounds(filters) if bound is not None]
        least, most = self.least, self.most()
        low = min([least, *(max(bound - self.step, 0) for bound in bounds if bound <= least)])
        return low, max([most, *(bound + self.step for bound in bounds if bound >= most)])

    def value(self, filters: Filters) -> tuple[int, int]:
        """Both ends, in order."""
        low, high = (
            limit if bound is None else bound
            for bound, limit in zip(self._bounds(filters), self._limits(filters), strict=True)
        )
        return min(low, high), max(low, high)

    def changes(self, value: Any, before: Filters) -> Changes:
        """The bounds; None for an end at its limit."""
        (low, high), (least, most) = value, self._limits(before)
        return dict(zip(self.names, (low if low > least else None, high if high < most else None), strict=True))

    def draw(self, panel: Panel) -> None:
        """Draw the slider."""
        least, most = self._limits(panel.filters)
        st.slider(self.label, least, most, step=self.step, key=panel.key(self), on_change=panel.touched)
        if self.boxes:
            self._draw_boxes(panel)

    def _draw_boxes(self, panel: Panel) -> None:
        """A box for each end."""
        key = panel.key(self)
        ends = {"From": f"{key}-from", "To": f"{key}-to"}

        def typed() -> None:
            low, high = sorted(st.session_state[box] for box in ends.values())
            st.session_state[key] = low, high
            panel.touched()

        for column, value, (label, box) in zip(
            st.columns(2), self.value(panel.filters), ends.items(), strict=True
        ):
            if st.session_state.get(box) != value:
                st.session_state[box] = value
            column.number_input(f"{self.label}: {label.lower()}", 0, 9999, step=1, key=box, on_change=typed)

    def in_words(self, filters: Filters) -> Iterator[tuple[str, Changes]]:
        """One text for both bounds."""
        low, high = self._bounds(filters)
        if low is None and high is None:
            return
        span = f"up to {high}" if low is None else f"from {low}" if high is None else f"{low} to {high}"
        yield self.said.format(span), dict.fromkeys(self.names)


@dataclass(frozen=True)
class Day(Control):
    """A box for a date.

    Attributes:
        said: an active date in words.
    """

    said: str

    def value(self, filters: Filters) -> date | None:
        """The date."""
        found: date | None = getattr(filters, self.key)
        return found

    def changes(self, value: Any, before: Filters) -> Changes:
        """The date, or None."""
        return {self.key: value}

    def draw(self, panel: Panel) -> None:
        """Draw the box."""
        key = panel.key(self)
        st.date_input(
            self.label,
            min_value=FIRST_DAY,
            max_value=LAST_DAY,
            format="YYYY-MM-DD",
            key=key,
            on_change=panel.touched,
        )

    def in_words(self, filters: Filters) -> Iterator[tuple[str, Changes]]:
        """The date."""
        if day := self.value(filters):
            yield self.said.format(words.day(day.isoformat())), {self.key: None}


@dataclass(frozen=True)
class AtLeast(Control):
    """A slider for a lower bound; 0 means none.

    Attributes:
        stops: the values to choose from; none for a continuous slider up to `most`.
    """

    said: str
    most: float = 0
    stops: Sequence[int] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The bound."""
        return (f"{self.key}_min",)

    def value(self, filters: Filters) -> float:
        """The bound, or 0."""
        return getattr(filters, self.names[0]) or (0 if self.stops else 0.0)

    def changes(self, value: Any, before: Filters) -> Changes:
        """The bound, or None."""
        return {self.names[0]: value or None}

    def draw(self, panel: Panel) -> None:
        """Draw the slider."""
        if not self.stops:
            st.slider(
                self.label,
                0.0,
                self.most,
                step=0.1,
                format="%.1f",
                key=panel.key(self),
                on_change=panel.touched,
            )
            return
        st.select_slider(
            self.label,
            sorted({*self.stops, self.value(panel.filters)}),
            key=panel.key(self),
            format_func=lambda bound: f"{bound:,}" if bound else "any",
            on_change=panel.touched,
        )

    def in_words(self, filters: Filters) -> Iterator[tuple[str, Changes]]:
        """The bound."""
        if bound := self.value(filters):
            yield self.said.format(bound), {self.names[0]: None}


@dataclass(frozen=True)
class AtMost(Control):
    """A slider for an upper bound; its last stop means none.

    Attributes:
        stem: of the filter's name.
        stops: the values to choose from.
    """

    stem: str
    said: str
    stops: Sequence[float]

    @property
    def names(self) -> tuple[str, ...]:
        """The bound."""
        return (f"{self.stem}_max",)

    def value(self, filters: Filters) -> float:
        """The bound, or infinity."""
        bound = getattr(filters, self.names[0])
        return math.inf if bound is None else bound

    def changes(self, value: Any, before: Filters) -> Changes:
        """The bound, or None."""
        return {self.names[0]: None if math.isinf(value) else value}

    def draw(self, panel: Panel) -> None:
        """Draw the slider."""
        st.select_slider(
            self.label,
            sorted({*self.stops, self.value(panel.filters), math.inf}),
            key=panel.key(self),
            format_func=lambda bound: "any" if math.isinf(bound) else f"{bound:,}",
            on_change=panel.touched,
        )

    def in_words(self, filters: Filters) -> Iterator[tuple[str, Changes]]:
        """The bound."""
        if not math.isinf(bound := self.value(filters)):
            yield self.said.format(bound), {self.names[0]: None}
