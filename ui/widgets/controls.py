"""The kinds of widgets that filters have: names and switches; bounds are in `ui.widgets.bounds`.

The address holds the state: a widget shows what the address says, and a change writes a new address. So a widget's
value is set from the address before it is drawn, and read only in the callback.
"""

from __future__ import annotations

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

    def frequent(self, kind: str) -> Sequence[str]:
        """The names of the most films: of `keywords`, `companies`, `directors` or `actors`."""
        return catalogue.frequent(self.api, kind)

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
class Suggested(Names):
    """A box of names: those of the most films are suggested, any other can be typed.

    Attributes:
        kind: of the names, see `Panel.frequent`.
    """

    kind: str = ""
    free: bool = True

    def known(self, panel: Panel) -> Sequence[str]:
        """The names of the most films."""
        return panel.frequent(self.kind)

    def draw(self, panel: Panel) -> None:
        """Draw the box, unless no film has such a name: most catalogues have no credits."""
        if self.known(panel) or self.value(panel.filters):
            super().draw(panel)


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
