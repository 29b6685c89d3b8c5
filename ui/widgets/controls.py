"""The kinds of widgets that filters have: names, ranges, lower bounds, switches.

The address holds the state: a widget shows what the address says, and a change writes a new address. So a widget's
value is set from the address before it is drawn, and read only in the callback.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import streamlit as st

from contract import Filters
from ui import catalogue
from ui.client import Client
from ui.markup.films import counts

Changes = dict[str, Any]
"""New values of some filters, by name."""


@dataclass(frozen=True)
class Panel:
    """Where controls are drawn.

    Attributes:
        prefix: of the widgets' keys, one for each page.
        touched: called after a change, before the next run.
    """

    api: Client
    filters: Filters
    prefix: str
    touched: Callable[[], None]

    @cached_property
    def keywords(self) -> Sequence[str]:
        """The keywords of the most films."""
        return catalogue.keywords(self.api)

    @cached_property
    def genres(self) -> Mapping[str, int]:
        """The genres, and how many films each would leave."""
        counts = catalogue.genres(self.api, replace(self.filters, genres=()))
        return {count.name: count.films for count in sorted(counts, key=lambda count: count.name)}

    def key(self, control: Control) -> str:
        """The widget's key, with the value of the address in it."""
        key, value = self.prefix + control.key, control.value(self.filters)
        if key not in st.session_state or st.session_state[key] != value:  # setting an equal one disturbs typing
            st.session_state[key] = value
        return key


@dataclass(frozen=True)
class Control(ABC):
    """A widget for one filter, or for two that belong together.

    Attributes:
        key: of the widget, without the page's prefix.
    """

    key: str
    label: str

    @property
    def names(self) -> tuple[str, ...]:
        """The filters that it sets."""
        return (self.key,)

    @abstractmethod
    def value(self, filters: Filters) -> Any:
        """What the widget shows."""

    @abstractmethod
    def changes(self, value: Any, before: Filters) -> Changes:
        """The filters that a value of the widget means."""

    @abstractmethod
    def draw(self, panel: Panel) -> None:
        """Draw the widget."""

    @abstractmethod
    def in_words(self, filters: Filters) -> Iterator[tuple[str, Changes]]:
        """Each value that is set, in words, and the changes that remove it."""


@dataclass(frozen=True)
class Names(Control):
    """A box of names.

    The browser sends labels and not names, so a label depends on its name alone: one with a count in it that
    changed between two runs would come back as a new name.

    Attributes:
        options: to choose from.
        free: whether others can be typed.
        said: an active name in words, `{}` for its label.
    """

    placeholder: str = ""
    options: Sequence[str] = ()
    free: bool = False
    said: str = "{}"
    text: Callable[[str], str] = str

    def value(self, filters: Filters) -> list[str]:
        """The names."""
        return list(getattr(filters, self.key))

    def changes(self, value: Any, before: Filters) -> Changes:
        """The names."""
        return {self.key: tuple(value)}

    def known(self, panel: Panel) -> Sequence[str]:
        """The names to choose from."""
        return self.options

    def draw(self, panel: Panel) -> None:
        """Draw the box."""
        st.multiselect(
            self.label,
            list(dict.fromkeys([*self.known(panel), *self.value(panel.filters)])),
            key=panel.key(self),
            format_func=self.text,
            accept_new_options=self.free,
            select_all=False,  # it would stand first, and Enter chooses the first row
            placeholder=self.placeholder,
            on_change=panel.touched,
        )

    def in_words(self, filters: Filters) -> Iterator[tuple[str, Changes]]:
        """One text for each name."""
        names = self.value(filters)
        for name in names:
            yield self.said.format(self.text(name)), {self.key: tuple(other for other in names if other != name)}


@dataclass(frozen=True)
class Genres(Names):
    """A box of the genres that the API knows.

    Attributes:
        counted: whether to say below the box how many films each would leave.
    """

    counted: bool = False

    def known(self, panel: Panel) -> Sequence[str]:
        """The genres of the films that pass the other filters."""
        return list(panel.genres)

    def draw(self, panel: Panel) -> None:
        """Draw the box and the counts."""
        super().draw(panel)
        if self.counted:
            st.html(counts(panel.genres))


@dataclass(frozen=True)
class Keywords(Names):
    """A box of keywords: those of the most films are suggested, any other can be typed."""

    def known(self, panel: Panel) -> Sequence[str]:
        """The keywords of the most films."""
        return panel.keywords


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


@dataclass(frozen=True)
class Switch(Control):
    """A toggle."""

    said: str

    def value(self, filters: Filters) -> bool:
        """Whether it is on."""
        return bool(getattr(filters, self.key))

    def changes(self, value: Any, before: Filters) -> Changes:
        """Whether it is on."""
        return {self.key: value}

    def draw(self, panel: Panel) -> None:
        """Draw the toggle."""
        st.toggle(self.label, key=panel.key(self), on_change=panel.touched)

    def in_words(self, filters: Filters) -> Iterator[tuple[str, Changes]]:
        """That it is on."""
        if self.value(filters):
            yield self.said, {self.key: False}
