"""Small made-up catalogues for tests: films of a few topics, so that it is known who is kin to whom."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from index.encode.blocks import DEFAULT, Profile
from index.films.summaries import FILM_SCHEMA
from index.generation.builder import GenerationBuilder
from index.generation.manifest import Generation
from index.generation.publish import Generations

TOPICS: dict[str, dict[str, Any]] = {
    "space": {"genres": ["Science Fiction", "Adventure"], "words": "space ship planet alien star orbit".split()},
    "mafia": {"genres": ["Crime", "Drama"], "words": "mafia family boss gun police heist".split()},
    "love": {"genres": ["Romance", "Comedy"], "words": "wedding paris kiss letter summer dance".split()},
    "ghost": {"genres": ["Horror"], "words": "ghost house night curse doll grave".split()},
}
COUNTRIES = ("United States of America", "France", "Japan", "Iceland")


def make_films(count: int, seed: int = 0, thin: float = 0.2) -> pa.Table:
    """Films in `FILM_SCHEMA`; film i has the id i + 1 and the topic i % 4, and votes fall with i.

    Args:
        count: how many.
        seed: of the random choices.
        thin: part of the films that have little more than a title and a year.
    """
    random = np.random.default_rng(seed)
    return pa.Table.from_pylist([_film(i, count, random, thin) for i in range(count)], schema=FILM_SCHEMA)


def topic_of(movie_id: int) -> str:
    """The topic of a film made by `make_films`."""
    return list(TOPICS)[(movie_id - 1) % len(TOPICS)]


def build_generation(root: Path, films: pa.Table, profile: Profile = DEFAULT) -> Generation:
    """Build, publish and open a generation of some films."""
    return publish(Generations(root), films, profile)


def publish(generations: Generations, films: pa.Table, profile: Profile = DEFAULT) -> Generation:
    """The same, among some generations."""
    with generations.building() as folder:
        GenerationBuilder(folder, profile, "test").build(films.to_batches(max_chunksize=700))
        generations.publish(folder)
    return Generation.open(generations.current())


LATER_LACKS, LATER_ADDS = [1, 2, 3], [301, 302, 303, 304, 305]
MOVED = 8
"""A film that has another topic in the later of two generations."""


def build_two_generations(root: Path) -> None:
    """An earlier generation of 300 films, and a later one that lacks some, adds some and moves one."""
    films = make_films(LATER_ADDS[-1], thin=0).to_pylist()
    earlier = [film for film in films if film["id"] not in LATER_ADDS]
    model = next(film for film in films if topic_of(film["id"]) != topic_of(MOVED) and film["id"] > MOVED)
    moved = {name: model[name] for name in ("genres", "keywords", "overview")}
    later = [film | moved if film["id"] == MOVED else film for film in films if film["id"] not in LATER_LACKS]
    for rows in (earlier, later):
        build_generation(root, pa.Table.from_pylist(rows, schema=FILM_SCHEMA))


def _film(i: int, count: int, random: np.random.Generator, thin: float) -> dict[str, Any]:
    topic = TOPICS[list(TOPICS)[i % len(TOPICS)]]
    words = list(random.choice(topic["words"], 3, replace=False))
    film = {
        "id": i + 1,
        "title": f"The {words[0].title()} of {words[1].title()} {i}",
        "original_title": f"Film {i}",
        "year": (year := int(1960 + random.integers(0, 60))),
        "release_date": date(year, 1 + i % 12, 1 + i % 28) if i % 6 else None,
        "rating": float(np.round(random.uniform(3, 9), 3)),
        "vote_average": float(np.round(random.uniform(1, 10), 1)),
        "vote_count": max(count - i, 0) * 3,
        "popularity": float(np.round(random.exponential(5), 3)),
        "adult": bool(i % 37 == 36),
        "original_language": "fr" if i % 5 == 0 else "en",
    }
    if random.random() < thin:
        return film
    return film | {
        "runtime": int(random.integers(60, 200)) if i % 3 else None,
        "budget": int(random.integers(1e5, 1e8)) if i % 4 == 0 else None,
        "overview": " ".join(random.choice(topic["words"], 8)),
        "tagline": "",
        "genres": topic["genres"][: 1 + i % 2],
        "keywords": words,
        "production_countries": [COUNTRIES[int(random.integers(0, 4))]],
        "production_companies": [f"Studio {i % 7}"],
        "poster_path": f"/{i}.jpg",
    }
