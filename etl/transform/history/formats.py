"""Which service a file comes from, by its headings or its name, and what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from etl.transform.history import letterboxd, own, services
from etl.transform.history.archive import MOST_LINES, HistoryError, Member, headings, members
from etl.transform.history.entries import Entry, Named

KNOWN = (
    "Letterboxd's zip or its csv files, IMDb's ratings.csv, Trakt's zip, Simkl's csv, MovieLens' csv, "
    "or an export of Reelkin"
)

Reader = Callable[[Member], Iterator[Entry]]
READERS: tuple[tuple[Callable[[frozenset[str]], bool], Reader], ...] = (
    (letterboxd.is_export, letterboxd.read_export),
    (services.is_imdb, services.read_imdb),
    (services.is_simkl, services.read_simkl),
    (services.is_movielens, services.read_movielens),
    (letterboxd.is_import, letterboxd.read_import),
)
_LISTED = ("ratings.csv", "watched.csv", "diary.csv", "reviews.csv", "watchlist.csv")


def read_history(name: str, data: bytes) -> list[Entry]:
    """Everything that an upload says of films, in its order.

    Args:
        name: as the file is called.
        data: what is in it.

    Raises:
        HistoryError: it is no history, or too large; the message says what can be read.
    """
    found = members(name, data)
    own_file = next((member for member in found if member.base == own.NAME), None)
    if own_file is not None:  # its csv files say the same
        found = [own_file]
    links = _links(found)
    entries: list[Entry] = []
    known = False
    for member in found:
        reading = _reading(member, links, alone=len(found) == 1)
        if reading is None:
            continue
        known = True
        entries += islice(reading, MOST_LINES + 1 - len(entries))
        if len(entries) > MOST_LINES:
            raise HistoryError(f"the file has more than {MOST_LINES:,} rows; send it in parts")
    if not known:
        raise HistoryError(f"{name or 'the file'} is no history that can be read; send {KNOWN}")
    return entries


def _links(found: list[Member]) -> dict[str, Named]:
    member = next((m for m in found if headings(m) >= {"movieid", "imdbid"} and "rating" not in headings(m)), None)
    return {} if member is None else services.links_of(member)


def _reading(member: Member, links: dict[str, Named], *, alone: bool) -> Iterator[Entry] | None:
    """The entries of one file; None if it is of no known kind, or lists what is no film of the person."""
    if services.trakt_of(member) is not None:
        return services.read_trakt(member)
    if member.base == own.NAME or (alone and member.text.lstrip()[:1] == "{"):
        return own.read_own(member)
    if member.base.endswith(".json"):
        return None
    names = headings(member)
    if letterboxd.is_export(names) and not alone and not _is_of_films(member):
        return None
    for belongs, read in READERS:
        if belongs(names):
            return read(member)
    return services.read_dataset(member, links) if services.is_dataset(names) else None


def _is_of_films(member: Member) -> bool:
    """Whether a file of Letterboxd's zip is one of those that are read: its lists are other people's, too."""
    return member.base in _LISTED or member.parts[-2:] == ("likes", "films.csv")
