"""Shelves as HTML: a row of posters with the rule that chose them."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from ui.html import films as cards
from ui.models.statistics import Shelf
from ui.widgets import links


def shelf(found: Shelf) -> str:
    """A shelf under its title; the shelf of a genre with links to the genres that go with it."""
    title = f"Best of {found.genre}" if found.genre else found.title
    films = "".join(f"<li>{cards.card(film)}</li>" for film in found.films)
    return (
        f'<section class="rk-shelf" aria-label="{escape(title)}"><h2>{escape(title)}</h2>'
        f'<details class="rk-meta"><summary>{escape(found.rule)}</summary>'
        f"<code>{escape(found.formula)}</code></details>"
        f'{_related(found)}<ul class="rk-row-of-films" tabindex="0" '
        f'aria-label="Films: {escape(title)}">{films}</ul>'
        "</section>"
    )


def genres(names: Iterable[str]) -> str:
    """Links to the shelf of each genre."""
    row = _row((name, name) for name in names)
    return f'<nav class="rk-shelf" aria-label="Shelves by genre"><h2>A shelf for every genre</h2>{row}</nav>'


def _related(found: Shelf) -> str:
    if not found.related:
        return ""
    others = _row((name, f"{name} {lift:.1f}×") for name, lift in found.related.items())
    return f'<p class="rk-meta">Goes with, and how many times as often as by chance:</p>{others}'


def _row(genres_and_labels: Iterable[tuple[str, str]]) -> str:
    items = (
        f'<li class="rk-genre"><a class="rk-link" '
        f'href="{escape(links.href(links.FIND, {"genre": [name]}))}">{escape(label)}</a></li>'
        for name, label in genres_and_labels
    )
    return f'<ul class="rk-chips">{"".join(items)}</ul>'
