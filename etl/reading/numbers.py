"""How a column of numbers is read: decimal commas, thousands separators, currency signs, units, percents."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

FORMS = {
    "plain": "numbers as they are",
    "point": "a decimal point; commas separate thousands",
    "comma": "a decimal comma; points separate thousands",
}
"""The choices of `--numbers` (without "plain"), in words."""

WHOLE = ("vote_count", "runtime", "budget", "revenue", "imdb_votes")
RATINGS = ("vote_average", "imdb_rating")
SCALES = (5, 10, 100)
"""The choices of `--ratings`: the best rating."""

FEWEST_OF_FIVE = 20
"""Ratings up to 5 from which on a column may be one of 0 to 5: fewer may be of bad films."""

COLUMNS = (*WHOLE, *RATINGS, "popularity")
_MULTIPLIED = ("vote_count", "budget", "revenue", "imdb_votes")
PLAIN = r"^[+-]?[0-9]*\.?[0-9]*(?:[eE][+-]?[0-9]+)?$"
"""What needs no rewriting; for Python and RE2."""

_PLAIN = re.compile(PLAIN)
_SIGNS = re.compile(r"US\$|USD|EUR|GBP|[$€£¥\s\u00a0\u202f'’]")
_HOURS = re.compile(r"(?:PT)?(?:(\d{1,3})h(?:ours?|rs?|r)?)?(?:(\d{1,4})m(?:in(?:ute)?s?)?\.?)?", re.IGNORECASE)
_CLOCK = re.compile(r"(\d{1,2}):([0-5]\d)(?::[0-5]\d)?")
_MULTIPLES = re.compile(r"([\d.,]+)(?:(k|thousand)|(m|mn|mio|mill?ions?)|(b|bn|billions?))\.?", re.IGNORECASE)
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:[.,]\d{3})+")


def choose(name: str, values: Sequence[str]) -> str:
    """The form of a column: a key of `FORMS`, from some of its values."""
    if all(map(_PLAIN.fullmatch, values)) and not (name in WHOLE and any("." in text for text in values)):
        return "plain"
    texts = [_bare(text, name) for text in values]
    if name in WHOLE and _point_separates(texts):
        return "comma"  # 34.495 votes
    odd = [text for text in texts if text and not re.fullmatch(PLAIN, text)]
    if not odd:
        return "plain" if all(re.fullmatch(PLAIN, text.strip()) for text in values) else "point"
    commas = [text for text in odd if text.count(",") == 1 and "." not in text]
    both = [text for text in odd if "," in text and "." in text]
    if both:
        return "comma" if sum(text.rindex(",") > text.rindex(".") for text in both) * 2 > len(both) else "point"
    if any(text.count(".") > 1 for text in odd):
        return "comma"  # 160.000.000
    if any(text.count(",") > 1 for text in odd):
        return "point"  # 160,000,000
    if not commas:
        return "point"
    # A comma is decimal where not exactly three digits follow it, or where it cannot separate thousands.
    if any(not _THOUSANDS.fullmatch(text) or text.lstrip("+-").startswith("0") for text in commas):
        return "comma"
    if name in RATINGS:
        return "comma"  # 8,364 is no average of votes
    if name in WHOLE:
        return "point"
    # TMDB's popularities have three decimals, so that a column in which nearly all have a comma is of those.
    return "comma" if len(commas) * 2 > len([text for text in texts if text]) else "point"


def _point_separates(texts: list[str]) -> bool:
    """Whether the points of whole numbers separate thousands: three digits follow each, and not zeros alone."""
    pointed = [text for text in texts if "." in text and not re.fullmatch(r"\d+\.0*", text)]
    return bool(pointed) and all(_THOUSANDS.fullmatch(text) for text in pointed)


def are_none(name: str, values: Sequence[str]) -> bool:
    """Whether most of the values are no numbers, such as "PG-13" in a column of ratings."""
    return sum(re.search(r"\d", _bare(text, name)[:1]) is not None for text in values) * 2 < len(values)


def scale_of(name: str, form: str, values: Sequence[str]) -> int:
    """The best rating of a column in a form: 100, 10 or 5.

    Most values say it ("84%", "4.2/5"), or they show it: of 0 to 100 are ratings of which most are above 10, of 0
    to 5 at least `FEWEST_OF_FIVE` that are all up to 5 and mostly in the upper half. Of films on TMDB's scale so
    many are not all below 5, except bad ones, which are mostly in its lowest quarter.

    Args:
        name: one of `RATINGS`.
        form: a key of `FORMS`.
        values: of some rows, those of equal ones repeated.

    >>> scale_of("vote_average", "plain", ["3.5", "4"] * 20), scale_of("vote_average", "plain", ["3.5", "8"] * 20)
    (5, 10)
    """
    for best, ending in ((100, "%"), (100, "/100"), (10, "/10"), (5, "/5")):
        if sum(text.strip().endswith(ending) for text in values) * 2 > len(values):
            return best
    rewrite = rewriter(name, form)
    numbers = [float(text) for text in map(rewrite, values) if re.fullmatch(r"\d+(?:\.\d+)?", text)]
    above = [number for number in numbers if number > 0]
    if above and max(above) <= 100 and sum(number > 10 for number in above) * 2 > len(above):
        return 100
    few = len(above) < FEWEST_OF_FIVE or max(above) > 5
    return 10 if few or sum(number > 2.5 for number in above) * 2 <= len(above) else 5


def rewriter(name: str, form: str, scale: int = 10) -> Callable[[str], str]:
    """The function that rewrites a value of a column as a plain number; a text that is none is returned unchanged.

    Ratings, of which `scale` is the best, become ratings of 0 to 10.

    >>> rewriter("popularity", "comma")("8,364"), rewriter("budget", "point")("$160,000,000")
    ('8.364', '160000000')
    >>> rewriter("runtime", "point")("2h 28min"), rewriter("budget", "point")("$1.5 million")
    ('148', '1500000')
    >>> rewriter("vote_average", "point", scale=100)("84%"), rewriter("vote_average", "point", scale=5)("4.5")
    ('8.4', '9')
    """

    def rewrite(text: str) -> str:
        bare = _bare(text, name)
        plain = bare.replace(".", "").replace(",", ".") if form == "comma" else bare
        if form == "point" and (_THOUSANDS.fullmatch(bare.partition(".")[0]) or "." not in bare):
            plain = bare.replace(",", "")
        if form == "comma" and "," not in bare and bare.count(".") == 1 and not _THOUSANDS.fullmatch(bare):
            plain = bare  # 148.0 among decimal commas
        if multiple := _MULTIPLES.fullmatch(plain) if name in _MULTIPLIED else None:
            number, thousands, millions, _ = multiple.groups()
            if re.fullmatch(PLAIN, number):
                return f"{float(number) * (1e3 if thousands else 1e6 if millions else 1e9):.0f}"
        if not bare or not re.fullmatch(PLAIN, plain):
            return text
        return plain if scale == 10 else f"{float(plain) * 10 / scale:.10g}"

    return rewrite


def _bare(text: str, name: str) -> str:
    """The text without currency signs, spaces, units and a percent sign; hours and minutes as minutes."""
    bare = _SIGNS.sub("", text).removesuffix("%")
    if name in RATINGS:
        return bare.removesuffix("/100").removesuffix("/10").removesuffix("/5")
    if name != "runtime":
        return bare
    match = _HOURS.fullmatch(bare) or _CLOCK.fullmatch(bare)
    if match and (match[1] or match[2]):
        return str(60 * int(match[1] or 0) + int(match[2] or 0))
    return bare
