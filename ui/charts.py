"""Charts of a catalogue and of the service: pure functions from models to Altair, themed by Streamlit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import altair as alt
import pandas as pd

from ui import words
from ui.models import operations
from ui.models.films import Bin, Group, MovieSummary, Trends
from ui.models.operations import Generation, Route, Sample

HEIGHT, LIVE_HEIGHT = 280, 240
NARROW = 600
"""Width of a plot in pixels below which a legend gets fewer columns."""

PLAIN, FROM_ZERO = alt.Axis(format=",.3~f"), alt.Scale(domainMin=0)
LARGEST = 15
"""Bars in a chart of names."""
FEW = 50
"""A share, or a distribution, of fewer films is greyed: it says little."""


def _data(rows: Iterable[Mapping[str, object]]) -> pd.DataFrame:
    return pd.DataFrame([dict(row) for row in rows])


def _label(found: Bin) -> str:
    if found.high is None:
        return f"{found.low:,.0f} +"
    last = found.high - 1
    return f"{found.low:,.0f}" if last <= found.low else f"{found.low:,.0f}–{last:,.0f}"


def bars(found: Iterable[Bin], what: str) -> alt.Chart:
    """Films by a whole number, which is named below the bars; bins in their order."""
    rows = ({"bin": _label(one), "films": one.films} for one in found)
    chart: alt.Chart = (
        alt.Chart(_data(rows), height=HEIGHT, description=f"Films by {what.lower()}")
        .mark_bar()
        .encode(
            alt.X("bin:N", sort=None, title=what, axis=alt.Axis(labelAngle=-45)),
            alt.Y("films:Q", title="Films"),
            tooltip=[alt.Tooltip("bin:N", title=what), alt.Tooltip("films:Q", title="Films", format=",")],
        )
    )
    return chart


def ratings(lines: Mapping[str, Sequence[Bin]], what: str, rule: tuple[str, float] | None) -> alt.LayerChart:
    """The share of films by rating, a line for each name; greyed where the line stands for few films.

    Args:
        lines: films by rating, by the name of the line.
        what: the rating, as the name of the axis.
        rule: a film's title and rating, where a vertical rule is drawn.
    """
    rows = (
        {
            "rating": (one.low + (one.high or one.low)) / 2,
            "share": one.films / total,
            "films": one.films,
            "of": name,
            "few": total < FEW,
        }
        for name, bins in lines.items()
        if (total := sum(one.films for one in bins))
        for one in bins
    )
    layers = [
        alt.Chart(_data(rows))
        .mark_line(interpolate="monotone", point=alt.OverlayMarkDef(size=60))
        .encode(
            alt.X("rating:Q", title=what, scale=alt.Scale(domain=[0, 10])),
            alt.Y("share:Q", title="Share of films", axis=alt.Axis(format="%")),
            *_told_apart("of", alt.Legend(orient="top")),
            opacity=_greyed(),
            tooltip=[
                alt.Tooltip("of:N", title="Of"),
                alt.Tooltip("rating:Q", title="Rating"),
                alt.Tooltip("share:Q", title="Share", format=".1%"),
                alt.Tooltip("films:Q", title="Films", format=","),
            ],
        )
    ]
    if rule:
        film = _data([{"title": rule[0], "rating": rule[1]}])
        layers.append(
            alt.Chart(film)
            .mark_rule(strokeWidth=2, strokeDash=[6, 3], color="#78716c")
            .encode(alt.X("rating:Q"), tooltip=["title:N", alt.Tooltip("rating:Q", format=".2f")])
        )
    return alt.LayerChart(layer=layers, height=HEIGHT, description=f"Films by {what.lower()}")


def _told_apart(field: str, legend: alt.Legend) -> tuple[alt.Color, alt.Shape, alt.StrokeDash]:
    """Colour, shape and dash of a line: who does not see the colour sees the others."""
    return (
        alt.Color(f"{field}:N", sort=None, title=None, legend=legend),
        alt.Shape(f"{field}:N", sort=None, title=None, legend=legend),
        alt.StrokeDash(f"{field}:N", sort=None, title=None, legend=legend),
    )


def _greyed() -> Any:
    """What stands for few films is faint."""
    return alt.condition("datum.few", alt.value(0.3), alt.value(1))


def years(found: Iterable[Group]) -> alt.Chart:
    """Films of each year."""
    rows = ({"year": int(group.name), "films": group.films, "votes": group.votes} for group in found)
    chart: alt.Chart = (
        alt.Chart(_data(rows), height=HEIGHT + 100, description="Films by year of release")
        .mark_area(line=True, opacity=0.4, aria=False)
        .encode(
            alt.X("year:Q", title="Year", axis=alt.Axis(format="d"), scale=alt.Scale(zero=False)),
            alt.Y("films:Q", title="Films"),
            tooltip=[alt.Tooltip("year:Q", title="Year", format="d"), alt.Tooltip("films:Q", format=",")],
        )
    )
    return chart


def languages(found: Iterable[Group]) -> alt.Chart:
    """The `LARGEST` original languages; the scale is logarithmic, since most films are in English."""
    rows = [
        {"language": words.language(group.name), "films": group.films, "few": group.films < FEW} for group in found
    ][:LARGEST]
    chart: alt.Chart = (
        alt.Chart(_data(rows), height=HEIGHT + 100, description="Films by original language")
        .mark_point(filled=True, size=90)
        .encode(
            alt.X("films:Q", title="Films (logarithmic)", scale=alt.Scale(type="log"), axis=alt.Axis(format="~s")),
            alt.Y("language:N", sort=None, title=None),
            opacity=_greyed(),
            tooltip=["language:N", alt.Tooltip("films:Q", format=",")],
        )
    )
    return chart


def trends(found: Trends, films: Mapping[int, int]) -> alt.LayerChart:
    """Genres over the decades: the share of a decade's dated films that have the genre; greyed where they are few.

    Args:
        films: how many each decade has.
    """
    rows = (
        {
            "decade": decade,
            "share": share,
            "genre": line.name,
            "films": films.get(decade, 0),
            "few": films.get(decade, 0) < FEW,
        }
        for line in found.trends
        for decade, share in zip(found.periods, line.share, strict=True)
    )
    legend = alt.Legend(orient="bottom", columns=alt.ExprRef(expr=f"width < {NARROW} ? 2 : 8"), symbolSize=120)
    base = alt.Chart(_data(rows), height=HEIGHT + 100, description="Genres by decade").encode(
        alt.X("decade:Q", title="Decade", axis=alt.Axis(format="d"), scale=alt.Scale(zero=False)),
        alt.Y("share:Q", title="Share of films", axis=alt.Axis(format="%")),
        alt.Color("genre:N", sort=None, title=None, legend=legend),
    )
    points = base.mark_point(filled=True, size=70).encode(
        alt.Shape("genre:N", sort=None, title=None, legend=legend),
        opacity=_greyed(),
        tooltip=[
            "genre:N",
            alt.Tooltip("decade:Q", format="d"),
            alt.Tooltip("share:Q", format=".1%"),
            alt.Tooltip("films:Q", title="Films of the decade", format=","),
        ],
    )
    return alt.LayerChart(layer=[base.mark_line(opacity=0.7), points], height=HEIGHT + 100)


def sample(films: Iterable[MovieSummary]) -> alt.Chart:
    """Votes against the mean vote, one dot a film."""
    rows = (
        {"title": film.title, "year": film.year, "votes": film.vote_count, "rating": film.vote_average}
        for film in films
    )
    chart: alt.Chart = (
        alt.Chart(_data(rows), height=HEIGHT + 80, description="A random sample of films by votes and mean vote")
        .mark_circle(size=70, opacity=0.6)
        .encode(
            alt.X("votes:Q", title="Votes (logarithmic)", scale=alt.Scale(type="log"), axis=alt.Axis(format="~s")),
            alt.Y("rating:Q", title="Mean vote", scale=alt.Scale(domain=[0, 10])),
            tooltip=[
                "title:N",
                "year:Q",
                alt.Tooltip("votes:Q", format=","),
                alt.Tooltip("rating:Q", title="mean vote", format=".1f"),
            ],
        )
    )
    return chart


def curve(built: Generation) -> alt.Chart:
    """Recall against the time of a query, one dot a setting; the setting in use is large and framed."""
    chosen = (built.parameters or {}).items()
    rows = (
        {
            "ms": point.ms,
            "recall": recall,
            "of": of,
            "bytes": point.bytes_per_film,
            "setting": ", ".join(f"{name} {value:,}" for name, value in point.parameters.items()),
            "chosen": point.parameters.items() <= chosen,
        }
        for point in built.curve or ()
        for of, recall in (("Known films", point.known), ("Any films", point.random))
    )
    chart: alt.Chart = (
        alt.Chart(_data(rows), height=HEIGHT, description="Recall against milliseconds a query")
        .mark_point(filled=True, opacity=0.8, stroke="#78716c")
        .encode(
            alt.X(
                "ms:Q",
                title="Milliseconds a query (logarithmic)",
                scale=alt.Scale(type="log", nice=False, padding=14),
            ),
            alt.Y("recall:Q", title="Recall@10", scale=alt.Scale(zero=False)),
            *_told_apart("of", alt.Legend(orient="top"))[:2],
            size=alt.condition("datum.chosen", alt.value(200), alt.value(60)),
            strokeWidth=alt.condition("datum.chosen", alt.value(3), alt.value(0)),
            tooltip=[
                "of:N",
                "setting:N",
                alt.Tooltip("recall:Q", format=".3f"),
                alt.Tooltip("ms:Q", format=".2f"),
                alt.Tooltip("bytes:Q", title="bytes a film", format=".0f"),
            ],
        )
    )
    return chart


def stages(built: Generation) -> alt.Chart:
    """Seconds of each stage of a build, in order."""
    rows = ({"stage": stage.capitalize(), "seconds": seconds} for stage, seconds in (built.stages_s or {}).items())
    chart: alt.Chart = (
        alt.Chart(_data(rows), height=HEIGHT, description="Seconds of each stage of the build")
        .mark_bar()
        .encode(
            alt.X("seconds:Q", title="Seconds"),
            alt.Y("stage:N", sort=None, title=None),
            tooltip=["stage:N", alt.Tooltip("seconds:Q", format=",.1f")],
        )
    )
    return chart


def rates(samples: Sequence[Sample], span_s: float) -> alt.Chart:
    """Requests a second between samples, up to now."""
    rows = (
        {"ago": after.at - samples[-1].at, "rate": asked.requests / (after.at - before.at)}
        for before, after, asked in _pairs(samples)
    )
    chart: alt.Chart = (
        alt.Chart(_frame(rows, "ago", "rate"), height=LIVE_HEIGHT, description="Requests a second")
        .mark_area(line=True, opacity=0.4, aria=False)
        .encode(_ago(span_s), alt.Y("rate:Q", title="Requests a second", axis=PLAIN, scale=FROM_ZERO))
    )
    return chart


def latencies(samples: Sequence[Sample], span_s: float) -> alt.Chart:
    """Latencies between samples, up to now; gaps where there was no request."""
    rows = (
        {"ago": after.at - samples[-1].at, "ms": asked.quantile_ms(share), "of": f"p{share * 100:.0f}"}
        for before, after, asked in _pairs(samples)
        for share in (0.5, 0.99)
    )
    chart: alt.Chart = (
        alt.Chart(_frame(rows, "ago", "ms", "of"), height=LIVE_HEIGHT, description="Latencies in milliseconds")
        .mark_line(point=alt.OverlayMarkDef(aria=False), aria=False)
        .encode(
            _ago(span_s),
            alt.Y("ms:Q", title="Milliseconds", axis=PLAIN, scale=FROM_ZERO),
            *_told_apart("of", alt.Legend(orient="top")),
        )
    )
    return chart


def _pairs(samples: Sequence[Sample]) -> Iterable[tuple[Sample, Sample, Route]]:
    """Each sample but the first, the one before it, and the requests between them."""
    return (
        (before, after, operations.together(operations.between(before, after).values()))
        for before, after in pairwise(samples)
    )


def _frame(rows: Iterable[Mapping[str, object]], *columns: str) -> pd.DataFrame:
    """Rows with these columns, even where there is no row."""
    return pd.DataFrame([dict(row) for row in rows], columns=list(columns))


def _ago(span_s: float) -> alt.X:
    return alt.X("ago:Q", title="Seconds from now", scale=alt.Scale(domain=[-span_s, 0]))
