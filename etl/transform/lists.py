"""Lists of names as other programs write them: JSON, Python and NumPy literals, Postgres arrays, lists of objects.

`parse_list` recognises the form of one value by its brackets, so a column may mix forms. Lists whose names are
only separated by a character are a matter of the column: `etl.reading.separators`.
"""

from __future__ import annotations

import ast
import csv
import json
import re
from collections.abc import Iterable
from operator import itemgetter
from typing import Any

NOTHING = frozenset(
    (
        *("nan", "NaN", "NAN", "NaT", "None", "none", "NULL", "Null", "null", "\\N", "N/A", "n/a", "NA", "<NA>"),
        *("#N/A", "undefined"),
    )
)
"""How programs write that a value is missing: pandas, Python, SQL, MySQL and IMDb, R, Excel, JavaScript."""

NO_NAMES = NOTHING - {"none", "NA"} | {"Unknown", "unknown", "(no genres listed)", "set()"}
"""Names in a list that mean that there is none; "none" and "NA" are left, since a name may be that."""

GENRE_IDS = {
    "28": "Action",
    "12": "Adventure",
    "16": "Animation",
    "35": "Comedy",
    "80": "Crime",
    "99": "Documentary",
    "18": "Drama",
    "10751": "Family",
    "14": "Fantasy",
    "36": "History",
    "27": "Horror",
    "10402": "Music",
    "9648": "Mystery",
    "10749": "Romance",
    "878": "Science Fiction",
    "10770": "TV Movie",
    "53": "Thriller",
    "10752": "War",
    "37": "Western",
    "10769": "Foreign",
}
"""TMDB's ids of film genres, as its discover and list answers give them."""

# RE2 and Python alike: finds the texts for which `parse_list` may give another result than splitting at ", ".
LIST_SUSPECT = (
    r"^\s*[\[{(]|(?:^|, )(?:nan|NaN|NAN|NaT|#N/A|None|NULL|Null|null|\\N|N/A|n/a|<NA>|undefined|[Uu]nknown"
    r"|\(no genres listed\)|set\(\))(?:,|$)"
)
_LONGEST = 10_000_000  # characters; a longer value is read as text
_NUMPY = re.compile(r"""\[\s*(?:'[^']*'|"[^"]*")(?:\s+(?:'[^']*'|"[^"]*"))+\s*\]""")
_QUOTED = re.compile(r"""'([^']*)'|"([^"]*)\"""")
_BARE = re.compile(r"\[[^\[\]{}\"']*\]")
_NAME = re.compile(r"""['"]name['"]\s*:\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")""")


def parse_list(text: str) -> list[str] | None:
    """The names of a list in brackets; None for a text that is not one.

    Of objects the names are taken; of a crew (objects with a job) those of the directors; a cast comes in the
    order of its credits.

    >>> parse_list("['Drama', 'Comedy']"), parse_list('[{"id": 18, "name": "Drama"}]'), parse_list("[16, 18]")
    (['Drama', 'Comedy'], ['Drama'], ['16', '18'])
    >>> parse_list('{Action,"Science Fiction",NULL}'), parse_list("['Drama' 'Comedy']"), parse_list("[]")
    (['Action', 'Science Fiction'], ['Drama', 'Comedy'], [])
    >>> parse_list('{"/m/07s9rl0": "Drama", "/m/01z4y": "Comedy"}')
    ['Drama', 'Comedy']
    >>> parse_list("Drama, Comedy"), parse_list("[adult swim]"), parse_list("{}")
    (None, None, [])
    """
    text = text.strip()
    if text == "{}":  # Postgres's empty one, an object in JSON
        return []
    if len(text) > _LONGEST or text[:1] not in ("[", "{", "("):
        return None
    if text[0] + text[-1] not in ("[]", "{}", "()"):  # not a list, or one that is cut off
        return [single or double for single, double in _NAME.findall(text)] if text.startswith("[{") else None
    if _NUMPY.fullmatch(text):  # Python would read it as one long name
        return [single or double for single, double in _QUOTED.findall(text)]
    found = _literal(text)
    if isinstance(found, dict):
        return _names([found])
    if isinstance(found, list):
        return _names(found)
    if text.startswith("{"):
        return _postgres(text[1:-1])
    if names := [single or double for single, double in _NAME.findall(text)]:
        return names
    if _BARE.fullmatch(text) and ", " in text:
        return text[1:-1].split(", ")
    return [] if text.startswith("[{") else None


def is_unreadable(text: str) -> bool:
    """Whether a text is a list of objects in which no name can be found.

    >>> is_unreadable("[{'id': 18, 'na"), is_unreadable("[]"), is_unreadable("[REC], Filmax")
    (True, False, False)
    """
    text = text.strip()
    return text.startswith("[{") and _literal(text) is None and not _NAME.search(text)


def _literal(text: str) -> object:
    """The value of a JSON or Python literal (sets and tuples as lists in the order written), else None."""
    try:
        found: object = json.loads(text)
        return found
    except (ValueError, RecursionError):
        pass
    try:
        node = ast.parse(text, mode="eval").body
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            return [ast.literal_eval(item) for item in node.elts]
        return ast.literal_eval(node)
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return None


def _names(items: Iterable[object]) -> list[str] | None:
    found: list[str] = []
    people: list[dict[str, Any]] = [item for item in items if isinstance(item, dict)]
    if people and all(isinstance(item.get("order"), int) for item in people):
        items = [*sorted(people, key=itemgetter("order"))]
    for item in items:
        if isinstance(item, dict):
            if item and all(isinstance(key, str) and re.search(r"\d", key) for key in item):  # names by their ids
                found += [name for name in item.values() if isinstance(name, str)]
                continue
            name = item.get("english_name") or item.get("name")
            if "name" not in item and "english_name" not in item:
                return None
            if item.get("job", "Director") == "Director" and isinstance(name, str):
                found.append(name)
        elif isinstance(item, str | int) and not isinstance(item, bool):
            found.append(str(item))
        elif item is not None and item == item:  # NaN, the only value that differs from itself, is nothing
            return None
    return found


def _postgres(text: str) -> list[str] | None:
    """The names of a Postgres array without its braces; None if its quotes are wrong."""
    try:
        rows = list(csv.reader([text], doublequote=False, escapechar="\\", strict=True)) if text else [[]]
    except csv.Error:
        return None
    return [name for name in rows[0] if name != "NULL"] if len(rows) == 1 else None
