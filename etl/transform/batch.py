"""`clean_film` for whole Arrow tables, at the speed of the dump.

The rules are the Python functions of `etl.transform.film`, applied to few values: in a column of short values to
the distinct ones, in a column of text to those that match a pattern for possible faults. The other values are
already clean and are copied unchanged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from contract import LIST_MAX, NAME_MAX, TITLE_MAX
from etl.errors import Reason
from etl.transform.film import (
    DEFAULT,
    NAME_RULES,
    RAW_NAMES,
    RELEASED,
    TEXT_COLUMNS,
    UNKNOWN_YEAR,
    VALUE_RULES,
    Rules,
    date_reason,
    status_of,
)
from etl.transform.lists import is_unreadable
from etl.transform.text import SUSPECT, clean_text
from etl.transform.values import COMPANY_SUSPECT, NAMES_SUSPECT, FilmDate, Value, parse_date, parse_id
from sql.tables import LIST_COLUMNS, MAX_LENGTHS, MOVIE_SCHEMA, join_names

REASONS = tuple(Reason)
KEPT = -1
_TITLES = ("title", "original_title")
# Dates that `parse_date` accepts unchanged; Arrow parses them faster. February 29 is left to the rule.
_PLAIN_DATE = (
    "^(?:19|20)[0-9]{2}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|"
    "(?:0[13578]|1[02])-31)$"
)
_LONG = 256  # characters; longer values hardly repeat and are not cached
# Columns whose values hardly repeat, with a pattern of the values that their rule leaves unchanged.
_CANONICAL = {
    "imdb_id": "^tt[0-9]{1,12}$",
    "poster_path": r"^/[0-9A-Za-z_.-]{1,120}$",
    "backdrop_path": r"^/[0-9A-Za-z_.-]{1,120}$",
    "homepage": "^https?://[!-~]{0,900}[!-+./-:<-~]$",
}
# Lists whose values hardly repeat, with a pattern of the values that their rule may change.
_LONG_LISTS = {
    "keywords": f"{SUSPECT}|{NAMES_SUSPECT}",
    "production_companies": f"{SUSPECT}|{NAMES_SUSPECT}|{COMPANY_SUSPECT}",
    "actors": f"{SUSPECT}|{NAMES_SUSPECT}",
}


@dataclass(frozen=True)
class CleanBatch:
    """What became of the rows of one table.

    Attributes:
        films: the rows that can be loaded, in their order; `MOVIE_SCHEMA`. An id may repeat.
        verdicts: int8, one per row: `KEPT`, or the index of its reason in `REASONS`.
        repairs: how many values were replaced, by column.
    """

    films: pa.RecordBatch
    verdicts: NDArray[np.int8]
    repairs: Counter[str]


def clean_batch(raw: pa.Table, rules: Rules = DEFAULT) -> CleanBatch:
    """Clean a table of raw rows; the result is what `clean_film` gives for each of them.

    Args:
        raw: the columns of `RAW_COLUMNS`, as strings without nulls.
        rules: the profile.
    """
    repairs: Counter[str] = Counter()
    columns = {name: raw.column(name).combine_chunks() for name in raw.column_names}
    ids = _ids(columns["id"])
    titles = [_text(columns[name], rules.title, rules.title_suspect, TITLE_MAX) for name in _TITLES]
    title, original = (_or_else(*pair) for pair in (titles, titles[::-1]))
    years, days, day_repairs, date_verdicts = _dates(columns["release_date"], rules.date_required)
    verdicts = np.full(raw.num_rows, KEPT, np.int8)
    for reason, failed in (
        (Reason.ID, _mask(pc.is_null(ids))),
        (Reason.TITLE, _mask(pc.equal(title, ""))),
        (Reason.STATUS, _mask(pc.is_null(_each(columns["status"], _status_rule(rules), pa.string())[0]))),
    ):
        verdicts[(verdicts == KEPT) & failed] = REASONS.index(reason)
    verdicts = np.where(verdicts == KEPT, date_verdicts, verdicts)
    kept = verdicts == KEPT
    repairs["release_date"] = int(day_repairs[kept].sum())
    chosen = pa.array(kept)
    clean = {
        "id": ids.filter(chosen),
        "title": title.filter(chosen),
        "original_title": original.filter(chosen),
        "year": years.filter(chosen),
        "release_date": days.filter(chosen),
        "status": pa.repeat(pa.scalar(RELEASED), int(kept.sum())),
    } | _rest({name: column.filter(chosen) for name, column in columns.items()}, repairs)
    films = pa.RecordBatch.from_arrays([clean[name] for name in MOVIE_SCHEMA.names], schema=MOVIE_SCHEMA)
    return CleanBatch(films, verdicts, +repairs)


def _rest(columns: dict[str, pa.Array], repairs: Counter[str]) -> dict[str, pa.Array]:
    """The columns for which no film is rejected."""
    clean: dict[str, pa.Array] = {}
    for name, rule in VALUE_RULES.items():
        kind = MOVIE_SCHEMA.field(name).type
        column = columns[name]
        if _is_empty(column):
            clean[name] = pa.repeat(pa.scalar(rule("").value, kind), len(column))
            continue
        if name in _CANONICAL:
            clean[name], repaired = _mostly_canonical(column, _CANONICAL[name], rule)
        else:
            clean[name], repaired = _each(column, _REMEMBERED[name], kind)
        repairs[name] += int(repaired.sum())
    voted = pc.greater(clean["vote_count"], 0)
    clean["vote_average"] = pc.if_else(voted, clean["vote_average"], 0.0)
    for name in TEXT_COLUMNS:
        limit = MAX_LENGTHS[name]
        clean[name] = _text(columns[name], partial(clean_text, limit=limit), SUSPECT, limit)
    for name in LIST_COLUMNS:
        column = columns[RAW_NAMES[name]]
        if _is_empty(column):
            clean[name] = column
        elif name in _LONG_LISTS:
            clean[name] = _long_lists(column, _LONG_LISTS[name], _stored(name))
        else:
            clean[name] = _each(column, _REMEMBERED[name], pa.string())[0]
        repairs[name] += _unreadable(column)
    return clean


def _is_empty(column: pa.Array) -> bool:
    """Whether all texts are empty, as in a column that the dump does not have."""
    return not pc.max(pc.binary_length(column)).as_py()


def _unreadable(column: pa.Array) -> int:
    suspects = column.filter(pc.match_substring(column, "[{"))
    return sum(is_unreadable(text) for text in suspects.to_pylist())


def _mask(booleans: pa.Array) -> NDArray[np.bool_]:
    mask: NDArray[np.bool_] = booleans.to_numpy(zero_copy_only=False)
    return mask


def _stored(name: str) -> Callable[[str], str]:
    rule = NAME_RULES[name]
    return lambda text: join_names(rule(text))


def _remember(rule: Callable[[str], Value]) -> Callable[[str], Value]:
    """The rule with a cache for short values, which repeat from batch to batch."""
    remembered = lru_cache(maxsize=1 << 16)(rule)
    return lambda text: remembered(text) if len(text) < _LONG else rule(text)


def _listed(name: str) -> Callable[[str], Value]:
    stored = _stored(name)
    return lambda text: Value(stored(text))


def _status_rule(rules: Rules) -> Callable[[str], Value]:
    return lambda text: Value(status_of(text, rules))


_REMEMBERED = {name: _remember(rule) for name, rule in VALUE_RULES.items()} | {
    name: _remember(_listed(name)) for name in LIST_COLUMNS
}
_remembered_date = _remember(parse_date)


def _each(column: pa.Array, rule: Callable[[str], Value], kind: pa.DataType) -> tuple[pa.Array, NDArray[np.bool_]]:
    """The rule applied to each distinct value; the clean column and a mask of the repaired rows."""
    encoded = column.dictionary_encode()
    values = [rule(text) for text in encoded.dictionary.to_pylist()]
    repaired = np.array([value.repaired for value in values], bool)
    indices = encoded.indices
    clean = pa.array([value.value for value in values], kind).take(indices)
    return clean, repaired[indices.to_numpy()] if repaired.any() else np.zeros(len(column), bool)


def _ids(column: pa.Array) -> pa.Array:
    plain = pc.match_substring_regex(column, "^[1-9][0-9]{0,8}$")
    odd = pc.invert(plain)
    ids = pc.cast(pc.if_else(plain, column, None), pa.int32())
    found = [parse_id(text) for text in column.filter(odd).to_pylist()]
    return pc.replace_with_mask(ids, odd, pa.array(found, pa.int32())) if found else ids


def _dates(column: pa.Array, required: bool) -> tuple[pa.Array, pa.Array, NDArray[np.bool_], NDArray[np.int8]]:
    """Years, days, a mask of the repaired rows, and the verdict on each row."""
    plain = pc.match_substring_regex(column, _PLAIN_DATE)
    days = pc.cast(pc.if_else(plain, column, None), pa.date32())
    years = pc.cast(pc.year(days), pa.int16())
    odd = pc.invert(plain)
    encoded = column.filter(odd).dictionary_encode()
    texts = encoded.dictionary.to_pylist()
    values = [_remembered_date(text) if text or required else Value(FilmDate(UNKNOWN_YEAR)) for text in texts]
    dates = [cast("FilmDate | None", value.value) for value in values]
    reasons = [
        REASONS.index(date_reason(text)) if found is None else KEPT
        for text, found in zip(texts, dates, strict=True)
    ]
    odd_years = pa.array([found and found.year for found in dates], pa.int16()).take(encoded.indices)
    odd_days = pa.array([found and found.day for found in dates], pa.date32()).take(encoded.indices)
    places, indices = _mask(odd), encoded.indices.to_numpy()
    repaired = np.zeros(len(column), bool)
    repaired[places] = np.array([value.repaired for value in values], bool)[indices]
    verdicts = np.full(len(column), KEPT, np.int8)
    verdicts[places] = np.array(reasons, np.int8)[indices]
    years = pc.replace_with_mask(years, odd, odd_years)
    return years, pc.replace_with_mask(days, odd, odd_days), repaired, verdicts


def _or_else(column: pa.Array, fallback: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(column, ""), fallback, column)


def _text(column: pa.Array, rule: Callable[[str], str], suspect: str, limit: int) -> pa.Array:
    """The rule applied to the values that match the pattern or may be longer than the limit."""
    suspects = pc.or_(pc.match_substring_regex(column, suspect), pc.greater(pc.binary_length(column), limit))
    return _replace(column, suspects, rule)


def _replace(
    column: pa.Array, chosen: pa.Array, rule: Callable[[str], str], source: pa.Array | None = None
) -> pa.Array:
    found = [rule(text) for text in (column if source is None else source).filter(chosen).to_pylist()]
    return pc.replace_with_mask(column, chosen, pa.array(found, pa.string())) if found else column


def _mostly_canonical(
    column: pa.Array, pattern: str, rule: Callable[[str], Value]
) -> tuple[pa.Array, NDArray[np.bool_]]:
    canonical = pc.match_substring_regex(column, pattern)
    clean = pc.if_else(canonical, column, None)
    odd = pc.and_(pc.invert(canonical), pc.not_equal(column, ""))
    values = [rule(text) for text in column.filter(odd).to_pylist()]
    repaired = np.array([value.repaired for value in values], bool)
    if values:
        clean = pc.replace_with_mask(clean, odd, pa.array([value.value for value in values], pa.string()))
    return clean, repaired


def _long_lists(column: pa.Array, suspect: str, rule: Callable[[str], str]) -> pa.Array:
    """Lists in stored form: by replacing ", " where the value is clean, else by the rule."""
    suspects = _mask(pc.match_substring_regex(column, suspect))
    suspects |= _mask(pc.greater(pc.binary_length(column), LIST_MAX - 2))
    suspects[_with_odd_names(column)] = True
    joined = pc.replace_substring(column, ", ", "|")
    stored = pc.if_else(pc.equal(column, ""), "", pc.binary_join_element_wise("|", joined, "|", ""))
    return _replace(stored, pa.array(suspects), rule, source=column)


def _with_odd_names(column: pa.Array) -> NDArray[np.int64]:
    """The rows in which a name stands twice or may be too long."""
    lists = pc.split_pattern(column, ", ")
    names = lists.flatten()
    rows = pc.list_parent_indices(lists).to_numpy().astype(np.int64)
    encoded = names.dictionary_encode()
    base = max(len(encoded.dictionary), 1)
    keys = np.sort(rows * base + encoded.indices.to_numpy())
    repeated = keys[1:][keys[1:] == keys[:-1]] // base
    return np.concatenate((repeated, rows[_mask(pc.greater(pc.binary_length(names), NAME_MAX))]))
