"""The service's status: what is served, its routes, its generations, and what one of them changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import htpy as h

from ui import words
from ui.markup import films
from ui.markup.films import figures, note
from ui.models.films import MovieSummary
from ui.models.jobs import Job, Live, Times
from ui.models.operations import ChangedFilm, Changes, Generation, Ready, Route, SomeFilms
from ui.models.state import FilmState

OK = "ok"
ONE_SECOND_MS = 1e3
QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


def state(ready: Ready) -> h.Fragment:
    """What is served, and what is wrong if anything is."""
    known = {
        "Serving": ready.generation or "nothing",
        "Database": "reachable" if ready.database == OK else "not reachable",
        _lag_name(ready.lag): "unknown" if ready.lag is None else f"{abs(ready.lag):,}",
    }
    if ready.edits is not None:
        known["Edits awaiting rebuild"] = f"{ready.edits:,}"
    if ready.edits_age_s is not None:
        known["Age of the oldest edit"] = words.seconds(ready.edits_age_s)
    if ready.neighbours is False:
        known["Nearest films"] = "not found in advance"
    problems = [text for text in (ready.problem, ready.database) if text and text != OK]
    return h.fragment[figures(known), [h.p(".rk-error", role="alert")[text] for text in problems]]


def _lag_name(lag: int | None) -> str:
    return "Indexed, not in the database" if lag is not None and lag < 0 else "Not yet indexed"


def latencies(recent: Route, span_s: float) -> h.Element:
    """Requests a second over some seconds, their latencies and faults."""
    rate = f"{recent.requests / span_s:,.1f}" if span_s else "–"
    return figures({"Requests a second": rate, **_quantiles(recent), "Faults (5xx)": f"{recent.faults:,.0f}"})


def counters(cache: Mapping[str, float], recall: tuple[float, float]) -> h.Element:
    """How often the cache answered, and the recall of sampled answers."""
    lookups = sum(cache.values())
    hits = lookups - cache.get("miss", 0.0)
    total, sampled = recall
    return figures(
        {
            "Answered from cache": f"{hits / lookups:.0%}" if lookups else "–",
            "Sampled recall": f"{total / sampled:.3f}" if sampled else "–",
            "Requests sampled": f"{sampled:,.0f}",
        }
    )


def routes(found: Mapping[str, Route]) -> h.Element:
    """A table of routes, those with the most requests first."""
    ranked = sorted(found.items(), key=lambda item: -item[1].requests)
    rows = [
        _row(
            h.code[name],
            (f"{route.requests:,.0f}", f"{route.faults:,.0f}", *_quantiles(route).values()),
        )
        for name, route in ranked
    ]
    return _table("Route", ("Requests", "Faults", *QUANTILES), rows)


def visitors(seen: Live, titles: Mapping[str, str]) -> h.Fragment:
    """What visitors do today, in figures and three lists.

    Args:
        titles: of the films that were opened, by id.
    """
    known = {"Today": f"{seen.visitors:,}", "Now": f"{seen.now:,}", "Requests": f"{seen.requests:,}"}
    opened = [(FilmState(int(film.what)).href(), titles[film.what], film.times) for film in seen.opened]
    return h.fragment[
        figures(known),
        h.div(".rk-lists")[
            _searches("Searched for most", seen.searched),
            _searches("Searched for and not found", seen.nothing),
            _counted(
                "Films opened most",
                [(h.a(".rk-link.rk-film-link", href=href)[title], times) for href, title, times in opened],
                "None yet.",
            ),
        ],
    ]


def _searches(name: str, found: Iterable[Times]) -> h.Element:
    counted = [(search.what, search.times) for search in found]
    return _counted(name, counted, "None yet. A search is shown once five visitors have made it.")


def _counted(name: str, found: Sequence[tuple[h.Node, int]], none: str) -> h.Element:
    rows = h.ol[[h.li[what, " ", h.span(".rk-meta")[f"{times:,}×"]] for what, times in found]]
    return h.section(aria_label=name)[h.h3[name], rows if found else note(none)]


def job(label: str, found: Job) -> h.Element:
    """A rebuild: what, where it is, by whom and when; of a failed one, why.

    Args:
        label: of its kind.
    """
    ended = found.ended_at and found.started_at and words.between(found.started_at, found.ended_at)
    facts = (f"by {found.by}", words.moment(found.created_at), ended and f"took {ended}")
    latest = found.log[-1] if found.log and found.open else None
    return h.section(".rk-job", aria_label=f"{label}: {found.state}")[
        h.h3[label, " ", h.span(".rk-state", data_state=found.state)[found.state]],
        note(" · ".join(fact for fact in facts if fact)),
        latest and note(latest),
        found.error and h.p(".rk-error")[found.error],
    ]


def command(text: str) -> h.Element:
    """A command to be typed. Streamlit's own element for it loads half a megabyte."""
    return h.pre(".rk-printed", tabindex=0)[h.code[text]]


def printed(lines: Iterable[str]) -> h.Element:
    """What a job printed."""
    return h.pre(".rk-printed", tabindex=0, role="region", aria_label="What it printed")["\n".join(lines)]


def generations(found: Iterable[Generation]) -> h.Element:
    """A table of generations; the served one is marked, a damaged one shows what is wrong with it."""
    numbers = ("Films", "Recall@10 known", "any", "Size", "Built in")
    return _table("Generation", numbers, [_generation(built) for built in found], ("Vectors", "Index"))


def _generation(built: Generation) -> h.Element:
    name = [
        built.id,
        built.served and [" ", h.span(".rk-served")["served"]],
        built.created_at and h.span(".rk-meta")[words.moment(built.created_at)],
    ]
    if built.problem is not None:
        return h.tr[h.th(scope="row")[name], h.td(".rk-error", colspan=7)[built.problem]]
    recall = built.recall or {}
    numbers = (
        f"{built.rows:,}" if built.rows is not None else "",
        *(f"{recall[kind]:.3f}" if kind in recall else "" for kind in ("known", "random")),
        words.size(built.size_bytes) if built.size_bytes is not None else "",
        words.seconds(built.build_s) if built.build_s is not None else "",
    )
    parameters = ", ".join(f"{name} {value:,}" for name, value in (built.parameters or {}).items())
    return _row(name, numbers, (built.profile, [built.engine, h.span(".rk-meta")[parameters]]))


def changes(found: Changes) -> h.Element:
    """Films that came and went, and those whose neighbours changed most."""
    known = {
        "Films that came": f"{found.came.count:,}",
        "Films that went": f"{found.went.count:,}",
        "Films compared": f"{found.compared:,}",
        "Neighbours kept, of ten": "–" if found.kept is None else f"{found.kept:.2f}",
        "Films with the same ten": f"{found.unchanged:,}",
    }
    return h.section(".rk-changes", aria_label="Changes")[
        figures(known),
        _some("Came", found.came),
        _some("Went", found.went),
        found.changed
        and [h.h3["Changed most"], h.ol(".rk-changed")[[h.li[_changed(change)] for change in found.changed]]],
    ]


def _some(verb: str, some: SomeFilms) -> h.Node:
    more = some.count - len(some.films)
    return some.films and h.p[h.b[f"{verb}:"], " ", _links(some.films), more > 0 and f" and {more:,} more"]


def _changed(change: ChangedFilm) -> h.Node:
    return [
        h.p[_links([change.movie]), " ", h.b[f"keeps {change.kept} of 10"]],
        note("went: ", _links(change.went)),
        note("came: ", _links(change.came)),
    ]


def _links(found: Sequence[MovieSummary]) -> h.Node:
    return [
        [n > 0 and ", ", h.a(".rk-link.rk-film-link", href=films.href(film))[film.name]]
        for n, film in enumerate(found)
    ]


def _table(first: str, numbers: Iterable[str], rows: h.Node, texts: Iterable[str] = ()) -> h.Element:
    """A table that scrolls sideways where it is wider than the page."""
    return h.div(".rk-wide", tabindex=0, role="region", aria_label=f"{first}s")[
        h.table(".rk-table")[
            h.thead[
                h.tr[
                    h.th(scope="col")[first],
                    [h.th(".rk-number", scope="col")[name] for name in numbers],
                    [h.th(scope="col")[name] for name in texts],
                ]
            ],
            h.tbody[rows],
        ]
    ]


def _row(name: h.Node, numbers: Iterable[str], texts: Iterable[h.Node] = ()) -> h.Element:
    return h.tr[
        h.th(scope="row")[name], [h.td(".rk-number")[number] for number in numbers], [h.td[text] for text in texts]
    ]


def _quantiles(route: Route) -> dict[str, str]:
    return {name: _ms(route.quantile_ms(share)) for name, share in QUANTILES.items()}


def _ms(milliseconds: float | None) -> str:
    if milliseconds is None:
        return "–"
    return f"{milliseconds:.3g} ms" if milliseconds < ONE_SECOND_MS else f"{milliseconds / ONE_SECOND_MS:.3g} s"
