"""Drawn posters for films without one: a motif in the colours of the first genre, the title, the year.

An SVG in a data URI, so it needs no request and no file. The same film always gets the same picture.
"""

from __future__ import annotations

import base64
import unicodedata
import zlib
from collections.abc import Sequence
from functools import lru_cache

import htpy as h

WIDTH, HEIGHT = 342, 513  # TMDB's w342 posters, two to three
MARGIN = 26
FOOT = 46  # the year's line, from the lower edge
LINE_HEIGHT = 1.12
TEXT_SIZES = ((46, 3), (38, 4), (31, 5), (25, 7))  # pixels, and how many lines may have them

COLOURS = {
    "Action": ("#3b0a0a", "#ea580c"),
    "Adventure": ("#06281e", "#65a30d"),
    "Animation": ("#2e1065", "#ec4899"),
    "Comedy": ("#5b2406", "#f59e0b"),
    "Crime": ("#0b0d12", "#b91c1c"),
    "Documentary": ("#06262b", "#14b8a6"),
    "Drama": ("#171537", "#7c74e0"),
    "Family": ("#4a0d2e", "#fb7185"),
    "Fantasy": ("#1e0b3a", "#a855f7"),
    "History": ("#2a1a06", "#c08a2d"),
    "Horror": ("#050507", "#8f1111"),
    "Music": ("#3a0b33", "#e879c0"),
    "Mystery": ("#0a1022", "#4f5fd6"),
    "Romance": ("#3f0719", "#e5486b"),
    "Science Fiction": ("#041a2b", "#0ea5c6"),
    "TV Movie": ("#161b22", "#7b8794"),
    "Thriller": ("#0b0f0e", "#4d7c6f"),
    "War": ("#17150d", "#7d7648"),
    "Western": ("#3a1505", "#d98a4a"),
}
OTHER = ("#16181d", "#64707f")

_gradient = h.Element("linearGradient")  # htpy makes elements with capitals only in this way
_group, _rect, _stop, _text = h.g, h.rect, h.stop, h.text


@lru_cache(maxsize=4096)
def poster(title: str, year: int | None, genres: tuple[str, ...]) -> str:
    """A drawn poster as a data URI of an SVG, 342 by 513.

    >>> poster("Alien", 1979, ("Horror",)).partition(",")[0]
    'data:image/svg+xml;base64'
    """
    return "data:image/svg+xml;base64," + base64.b64encode(str(draw(title, year, genres)).encode()).decode()


def draw(title: str, year: int | None, genres: Sequence[str]) -> h.Element:
    """A drawn poster as an SVG element."""
    dark, bright = next((COLOURS[genre] for genre in genres if genre in COLOURS), OTHER)
    seed = zlib.crc32(f"{title} {year}".encode(errors="replace"))
    motif = _MOTIFS[seed // 64 % len(_MOTIFS)](seed // 512)
    genre = _printable(genres[0]).upper() if genres else ""
    return h.svg(xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {WIDTH} {HEIGHT}")[
        h.defs[
            _gradient(id="g", gradientTransform=f"rotate({90 + seed % 50 - 25} .5 .5)")[
                _stop(stop_color=bright), _stop(offset="1", stop_color=dark)
            ],
            _gradient(id="s", x2="0", y2="1")[
                _stop(offset=".3", stop_color=dark, stop_opacity="0"),
                _stop(offset="1", stop_color=dark, stop_opacity=".95"),
            ],
        ],
        _rect(width=WIDTH, height=HEIGHT, fill="url(#g)"),
        _group(fill="#fff", stroke="#fff", stroke_width="0")[motif],
        _rect(width=WIDTH, height=HEIGHT, fill="url(#s)"),
        _group(fill="#fff", font_family="Georgia,'Noto Serif','DejaVu Serif',serif")[
            _text(x=MARGIN, y="46", font_size="15", letter_spacing="3", fill_opacity=".85")[genre],
            _title(title),
            _text(x=MARGIN, y=HEIGHT - 24, font_size="18", letter_spacing="2", fill_opacity=".8")[year],
        ],
    ]


def _title(title: str) -> h.Element:
    size, lines = _fit(_printable(title))
    step = size * LINE_HEIGHT
    top = HEIGHT - FOOT - MARGIN / 2 - step * (len(lines) - 1)
    return _text(font_size=size, font_weight="700")[
        [h.tspan(x=MARGIN, y=f"{top + step * n:.0f}")[line] for n, line in enumerate(lines)]
    ]


def _fit(title: str) -> tuple[int, list[str]]:
    """The largest size at which the title has few enough lines and no broken word, and those lines."""
    for size, most in TEXT_SIZES:
        room = (WIDTH - 2 * MARGIN) / size
        lines = _wrap(title, room)
        if len(lines) <= most and all(_ems(word) <= room for word in title.split() if word.isascii()):
            return size, lines
    size, most = TEXT_SIZES[-1]
    lines = _wrap(title, (WIDTH - 2 * MARGIN) / size)
    if len(lines) > most:
        lines = [*lines[: most - 1], lines[most - 1][:-1].rstrip() + "…"]
    return size, lines


def _wrap(text: str, room: float) -> list[str]:
    """Lines no wider than `room` ems; a word that is wider by itself, as in Chinese, is broken."""
    lines = [""]
    for word in text.split():
        if _ems(f"{lines[-1]} {word}".strip()) <= room:
            lines[-1] = f"{lines[-1]} {word}".strip()
            continue
        lines.append("")
        for letter in word:
            if _ems(lines[-1] + letter) > room:
                lines.append("")
            lines[-1] += letter
    return [line for line in lines if line]


def _ems(text: str) -> float:
    """Approximate width in ems in the widest of the fonts, DejaVu Serif Bold: there is no font here to measure."""
    return sum(_em(letter) for letter in text)


def _em(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.0
    if letter in "mwMW":
        return 1.1
    if letter in "fijltIJ '.,:;!()-":
        return 0.43
    return 0.84 if letter.isupper() else 0.7


def _printable(text: str) -> str:
    """With blanks instead of control characters, which XML does not allow."""
    return "".join(" " if unicodedata.category(c) in {"Cc", "Cs", "Co", "Cn"} else c for c in text)


def _circle(x: int, y: int, r: float, opacity: str | None = None) -> h.Element:
    return h.circle(cx=x, cy=y, r=f"{r:g}", fill_opacity=opacity)


def _path(shape: str, opacity: str) -> h.Element:
    return h.path(d=shape, fill_opacity=opacity)


def _sun(seed: int) -> h.Node:
    x, y, r = 90 + seed % 160, 150 + seed // 7 % 80, 60 + seed // 11 % 50
    return [_circle(x, y, r, ".2"), _circle(x, y, round(r * 0.7), ".25")]


def _rings(seed: int) -> h.Node:
    x, y = 60 + seed % 220, 130 + seed // 7 % 120
    return _group(fill="none", stroke_width="9", stroke_opacity=".13")[
        [_circle(x, y, r) for r in range(24, 300, 30)]
    ]


def _bands(seed: int) -> h.Node:
    return _group(fill_opacity=".11", transform=f"rotate(-{25 + seed % 40} 171 180)")[
        [_rect(x="-300", y=y, width="950", height=12 + n * 7) for n, y in enumerate(range(-60, 330, 62))]
    ]


def _peaks(seed: int) -> h.Node:
    a, b = 60 + seed % 90, 210 + seed // 7 % 90
    return [
        _circle(340 - a, 120, 38, ".45"),
        _path(f"M-60 420 L{a} 190 L{a + 190} 420Z", ".14"),
        _path(f"M40 420 L{b} 240 L{b + 190} 420Z", ".2"),
    ]


def _skyline(seed: int) -> h.Node:
    heights = [90 + (seed >> n) % 150 for n in range(9)]
    return _group(fill_opacity=".13")[
        [_rect(x=n * 39 - 4, y=380 - tall, width="34", height=tall + 140) for n, tall in enumerate(heights)]
    ]


def _beam(seed: int) -> h.Node:
    x = 40 + seed % 260
    return [
        _path(f"M{x} 70 L-60 440 L180 440Z M{x} 70 L150 440 L420 440Z", ".13"),
        _circle(x, 70, 15, ".75"),
    ]


def _moon(seed: int) -> h.Node:
    x, y = 110 + seed % 130, 150 + seed // 7 % 60
    stars = [_circle((seed >> n) * 53 % 342, (seed >> n) * 31 % 330, 1.5 + n % 3) for n in range(18)]
    return [
        _path(f"M{x} {y - 75} a75 75 0 1 0 60 120 a62 62 0 1 1 -60 -120Z", ".5"),
        _group(fill_opacity=".55")[stars],
    ]


_MOTIFS = (_sun, _rings, _bands, _peaks, _skyline, _beam, _moon)
