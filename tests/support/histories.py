"""Histories in the forms in which services give them out."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

ALIEN, ALIENS, AMELIE, HEAT, DUNE_1984, THING = 348, 679, 194, 949, 841, 1091
LETTERBOXD = "Date,Name,Year,Letterboxd URI"
ROWS = {
    "ratings.csv": f"{LETTERBOXD},Rating\n"
    "2021-03-04,Alien,1979,https://boxd.it/1,5\n"
    "2021-03-05,Aliens,1986,https://boxd.it/2,4.5\n"
    '2021-03-06,"Amélie",2001,https://boxd.it/3,4\n',
    "watched.csv": f"{LETTERBOXD}\n"
    "2021-03-04,Alien,1979,https://boxd.it/1\n"
    "2021-03-07,Heat,1996,https://boxd.it/4\n"
    "2021-03-08,No Such Film At All Xyzzy,1950,https://boxd.it/5\n",
    "watchlist.csv": f"{LETTERBOXD}\n2021-03-09,Dune,1984,https://boxd.it/6\n",
    "likes/films.csv": f"{LETTERBOXD}\n2021-03-04,Alien,1979,https://boxd.it/1\n",
    "diary.csv": f"{LETTERBOXD},Rating,Rewatch,Tags,Watched Date\n"
    "2021-03-10,Alien,1979,https://boxd.it/7,4,Yes,cinema,2021-03-09\n",
    "reviews.csv": f"{LETTERBOXD},Rating,Rewatch,Review,Tags,Watched Date\n"
    '2021-03-10,Alien,1979,https://boxd.it/7,4,Yes,"In space,\nno one",cinema,2021-03-09\n',
    "deleted/diary.csv": f"{LETTERBOXD},Rating,Rewatch,Tags,Watched Date\n2020-01-01,Heat,1995,x,1,,,2020-01-01\n",
    "orphaned/ratings.csv": f"{LETTERBOXD},Rating\n2020-01-01,Heat,1995,x,1\n",
    "lists/best.csv": "Letterboxd list export v7\nDate,Name,Tags,URL,Description\n",
    "profile.csv": "Date Joined,Username\n2020-01-01,ann\n",
    "likes/lists.csv": f"{LETTERBOXD}\n2021-03-04,Heat,1995,https://boxd.it/9\n",
}
IMDB_NEW = (
    "Const,Your Rating,Date Rated,Title,Original Title,URL,Title Type,IMDb Rating,Runtime (mins),Year,Genres,"
    "Num Votes,Release Date,Directors\n"
    "tt0078748,9,2020-05-01,Alien,Alien,https://x,Movie,8.5,117,1979,Horror,900000,1979-05-25,Ridley Scott\n"
    "tt0903747,10,2020-05-02,Breaking Bad,Breaking Bad,https://x,TV Series,9.5,45,2008,Crime,1,2008-01-20,\n"
)
IMDB_OLD = (
    "Const,Your Rating,Date Rated,Title,URL,Title Type,IMDb Rating,Runtime (mins),Year,Genres,Num Votes,"
    "Release Date,Directors\n"
    "tt0113277,7,2012-05-01,Heat,http://x,movie,8.2,170,1995,crime,500000,1995-12-15,Michael Mann\n"
)
SIMKL = (
    "SIMKL_ID,Title,Type,Year,Watchlist,LastEpWatched,WatchedDate,Rating,Memo,TVDB,TMDB,IMDB\n"
    "1,Alien,movie,1979,completed,,2021-01-02 20:00:00,9,,,348,tt0078748\n"
    "2,Dune,movie,1984,plantowatch,,,,,,841,\n"
    "3,Heat,movie,1995,dropped,,,,,,949,\n"
    "4,Dark,tv,2017,completed,,,8,,,,\n"
)
MOVIELENS = 'movie_id,imdb_id,tmdb_id,rating,average_rating,title\n1214,0078748,348,4.5,4.0,"Alien (1979)"\n'
DATASET = {
    "ratings.csv": "userId,movieId,rating,timestamp\n1,1214,4.5,964982703\n",
    "links.csv": "movieId,imdbId,tmdbId\n1214,0078748,348\n",
}


def _movie(title: str, year: int, movie_id: int, more: Mapping[str, Any]) -> dict[str, Any]:
    ids = {"trakt": 1, "slug": "x", "imdb": None, "tmdb": movie_id}
    return {**more, "type": "movie", "movie": {"title": title, "year": year, "ids": ids}}


TRAKT = {
    "ann/ratings-movies.json": [
        _movie("Alien", 1979, ALIEN, {"rated_at": "2021-01-02T20:00:00.000Z", "rating": 9})
    ],
    "ann/watched-movies.json": [
        _movie("Heat", 1995, HEAT, {"last_watched_at": "2021-02-02T20:00:00Z", "plays": 2})
    ],
    "ann/watched-history-1.json": [
        _movie("Heat", 1995, HEAT, {"watched_at": "2021-02-01T20:00:00Z"}),
        {"watched_at": "2021-02-01T20:00:00Z", "type": "episode", "show": {"title": "Dark"}},
    ],
    "ann/lists-watchlist.json": [_movie("Dune", 1984, DUNE_1984, {"listed_at": "2021-02-03T20:00:00Z"})],
    "ann/user-profile.json": [],
}


def zipped(files: Mapping[str, Any]) -> bytes:
    """A zip of texts; what is no text is written as JSON."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content if isinstance(content, str) else json.dumps(content))
    return packed.getvalue()


def unzipped(data: bytes) -> dict[str, str]:
    """The texts of a zip."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def cells(text: str) -> list[dict[str, str]]:
    """The rows of a csv."""
    return list(csv.DictReader(io.StringIO(text)))
