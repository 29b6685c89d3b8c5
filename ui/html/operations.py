"""How the service fares as HTML: its state, its routes, its generations, and what one of them changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

from ui import words
from ui.html import details as facts
from ui.html import films as cards
from ui.models.films import MovieSummary
from ui.models.metrics import Route
from ui.models.operations import Built, ChangedFilm, Changes, Ready, SomeFilms
from ui.widgets import links

OK = "ok"
ONE_SECOND_MS = 1e3


def state(ready: Ready) -> str:
    """What is served, from what, and what it lacks."""
    known = {
        "Serving": ready.generation or "nothing",
        "Database": "answers" if ready.database == OK else "away",
        "Films, database less index": "unknown" if ready.lag is None else f"{ready.lag:,}",
    }
    if ready.edits is not None:
        known["Edits beside the index"] = f"{ready.edits:,}"
    if ready.edits_age_s is not None:
        known["Oldest of these edits"] = words.seconds(ready.edits_age_s)
    wrong = [text for text in (ready.problem, None if ready.database == OK else ready.database) if text]
    return facts.figures(known) + "".join(f'<p class="rk-wrong" role="alert">{escape(text)}</p>' for text in wrong)


def latencies(recent: Route, span_s: float) -> str:
    """Requests a second over some seconds, their latencies and faults."""
    rate = f"{recent.requests / span_s:,.1f}" if span_s else "–"
    known = {"Requests a second": rate}
    known |= {f"p{share:.0%}".removesuffix("%"): _ms(recent.quantile_ms(share)) for share in (0.5, 0.95, 0.99)}
    return facts.figures(known | {"Faults (5xx)": f"{recent.faults:,.0f}"})


def counters(cache: Mapping[str, float], recall: tuple[float, float]) -> str:
    """How often answers came from memory, and how good the sampled ones were."""
    asked = sum(cache.values())
    saved = asked - cache.get("miss", 0.0)
    total, sampled = recall
    return facts.figures(
        {
            "Answered from memory": f"{saved / asked:.0%}" if asked else "–",
            "Sampled recall": f"{total / sampled:.3f}" if sampled else "–",
            "Questions sampled": f"{sampled:,.0f}",
        }
    )


def routes(found: Mapping[str, Route]) -> str:
    """A table of routes, those with the most requests first."""
    ranked = sorted(found.items(), key=lambda item: -item[1].requests)
    rows = (
        _row(
            f"<code>{escape(name)}</code>",
            (
                f"{route.requests:,.0f}",
                f"{route.faults:,.0f}",
                *(_ms(route.quantile_ms(share)) for share in (0.5, 0.95, 0.99)),
            ),
        )
        for name, route in ranked
    )
    return _table("Route", ("Requests", "Faults", "p50", "p95", "p99"), rows)


def generations(found: Iterable[Built]) -> str:
    """A table of generations; the served one is marked, a damaged one says what is wrong with it."""
    heads = ("Films", "Recall@10 known", "any", "Size", "Built in")
    return _table("Generation", heads, (_generation(built) for built in found), ("Vectors", "Index"))


def _generation(built: Built) -> str:
    served = ' <span class="rk-served">served</span>' if built.served else ""
    when = f'<span class="rk-meta">{words.moment(built.created_at)}</span>' if built.created_at else ""
    name = f"{escape(built.id)}{served}{when}"
    if built.problem is not None:
        return f'<tr><th scope="row">{name}</th><td colspan="7" class="rk-wrong">{escape(built.problem)}</td></tr>'
    recall = built.recall or {}
    numbers = (
        f"{built.rows:,}" if built.rows is not None else "",
        *(f"{recall[kind]:.3f}" if kind in recall else "" for kind in ("known", "random")),
        words.size(built.size_bytes) if built.size_bytes is not None else "",
        words.seconds(built.build_s) if built.build_s is not None else "",
    )
    chosen = ", ".join(f"{name} {value:,}" for name, value in (built.parameters or {}).items())
    engine = f'{escape(built.engine or "")}<span class="rk-meta">{escape(chosen)}</span>'
    return _row(name, numbers, f"<td>{escape(built.profile or '')}</td><td>{engine}</td>")


def changes(found: Changes) -> str:
    """Films that came and went, and those whose nearest changed most."""
    known = {
        "Films that came": f"{found.came.count:,}",
        "Films that went": f"{found.went.count:,}",
        "Films compared": f"{found.compared:,}",
        "Kept of their ten nearest": "–" if found.kept is None else f"{found.kept:.2f}",
        "Films with the same ten": f"{found.unchanged:,}",
    }
    lists = _some("Came", found.came) + _some("Went", found.went)
    changed = "".join(f"<li>{_changed(change)}</li>" for change in found.changed)
    most = f'<h3>Changed most</h3><ol class="rk-changed">{changed}</ol>' if changed else ""
    return f'<section class="rk-changes" aria-label="Changes">{facts.figures(known)}{lists}{most}</section>'


def _some(verb: str, films: SomeFilms) -> str:
    more = f" and {films.count - len(films.films):,} more" if films.count > len(films.films) else ""
    return f"<p><b>{verb}:</b> {_links(films.films)}{more}</p>" if films.films else ""


def _changed(change: ChangedFilm) -> str:
    return (
        f"<p>{_links([change.movie])} <b>keeps {change.kept} of 10</b></p>"
        f'<p class="rk-meta">went: {_links(change.went)}</p><p class="rk-meta">came: {_links(change.came)}</p>'
    )


def _links(films: Iterable[MovieSummary]) -> str:
    return ", ".join(
        f'<a class="rk-link rk-named" href="{escape(links.film(film.id))}">{escape(cards.named(film))}</a>'
        for film in films
    )


def _table(first: str, numbers: Iterable[str], rows: Iterable[str], texts: Iterable[str] = ()) -> str:
    cells = "".join(f'<th scope="col" class="rk-number">{head}</th>' for head in numbers)
    cells += "".join(f'<th scope="col">{head}</th>' for head in texts)
    return (
        f'<div class="rk-wide" tabindex="0" role="region" aria-label="{first}s"><table class="rk-table">'
        f'<thead><tr><th scope="col">{first}</th>{cells}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'
    )


def _row(name: str, numbers: Iterable[str], more: str = "") -> str:
    cells = "".join(f'<td class="rk-number">{number}</td>' for number in numbers)
    return f'<tr><th scope="row">{name}</th>{cells}{more}</tr>'


def _ms(milliseconds: float | None) -> str:
    if milliseconds is None:
        return "–"
    return f"{milliseconds:.3g} ms" if milliseconds < ONE_SECOND_MS else f"{milliseconds / ONE_SECOND_MS:.3g} s"
