"""How rows of imported histories find their films: `python -m tests.benchmarks.history --dump PATH`.

Rows by title and year alone, as Letterboxd has them. `written`: 5,000 rows of films drawn by their votes, as
people watch them, in which titles and years differ as catalogues differ: the year of a festival, `&` for `and`,
another apostrophe, no accents, no article, another dash, Roman numerals, the original title. `plain` are the same
films without differences, `little_known` films of ten votes and more, each as likely as another. Every row of
`hostile` is written otherwise, also as careless tools do: capitals, entities, mojibake, half of the title, a
typing error, no year. With `--movielens DIR` also MovieLens' own titles and years, by film and by rating. `wrong`
are rows that were matched with another film; those that are neither right nor wrong wait for the person.
`import_s` is the time of a whole import of `written`.
"""

from __future__ import annotations

import argparse
import csv
import html
import io
import json
import random
import re
import shutil
import tempfile
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from etl.transform.history.importing import import_history
from index.answer.named import Status, find_named
from index.generation.manifest import Generation
from index.generation.publish import Generations
from index.titles.fold import fold
from sql.accounts import Role, create_user, credentials
from sql.engine import connect
from sql.migrations.upgrade import upgrade
from tests.support.sample import Sample, load_sample

SEED = 20_261
ROWS = 5_000
LEAST_VOTES = 10
DIFFERENT = 0.3
"""Share of the rows in which something differs."""

LONG_TITLE = 8
NO_YEAR = 0.1
"""Share of the rows that are written otherwise whose year is missing, among hostile ones."""

ROMAN = {"2": "II", "3": "III", "4": "IV", "5": "V"}
ARTICLES = ("The ", "A ", "An ")
MOVED = re.compile(r"^(.*), (The|A|An|Les|La|Le|L'|Der|Die|Das|Il|Los|Las|El)$")
Row = tuple[str, int | None, int]
"""Title, year, and the row of the film in the generation."""


def _digits(title: str, _: str) -> str:
    return " ".join(ROMAN.get(word, word) for word in title.split())


def _letter_lost(title: str, _: str) -> str:
    """A typing error, in titles long enough to be known all the same."""
    middle = len(title) // 2
    return title[:middle] + title[middle + 1 :] if len(title) >= LONG_TITLE else title


DIFFERENCES: Sequence[Callable[[str, str], str]] = (
    lambda title, _: title.replace(" and ", " & ") if " and " in title else title.replace(" & ", " and "),
    lambda title, _: title.replace("'", "’"),
    lambda title, _: " ".join(fold(title)).title(),
    lambda title, _: next((title.removeprefix(a) for a in ARTICLES if title.startswith(a)), title),
    lambda title, _: title.replace(": ", " - "),
    _digits,
    lambda title, original: original or title,
)

WORDS = {"1": "One", "2": "Two", "3": "Three", "4": "Four", "5": "Five", "10": "Ten", "12": "Twelve"}
SHORT = {"Doctor": "Dr.", "Mister": "Mr.", "Saint": "St.", "Versus": "vs.", "Volume": "Vol.", "Part": "Pt."}
HOSTILE: Sequence[Callable[[str, str], str]] = (
    *DIFFERENCES,
    lambda title, _: title.upper(),
    lambda title, _: unicodedata.normalize("NFD", title),
    lambda title, _: title.replace("...", "…") if "..." in title else title.replace("…", "..."),
    lambda title, _: title.replace("-", "–") if "-" in title else title.replace("·", "-"),
    lambda title, _: " ".join(WORDS.get(word, word) for word in title.split()),
    lambda title, _: " ".join(SHORT.get(word, word) for word in title.split()),
    lambda title, _: html.escape(title),
    lambda title, _: title.encode().decode("cp1252", errors="replace"),
    lambda title, _: f"  {title.replace(' ', '  ')} ",
    lambda title, _: next(
        (f"{title.removeprefix(a)}, {a.strip()}" for a in ARTICLES if title.startswith(a)), title
    ),
    lambda title, original: title if original in ("", title) else f"{title} ({original})",
    lambda title, _: title.partition(": ")[0],
    lambda title, _: title.partition(": ")[2] or title,
    lambda title, _: title.replace("!", "").replace("?", "").replace(",", ""),
    _letter_lost,
    lambda title, _: f"{title} (Director's Cut)",
)
"""What careless tools make of titles, too."""


def drawn(
    view: Generation,
    rng: random.Random,
    rows: Sequence[int],
    weights: Sequence[float],
    differences: Sequence[Callable[[str, str], str]] = (),
    share: float = DIFFERENT,
) -> list[Row]:
    """Rows of a history, a share of them written otherwise."""
    films = view.films.summaries(list(rows))
    found: list[Row] = []
    for place in rng.choices(range(len(rows)), weights, k=ROWS):
        film = films[place]
        title, year = film["title"], film["year"]
        if differences and rng.random() < share:
            change = rng.randrange(len(differences) + 2)
            if change >= len(differences):
                year += rng.choice((-1, 1))
            else:
                title = differences[change](title, film["original_title"])
            if differences is HOSTILE and rng.random() < NO_YEAR:
                year = 0
        found.append((title, year or None, rows[place]))
    return found


def movielens(view: Generation, folder: Path) -> tuple[list[Row], list[Row]]:
    """Titles and years as MovieLens writes them: each film once, and each as often as it was rated."""
    with (folder / "links.csv").open(newline="") as file:
        ids = {line["movieId"]: int(line["tmdbId"]) for line in csv.DictReader(file) if line["tmdbId"]}
    rated: Counter[str] = Counter()
    with (folder / "ratings.csv").open(newline="") as file:
        rated.update(line["movieId"] for line in csv.DictReader(file))
    films, ratings = [], []
    with (folder / "movies.csv").open(newline="") as file:
        for line in csv.DictReader(file):
            row = view.films.row_of(ids.get(line["movieId"], 0))
            year = re.search(r"\((\d{4})\)\s*$", line["title"])
            if row is None or year is None:
                continue
            bare = re.sub(r"\s*\([^()]*\)", "", line["title"]).strip()
            moved = MOVED.match(bare)
            title = f"{moved[2]}{'' if moved[2].endswith(chr(39)) else ' '}{moved[1]}" if moved else bare
            films.append((title, int(year[1]), row))
            ratings += [films[-1]] * rated[line["movieId"]]
    return films, ratings


def judged(view: Generation, rows: Iterable[Row]) -> dict[str, Any]:
    """Shares of rows by what became of them, and some that were matched with another film."""
    outcomes: Counter[str] = Counter()
    known: dict[tuple[str, int | None], Any] = {}
    wrong: dict[str, str] = {}
    started = time.perf_counter()
    for title, year, row in rows:
        found = known.get((title, year)) or known.setdefault((title, year), find_named(view, title, year))
        best = view.films.best_of(row)
        if found.status is not Status.MATCHED:
            outcomes["offered" if best in found.rows else found.status.value] += 1
        elif found.rows[0] == best:
            outcomes["right"] += 1
        else:
            outcomes["wrong"] += 1
            wrong[f"{title} ({year})"] = "; ".join(_named(view, place) for place in (best, found.rows[0]))
    count = outcomes.total()
    shares = {name: round(outcomes[name] / count, 4) for name in ("right", "wrong")}
    waiting = {name: round(number / count, 4) for name, number in outcomes.items() if name not in shares}
    return {
        "rows": count,
        **shares,
        "waiting": waiting,
        "ms_per_row": round((time.perf_counter() - started) / max(len(known), 1) * 1e3, 3),
        "some_wrong": dict(list(wrong.items())[:10]),
    }


def _named(view: Generation, row: int) -> str:
    (film,) = view.films.summaries([row])
    return f"{film['title']} ({film['year']}, {film['vote_count']} votes)"


def imported(loaded: Sample, view: Generation, rows: Sequence[Row], scratch: Path) -> dict[str, float]:
    """Seconds of an import of rows as Letterboxd's ratings.csv, and of the same file again."""
    database = scratch / "own.db"
    shutil.copyfile(loaded.folder / "reelkin.db", database)
    engine = connect(f"sqlite:///{database}")
    upgrade(engine)
    create_user(engine, "ann", "x", Role.MEMBER)
    found = credentials(engine, "ann")
    assert found is not None
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["Date", "Name", "Year", "Letterboxd URI", "Rating"])
    writer.writerows(["2024-01-02", title, year or "", "https://boxd.it/x", "4"] for title, year, _ in rows)
    seconds = []
    for _ in range(2):
        started = time.perf_counter()
        report = import_history(engine, view, found[0], "ratings.csv", text.getvalue().encode())
        seconds.append(round(time.perf_counter() - started, 2))
    assert report.changed == 0
    engine.dispose()
    return {"rows": len(rows), "import_s": seconds[0], "again_s": seconds[1]}


def measured(loaded: Sample, scratch: Path, ratings: Path | None) -> dict[str, Any]:
    """All figures of a loaded catalogue, which is not changed."""
    view = Generation.open(Generations(loaded.folder / "generations").current())
    rng = random.Random(SEED)
    votes = view.filters.column("votes")
    some = [int(row) for row in np.flatnonzero(votes >= LEAST_VOTES) if view.films.best_of(int(row)) == row]
    by_votes = [float(votes[row]) for row in some]
    written = drawn(view, rng, some, by_votes, DIFFERENCES)
    figures: dict[str, Any] = {
        "films": view.manifest.rows,
        "written": judged(view, written),
        "plain": judged(view, drawn(view, rng, some, by_votes)),
        "little_known": judged(view, drawn(view, rng, some, [1.0] * len(some), DIFFERENCES)),
        "hostile": judged(view, drawn(view, rng, some, by_votes, HOSTILE, share=1.0)),
    }
    if ratings is not None:
        films, rated = movielens(view, ratings)
        figures |= {"movielens_films": judged(view, films), "movielens_ratings": judged(view, rated)}
    return figures | {"import": imported(loaded, view, written, scratch)}


def main() -> int:
    """Measure and print; write the JSON if a file is named."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.history", description=__doc__)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--dump", type=Path, help="films to load and build first")
    source.add_argument("--data", type=Path, help="a folder with reelkin.db and generations/ of it; not changed")
    parser.add_argument(
        "--movielens", type=Path, help="a folder with MovieLens' movies.csv, links.csv, ratings.csv"
    )
    parser.add_argument("--json", type=Path, help="where to write the figures")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = args.data.resolve() if args.data else Path(scratch)
        url = f"sqlite:///{folder}/reelkin.db"
        loaded = Sample(url, folder) if args.data else load_sample(url, folder, args.dump.resolve())
        figures = measured(loaded, Path(scratch), args.movielens)
    print(json.dumps(figures, indent=1, ensure_ascii=False))
    if args.json:
        args.json.write_text(json.dumps(figures, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
