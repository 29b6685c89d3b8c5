"""A small catalogue with the titles that are hard to look up, and how to build an index of any films."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from index.titles import TitleIndex, build_titles

Film = tuple[str, str, int, int]  # title, original title ("" for the same), year, votes

CATALOGUE: tuple[Film, ...] = (
    ("Interstellar", "", 2014, 32_571),
    ("Interstelar", "", 2014, 1),
    ("The Godfather", "", 1972, 18_677),
    ("The Godfather Part II", "", 1974, 11_293),
    ("Godfather", "", 2012, 3),
    ("Spirited Away", "千と千尋の神隠し", 2001, 14_913),
    ("My Neighbor Totoro", "となりのトトロ", 1988, 7_124),
    ("Amélie", "Le Fabuleux Destin d'Amélie Poulain", 2001, 10_750),
    ("Amelia", "", 2009, 213),
    ("WALL·E", "", 2008, 17_446),
    ("Wallander", "", 2005, 30),
    ("The Shawshank Redemption", "", 1994, 24_649),
    ("The Lord of the Rings", "", 1978, 777),
    ("The Lord of the Rings: The Fellowship of the Ring", "", 2001, 23_323),
    ("The Lord of the Rings: The Two Towers", "", 2002, 20_274),
    ("The Lord of the Rings: The Return of the King", "", 2003, 22_334),
    ("Crouching Tiger, Hidden Dragon", "臥虎藏龍", 2000, 2_914),
    ("The Terminator", "", 1984, 11_874),
    ("Terminator 2: Judgment Day", "", 1991, 11_744),
    ("Terminator 3: Rise of the Machines", "", 2003, 6_098),
    ("M", "M - Eine Stadt sucht einen Mörder", 1931, 1_913),
    ("M", "", 2017, 66),
    ("X", "", 2022, 2_235),
    ("9", "", 2009, 3_263),
    ("Up", "", 2009, 18_857),
    ("Us", "", 2019, 6_776),
    ("It", "", 2017, 18_018),
    ("Wit", "", 2001, 96),
    ("Spider-Man", "", 2002, 17_653),
    ("Spider-Man: Homecoming", "", 2017, 20_507),
    ("8½", "8½", 1963, 2_057),
    ("V/H/S", "", 2012, 1_376),
    ("Schindler's List", "", 1993, 14_594),
    ("Rocky", "", 1976, 7_135),
    ("Rocky II", "", 1979, 3_973),
    ("Rocky III", "", 1982, 3_744),
    ("Ocean's Eleven", "", 2001, 10_774),
    ("Ocean's Twelve", "", 2004, 6_721),
    ("Se7en", "", 1995, 19_403),
    ("Seven", "", 1979, 5),
    ("The Dark Knight", "", 2008, 30_619),
    ("Dark City", "", 1998, 3_000),
    ("Dune", "", 2021, 9_420),
    ("Dune", "", 1984, 2_600),
    ("Blade Runner", "", 1982, 12_770),
    ("Blade Runner 2049", "", 2017, 12_331),
    ("Crash", "", 2005, 3_193),
    ("Crash", "", 1996, 979),
    ("Inception", "", 2010, 34_495),
    ("Alien³", "", 1992, 5_066),
    ("Life Is Beautiful", "La vita è bella", 1997, 12_218),
    ("Parasite", "기생충", 2019, 16_430),
    ("Stalker", "Сталкер", 1979, 1_800),
    ("Gulabo Sitabo", "गुलाबो सिताबो", 2020, 60),
    ("Die Straße", "", 1950, 12),
    ("$", "", 1971, 60),
    (" ", "", 2000, 4),
    ("Doctor Dolittle", "", 1998, 2_900),
    ("Dr. Strangelove or: How I Learned to Stop Worrying and Love the Bomb", "", 1964, 5_111),
)


def make_index(path: Path, films: Sequence[Film]) -> TitleIndex:
    """The index of the films, written and opened; the film in row i has the id 1000 + i."""
    build_titles(
        path,
        movie_ids=np.arange(1000, 1000 + len(films)),
        titles=[film[0] for film in films],
        original_titles=[film[1] for film in films],
        years=np.array([film[2] for film in films], dtype=np.int16),
        votes=np.array([film[3] for film in films], dtype=np.int32),
    )
    return TitleIndex.open(path)
