"""One reading of a query against one index: the forms that resemble it, and what sets each apart."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

from index.titles.fold import search_words, squash
from index.titles.nearby import MOST_EDITS, distinct, prefix_range, query_hashes, texts_of
from index.titles.store import LAST_WHOLE, SUBTITLES, Kind, TitleData
from index.titles.vocabulary import (
    APART_COST,
    FAME_WORTH,
    FEW_EDITS,
    MOST_APART,
    MOST_LEAD,
    OTHER_NUMBER_COST,
    OTHERWISE_COST,
    PERFECT_COST,
    PLACED_COST,
    RIVAL_VOTES,
    YIELD_VOTES,
    close_edits,
    enough_votes,
    has_number,
    lead,
    letters_costs,
    years_apart,
)
from index.titles.words import Found, Mask, by_words, rivals_by_words

_Id = TypeVar("_Id", np.int32, np.int64)

_NEAR = 3_000  # forms near the query that are compared with it
_BEGUN = 64  # best known of the forms that begin with it
_MANY = 4_096  # forms of which the best known are looked at first
_BESIDE = 8  # forms before and after it in alphabetical order: all that there is for gibberish
_EXACT = 512  # best known of the forms that are it
_RIVAL_EDITS = 2  # within which another film may be meant by an exact title


@dataclass(frozen=True)
class Candidates:
    """Forms that resemble a query.

    Attributes:
        ids: (m,) of the forms.
        costs: (m,) what sets each apart from the query, in edits.
        exact: (m,) whether it is the query, letter by letter, and of the year if one was asked for.
        close: (m,) whether it is one edit away, or has the same words.
        literal: (m,) whether it is the query, letter by letter, of any year.
        meant: (m,) whether it may be meant: beside an exact title only few others are.
    """

    ids: NDArray[np.int64]
    costs: NDArray[np.float64]
    exact: NDArray[np.bool_]
    close: NDArray[np.bool_]
    literal: NDArray[np.bool_]
    meant: NDArray[np.bool_]

    @classmethod
    def merged(cls, parts: Sequence[Candidates]) -> Candidates:
        """The candidates of several readings of a query."""
        if len(parts) == 1:
            return parts[0]
        return cls(
            np.concatenate([part.ids for part in parts]),
            np.concatenate([part.costs for part in parts]),
            np.concatenate([part.exact for part in parts]),
            np.concatenate([part.close for part in parts]),
            np.concatenate([part.literal for part in parts]),
            np.concatenate([part.meant for part in parts]),
        )


@dataclass(frozen=True)
class ExactTitle:
    """Films with one title, letter by letter.

    Attributes:
        forms: one of each film, the best known first.
        ahead: `costs.lead` of the first over the best film of another title.
    """

    forms: Sequence[int]
    ahead: float


def exact_votes(words: tuple[str, ...], year: int | None, data: TitleData, mask: Mask) -> int | None:
    """Votes of the best-known film whose whole title is the words, and of about this year; None without any."""
    forms = data.forms
    same = _best_known(_around(squash(words), data).same, _EXACT, mask)
    titles = same[forms.kinds[same] <= LAST_WHOLE]
    if year is not None and len(titles):
        titles = titles[years_apart(data.films.years[forms.rows[titles]], year)[0]]
    return int(data.films.votes[forms.rows[titles.min()]]) if len(titles) else None


def match(
    words: tuple[str, ...],
    year: int | None,
    data: TitleData,
    mask: Mask,
    exact: int | None,
    *,
    brief: bool = False,
) -> Candidates:
    """The films that the words may mean.

    Args:
        words: of the query, folded.
        year: of release, one more or less still counts; None for any.
        data: the index.
        mask: of the films that may come back.
        exact: the most of `exact_votes` over all indexes that are searched; other titles are meant only if they
            are far better known. None without an exact title.
        brief: of an exact title, only the films that may be meant.
    """
    text = squash(words)
    around = _around(text, data)
    same = _best_known(around.same, _EXACT, mask)
    readings: list[Candidates] = []
    if exact is not None:
        before = _known_from(data, enough_votes(exact, RIVAL_VOTES))
        worded, others = _rivals(words, text, around, before, data, mask)
        readings.append(_weigh(text, year, np.concatenate([same, others, worded.ids]), worded, data))
    if not (brief and readings):
        worded = by_words(search_words(words), data, mask, spelt=exact is not None)
        longer = _best_spelt(around.longer, _BEGUN, mask, data)
        beside = _best_spelt(around.beside, _BESIDE, mask, data)
        near = _near(text, data, mask, MOST_EDITS, None)
        ids = np.concatenate([same, longer, beside, near, worded.ids])
        found = _weigh(text, year, ids, worded, data)
        readings.append(replace(found, meant=found.meant & (exact is None)))
    return Candidates.merged(readings)


def named_with_number(words: tuple[str, ...], year: int | None, data: TitleData, mask: Mask) -> Candidates:
    """The films whose title is the words but for how its number is written.

    Args:
        words: of the query, as `fold.canonical` gives them.
        year: as for `match`.
        data: the index.
        mask: of the films that may come back.
    """
    text = squash(words)
    same = _best_spelt(_around(text, data).same, _EXACT, mask, data)
    found = _weigh(text, year, same, Found.none(), data)
    nothing = np.zeros(len(found.ids), np.bool_)
    return replace(found, costs=found.costs + OTHERWISE_COST, exact=nothing, literal=nothing)


def placed_alone(form: int, year: int | None, data: TitleData, more: float = 0.0) -> Candidates:
    """The film that has the place in its franchise which the query's number gives; `more` is added to its cost."""
    ids, flag = np.array([form]), np.zeros(1, np.bool_)
    costs = np.array([PLACED_COST + more])
    if year is not None:
        costs += years_apart(data.films.years[data.forms.rows[ids]], year)[1]
    return Candidates(ids, costs, flag, flag, flag, ~flag)


def match_exact(words: tuple[str, ...], plain: tuple[str, ...], data: TitleData, mask: Mask) -> ExactTitle | None:
    """What `match` and `ranking.rank` find of an exact title in a third of the time, where it is simple.

    Most titles have hardly any rival: then the cost of `match` and `rank` is that of calling NumPy.

    Args:
        words: of the query, folded, without a year.
        plain: the same as `fold.canonical` gives them: a number in words or Roman numerals has a second reading.
        data: the index.
        mask: of its films that may come back.

    Returns:
        None where no film of the index has the title, where the best-known film that has it yields to another or
        it is the subtitle of a better known one, and where the second reading is another film that is far better
        known.
    """
    forms, films, text = data.forms, data.films, squash(words)
    around = _around(text, data)
    same, kinds = sorted(mask.pick(around.same, around.same).tolist())[:_EXACT], forms.kinds.data
    titles = [form for form in same if kinds[form] <= LAST_WHOLE]
    if not titles:
        return None

    def votes(form: int) -> int:
        return int(films.votes[forms.rows[form]])

    most = votes(titles[0])
    if plain != words and _read_otherwise(plain, titles, enough_votes(most, RIVAL_VOTES), data):
        return None
    enough = enough_votes(most, YIELD_VOTES)
    ahead = MOST_LEAD
    before = _known_from(data, enough_votes(most, RIVAL_VOTES))
    worded, others = _rivals(words, text, around, before, data, mask)
    shorter = same[: same.index(titles[0])]  # of better known films, whose title is longer
    if any(votes(form) >= enough or (kinds[form] in SUBTITLES and votes(form) > most) for form in shorter):
        return None
    known = [form for form in shorter if form < before and kinds[form] >= Kind.SUB_TITLE]
    apart = set(others.tolist()).difference(same, worded.ids.tolist()).union(known)
    ids = np.concatenate([worded.ids, np.fromiter(apart, np.int64, len(apart))])
    if len(ids):
        costs, close = _weigh_rivals(text, ids, worded, data)
        if close.any() and (films.votes[forms.rows[ids[close]]] >= enough).any():
            return None
        least = float((costs - FAME_WORTH * forms.fames[ids]).min())
        ahead = lead(-float(FAME_WORTH * forms.fames[titles[0]]), least)
    if len(titles) > 1:
        titles.sort(key=lambda form: (-votes(form), films.movie_ids[forms.rows[form]]))
    return ExactTitle(titles, ahead)


def least_rival(
    words: tuple[str, ...], plain: tuple[str, ...], votes: int, data: TitleData, mask: Mask
) -> float | None:
    """The least cost, less what fame is worth, of the films of another index that an exact title may mean.

    Args:
        words, plain: of the query, as for `match_exact`.
        votes: of the film that has the title.
        data: the other index, a small one.
        mask: of its films that may come back.

    Returns:
        Infinity without any; None where one of its films has the title, too, or may come before the one that has.
    """
    if any(len(_around(squash(reading), data).same) for reading in {words, plain}):
        return None
    enough = enough_votes(votes, RIVAL_VOTES)
    if _known_from(data, enough) == 0:
        return math.inf
    found = match(words, None, data, mask, votes, brief=True)
    known = data.films.votes[data.forms.rows[found.ids]]
    if (found.close & (known >= enough_votes(votes, YIELD_VOTES))).any():
        return None
    totals = found.costs - FAME_WORTH * data.forms.fames[found.ids]
    return float(totals[known >= enough].min(initial=math.inf))


def _read_otherwise(plain: tuple[str, ...], titles: Sequence[int], votes: int, data: TitleData) -> bool:
    """Whether the second reading of a title is another film, with so many votes."""
    rows, known = data.forms.rows, data.films.votes
    same = {int(rows[form]) for form in titles}
    return any(known[row] >= votes and row not in same for row in rows[_around(squash(plain), data).same].tolist())


def _rivals(
    words: tuple[str, ...], text: str, around: _Around, before: int, data: TitleData, mask: Mask
) -> tuple[Found, NDArray[np.int64]]:
    """Forms with ids below `before` that may be meant by an exact title: by their words, and by their letters."""
    worded = rivals_by_words(search_words(words), data, mask, before)
    longer = _best_spelt(around.longer[around.longer < before], _BEGUN, mask, data)
    return worded, np.concatenate([longer, _near(text, data, mask, _RIVAL_EDITS, before)])


def _weigh(text: str, year: int | None, ids: NDArray[np.int64], worded: Found, data: TitleData) -> Candidates:
    """The forms, some of them given twice, with what sets them apart from the text; `worded` are among them."""
    ids = distinct(ids)
    if not len(ids):
        return Candidates(ids, np.empty(0), *(np.empty(0, np.bool_) for _ in range(4)))
    forms = data.forms
    kinds = forms.kinds[ids]
    texts = texts_of(forms.texts, ids)
    edits, costs = letters_costs(text, texts, kinds)
    close = edits <= close_edits(text)
    if len(worded.ids):
        place = np.searchsorted(ids, worded.ids)
        by_word = _word_costs(worded, edits[place])
        costs[place] = np.minimum(costs[place], np.where(edits[place] > 0, by_word, costs[place]))
        close[place] |= (by_word < PERFECT_COST) & (close_edits(text) > 0)
    if text.isdecimal():
        same = has_number(text, texts)
        costs[~same] += OTHER_NUMBER_COST
        close &= same
    literal = (edits == 0) & (kinds <= LAST_WHOLE)
    exact = literal
    if year is not None:
        beside, year_costs = years_apart(data.films.years[forms.rows[ids]], year)
        exact, close = exact & beside, close & beside
        costs += year_costs
    return Candidates(ids, costs, exact, close, literal, np.ones(len(ids), np.bool_))


def _weigh_rivals(
    text: str, ids: NDArray[np.int64], worded: Found, data: TitleData
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Costs and closeness, as `_weigh` gives them, of forms that are no exact title; the first are `worded`.

    The letters of a form that is too far away to be meant are not weighed: its cost is infinite.
    """
    texts = texts_of(data.forms.texts, ids)
    edits = np.full(len(ids), MOST_APART)
    meant = {place for place, choice in enumerate(texts) if choice.startswith(text)}
    for _, apart, place in process.extract(text, texts, scorer=OSA.distance, score_cutoff=MOST_APART, limit=None):
        edits[place] = apart
        if apart <= FEW_EDITS:
            meant.add(place)
    costs = np.full(len(ids), np.inf)
    if meant:
        places = sorted(meant)
        costs[places] = letters_costs(text, [texts[place] for place in places], data.forms.kinds[ids[places]])[1]
    by_word = _word_costs(worded, edits[: len(worded.ids)])
    close = edits <= close_edits(text)
    close[: len(by_word)] |= (by_word < PERFECT_COST) & (close_edits(text) > 0)
    costs[: len(by_word)] = np.minimum(costs[: len(by_word)], by_word)
    if text.isdecimal():
        same = has_number(text, texts)
        costs[~same] += OTHER_NUMBER_COST
        close &= same
    return costs, close


def _word_costs(worded: Found, edits: NDArray[np.int64]) -> NDArray[np.float64]:
    """What sets apart forms found by their words, so many edits from the query."""
    return worded.costs + APART_COST * np.minimum(edits, MOST_APART)


def _near(text: str, data: TitleData, mask: Mask, edits: int, before: int | None) -> NDArray[np.int64]:
    """Forms within so many edits, some of them twice; with ids below `before`, if given."""
    if before == 0:
        return np.empty(0, np.int64)
    near = data.forms.near.candidates(query_hashes(text, edits), _NEAR * mask.widening, before).astype(np.int64)
    return _spelt_out(mask.pick(near, near), data)


def _spelt_out(ids: NDArray[_Id], data: TitleData) -> NDArray[_Id]:
    """The forms that are no initials: those are a film's name only if the query is them, letter by letter."""
    return np.asarray(ids[data.forms.kinds[ids] != Kind.INITIALS])


def forms_around(text: str, data: TitleData, *, longer: bool = True) -> NDArray[np.int32]:
    """Ids of the forms that are the text, letter by letter, or (if `longer`) begin with it; in no order."""
    around = _around(text, data)
    return np.concatenate([around.same, around.longer]) if longer else around.same


@dataclass(frozen=True)
class _Around:
    """Forms that are a text, that begin with it, and that are beside it in alphabetical order."""

    same: NDArray[np.int32]
    longer: NDArray[np.int32]
    beside: NDArray[np.int32]


def _around(text: str, data: TitleData) -> _Around:
    order = data.forms.alphabetical
    low, longer, high = prefix_range(data.forms.texts, order, text, data.guide)
    return _Around(order[low:longer], order[longer:high], order[max(low - _BESIDE, 0) : low + _BESIDE])


def _best_known(forms: NDArray[np.int32], most: int, mask: Mask) -> NDArray[np.int64]:
    """The best known of the forms that may come back."""
    ids = forms.astype(np.int64)
    ids = mask.pick(ids, ids)
    return np.partition(ids, most)[:most] if len(ids) > most else ids


def _best_spelt(forms: NDArray[np.int32], most: int, mask: Mask, data: TitleData) -> NDArray[np.int64]:
    """The best known of the forms that may come back and are no initials.

    Ids ascend as votes fall, so of the many titles that begin with a letter the lowest ids are looked at first.
    """
    if len(forms) > _MANY:
        bound = len(data.forms.rows) * _MANY // len(forms)
        found = _best_known(_spelt_out(forms[forms < bound], data), most, mask)
        if len(found) == most:
            return found
    return _best_known(_spelt_out(forms, data), most, mask)


def _known_from(data: TitleData, votes: int) -> int:
    """How many forms, the first ones, are of films with so many votes or more."""
    rows, known = data.forms.rows.data, data.films.votes.data
    return bisect_left(rows, True, key=lambda row: known[row] < votes)
