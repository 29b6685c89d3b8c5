"""Films as HTML: wall, rows, neighbours with reasons, marks of the mix; and the small parts that pages share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import htpy as h

from ui import words
from ui.markup.placeholder import poster as drawn_poster
from ui.models.films import MovieSummary, Piece, Recommendation
from ui.models.kept import Kept
from ui.models.query import encode
from ui.models.state import FilmState, MixState

WIDE = 14
"""Letters of a figure's value from which it takes two columns."""
MOST_BLOCKS = 5
MOST_KEYWORDS = 6

Actions = Callable[[MovieSummary], h.Node]
"""What can be done with a film, as markup; None for nothing."""
MORE, LESS = ("like", "More like this", "+"), ("dislike", "Less like this", "−")
"""Verb, label and sign of the two marks."""
SEEN_VERBS = {"seen": True, "unseen": False}


def heading(text: str) -> h.Element:
    """A heading whose text may come from outside: Streamlit's own headings would read it as Markdown."""
    return h.h2(".rk-heading")[text]


def note(*content: h.Node) -> h.Element:
    """A remark in small letters."""
    return h.p(".rk-meta")[content]


def links(addresses: Mapping[str, str]) -> h.Element:
    """Links side by side, from their labels to their addresses."""
    return h.nav(".rk-links")[[h.a(".rk-link", href=address)[label] for label, address in addresses.items()]]


def chips(names: Iterable[str], kind: str = "") -> h.Node:
    """Names in small frames; `kind` is a class of the style sheet. Nothing where there is no name."""
    found = [h.li(class_=kind or None)[name] for name in names]
    return h.ul(".rk-chips")[found] if found else None


def linked_chips(links: Mapping[str, str], kind: str = "") -> h.Element:
    """Names in small frames, each a link to its address."""
    return h.ul(".rk-chips")[
        [h.li(class_=kind or None)[h.a(".rk-link", href=address)[name]] for name, address in links.items()]
    ]


def counts(found: Mapping[str, int]) -> h.Element:
    """Names with how many films each has, those with the most first."""
    ranked = sorted(found.items(), key=lambda count: -count[1])
    return h.ul(".rk-chips", aria_label="Films of each")[
        [h.li(".rk-count")[f"{name} {films:,}"] for name, films in ranked]
    ]


def figures(known: Mapping[str, str]) -> h.Element:
    """Values under their names, side by side."""
    return h.dl(".rk-figures")[
        [
            h.div(class_={"rk-wide-figure": len(value) > WIDE})[h.dt[name], h.dd[value]]
            for name, value in known.items()
        ]
    ]


def matching(count: int) -> h.Element:
    """How many films match, read aloud when it changes."""
    return h.p(".rk-matching", role="status")[h.b[f"{count:,}"], " film" if count == 1 else " films"]


def href(film: MovieSummary) -> str:
    """The address of a film's page."""
    return FilmState(film.id).href()


def no_actions(film: MovieSummary) -> None:
    """Nothing can be done with a film."""


def wall(films: Iterable[MovieSummary], actions: Actions = no_actions) -> h.Element:
    """Posters side by side, each a link to its film, with what can be done with it below."""
    return h.ul(".rk-wall")[[h.li[card(film), actions(film)] for film in films]]


def pickable(films: Iterable[MovieSummary], kept: Kept) -> h.Element:
    """Posters side by side, each a button that likes its film."""
    return h.ul(".rk-wall")[[h.li[_pick(film, film.id in kept.preferences.likes)] for film in films]]


def _pick(film: MovieSummary, picked: bool) -> h.Element:
    return h.button(
        ".rk-mark.rk-pick",
        type="button",
        data_verb="drop" if picked else MORE[0],
        data_film=film.id,
        aria_pressed=str(picked).lower(),
        aria_label=f"{MORE[1]}: {film.title}",
    )[poster(film), h.span(".rk-title")[film.title], _facts(film)]


def card(film: MovieSummary) -> h.Element:
    """A poster with title and year below."""
    return h.a(".rk-link.rk-card", href=href(film))[poster(film), h.span(".rk-title")[film.title], _facts(film)]


def poster(film: MovieSummary) -> h.VoidElement:
    """The poster; the drawn one is behind it and shows if it does not load or there is none."""
    drawn = drawn_poster(film.title, film.year, film.genres)
    remote = film.poster_url if film.poster_url and film.poster_url.startswith(("https://", "http://")) else None
    return h.img(
        ".rk-poster",
        src=remote or drawn,
        alt=f"Poster of {film.name}" if remote else f"Drawn poster of {film.name}",
        loading="lazy",
        width=342,
        height=513,
        style=f"background-image:url({drawn})",
    )


def suggestions(films: Iterable[MovieSummary], query: str) -> h.Element:
    """Films in rows: small poster, title, original title, year, genres; `query` is what they were found for."""
    return h.ul(".rk-rows", data_query=query)[[h.li[_suggestion(film)] for film in films]]


def _suggestion(film: MovieSummary) -> h.Element:
    return h.a(".rk-link.rk-row", href=href(film))[
        poster(film),
        h.span[h.span(".rk-title")[film.title], original_title(film), _facts(film), chips(film.genres[:3])],
    ]


def choices(films: Iterable[MovieSummary], actions: Actions) -> h.Element:
    """Films in small rows, each with what can be done with it."""
    return h.ul(".rk-choices")[
        [
            h.li(".rk-choice")[
                poster(film),
                h.span[h.a(".rk-link.rk-title", href=href(film))[film.title], _facts(film)],
                actions(film),
            ]
            for film in films
        ]
    ]


def unknown(found: Mapping[int, str]) -> h.Element:
    """Films that the catalogue does not contain, by their ids, each with the address of the page without it."""
    return h.div(".rk-unknown", role="status")[
        h.p["Not in the catalogue:" if len(found) == 1 else "These are not in the catalogue:"],
        linked_chips({f"Film {movie_id}: remove": address for movie_id, address in found.items()}),
    ]


def original_title(film: MovieSummary) -> h.Node:
    """The original title where it differs."""
    if film.original_title.casefold() == film.title.casefold():
        return None
    return h.span(".rk-original")[film.original_title]


def neighbours(results: Iterable[Recommendation], actions: Actions, full: float = 1.0) -> h.Element:
    """Recommended films in order, each with its score, the reasons, and what can be done with it.

    Args:
        full: the score of a full bar.
    """
    return h.ol(".rk-neighbours")[[h.li[_neighbour(result, actions(result.movie), full)] for result in results]]


def _neighbour(result: Recommendation, actions: h.Node, full: float) -> h.Element:
    film, shared = result.movie, result.why.shared
    hidden = len(shared.keywords) - MOST_KEYWORDS
    return h.article(".rk-relative")[
        # The poster repeats the link of the title, so it is left out for keyboards and screen readers.
        h.a(".rk-link", href=href(film), tabindex=-1, aria_hidden="true")[poster(film)],
        h.div[
            h.h3[h.a(".rk-link", href=href(film))[film.title]],
            _facts(film),
            score(result.score, full),
            why_bars(result.why.blocks),
            chips(shared.genres, "rk-genre"),
            chips(shared.keywords[:MOST_KEYWORDS]),
            hidden > 0 and h.span(".rk-meta")[f"and {hidden} more keywords in common"],
            actions,
        ],
    ]


def score(value: float, full: float = 1.0) -> h.Element:
    """A score as a bar with its number; a full bar stands for `full`."""
    return h.div(".rk-score", role="img", aria_label=f"Similarity {value:.3f} of {full:.4g}")[
        h.span(".rk-track")[h.span(style=f"width:{_percent(value / full)}")], h.b[f"{value:.3f}"]
    ]


def why_bars(blocks: Mapping[str, float], most: int = MOST_BLOCKS) -> h.Element:
    """Each block's contribution to the score, the largest first; those beyond `most` together."""
    ranked = sorted(blocks.items(), key=lambda block: -abs(block[1]))
    shown = [(words.block(name), part) for name, part in ranked[:most] if part]
    rest = sum(part for _, part in ranked[most:])
    if round(rest, 3):
        shown.append(("Everything else", rest))
    longest = max((abs(part) for _, part in shown), default=1.0)
    return h.dl(".rk-why")[[element for label, part in shown for element in _bar(label, part, longest)]]


def _bar(label: str, part: float, longest: float) -> tuple[h.Element, h.Element]:
    bar, value = h.span(style=f"width:{_percent(abs(part) / longest)}"), h.b[words.signed(part)]
    return h.dt[label], h.dd(class_="rk-negative" if part < 0 else None)[bar, value]


def _facts(film: MovieSummary) -> h.Element:
    """Year and rating; a no-break space keeps the line where neither is known."""
    rating = words.rating(film.vote_average, film.vote_count)
    known = " · ".join(part for part in (str(film.year or ""), rating) if part)
    return h.span(".rk-meta")[known or "\N{NO-BREAK SPACE}"]


def _percent(share: float) -> str:
    return f"{min(max(share, 0.0), 1.0) * 100:.1f}%"


def mark_buttons(film: MovieSummary, kept: Kept, more: h.Node = None, own: h.Node = None) -> h.Renderable:
    """More and less like this, and seen, as buttons that stay pressed; a second press removes the mark.

    Args:
        more: what else can be done with the film.
        own: a member's marks, which have a button for seen.
    """
    mix = kept.preferences
    return h.fragment[
        h.div(".rk-marks")[
            _button(*MORE, film, film.id in mix.likes),
            _button(*LESS, film, film.id in mix.dislikes),
            own is None and seen_button(film, kept),
            more,
        ],
        own,
    ]


def seen_button(film: MovieSummary, kept: Kept) -> h.Element:
    """Whether the film is seen, as a button."""
    return _button("seen", "Seen", "✓", film, film.id in kept.seen, "unseen")


def _button(
    verb: str, label: str, sign: str, film: MovieSummary, pressed: bool, undone_by: str = "drop"
) -> h.Element:
    return h.button(
        f".rk-mark.rk-{verb}",
        type="button",
        data_verb=undone_by if pressed else verb,
        data_film=film.id,
        aria_pressed=str(pressed).lower(),
        aria_label=f"{label}: {film.title}",
    )[h.span(aria_hidden="true")[sign], f" {label}"]


def mix_name(name: str) -> str:
    """The name of a mix; the first one has none of its own."""
    return name or "Your mix"


def mix_tray(kept: Kept) -> h.Element:
    """What the mix in use contains and the link to it, for every page."""
    preferences = kept.preferences
    contents = [
        f"{len(preferences.likes)} liked" if preferences.likes else "",
        f"{len(preferences.dislikes)} disliked" if preferences.dislikes else "",
        "your words" if preferences.text else "",
    ]
    return h.aside(".rk-tray", aria_label="Your mix")[
        h.span[f"{mix_name(kept.current)}: {', '.join(filter(None, contents))}"],
        h.a(".rk-link", href=MixState(preferences, name=kept.current).href())["See its films →"],
    ]


def mix_links(state: MixState, film: MovieSummary, more: h.Node = None) -> h.Element:
    """More and less like this, as links to the mix with the film in it.

    Args:
        more: what else can be done with the film.
    """
    targets = (state.preferences.with_like(film.id), state.preferences.with_dislike(film.id))
    return h.div(".rk-marks")[
        [
            h.a(
                f".rk-link.rk-mark.rk-{kind}",
                data_stay="1",
                href=replace(state, preferences=target).href(),
                aria_label=f"{label}: {film.title}",
            )[h.span(aria_hidden="true")[sign], f" {label}"]
            for (kind, label, sign), target in zip((MORE, LESS), targets, strict=True)
        ],
        more,
    ]


def mix_contents(state: MixState, likes: Sequence[MovieSummary], dislikes: Sequence[MovieSummary]) -> h.Element:
    """The films of the mix, each with a link that removes it, and the link that saves the mix."""
    return h.section(".rk-mix", aria_label="In this mix")[
        _group("More like", state, likes),
        _group("Less like", state, dislikes),
        h.nav(".rk-links")[
            h.a(".rk-link.rk-copy", href=state.href())["Copy the link to this mix"],
            # An address without parameters would show the mix again.
            h.a(".rk-link", href=f"{MixState.PAGE}?{encode({'like': '', **MixState(name=state.name).query()})}")[
                "Start again"
            ],
        ],
    ]


def readings(state: MixState, read: Iterable[Piece]) -> h.Element:
    """What the text of a mix was read to ask for; each piece is a link that takes it off."""
    wanted = state.preferences
    again = replace(state, preferences=wanted.with_text(wanted.text))
    return h.section(".rk-read", aria_label="How your words were read")[
        note("Read as"),
        h.ul(".rk-chips")[
            [
                h.li[
                    h.a(
                        ".rk-link",
                        data_stay="1",
                        href=replace(state, preferences=wanted.without_piece(piece.key)).href(),
                        title=f"from “{piece.words}”",
                        aria_label=f"Take off: {label}",
                    )[label, " ", h.span(aria_hidden="true")["✕"]]
                ]
                for piece in read
                for label in [words.piece(piece.kind, piece.value, piece.how, piece.words)]
            ],
            wanted.unread and h.li[h.a(".rk-link", data_stay="1", href=again.href())["Read all of it again"]],
        ],
    ]


def _group(name: str, state: MixState, found: Iterable[MovieSummary]) -> h.Node:
    return found and [h.h2[name], choices(found, lambda film: _remove(state, film))]


def _remove(state: MixState, film: MovieSummary) -> h.Element:
    rest = replace(state, preferences=state.preferences.without(film.id))
    return h.a(".rk-link.rk-remove", data_stay="1", href=rest.href(), aria_label=f"Remove {film.title}")["✕"]
