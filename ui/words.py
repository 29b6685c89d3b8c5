"""Texts of the UI for numbers, codes and block names."""

from __future__ import annotations

import datetime as dt

LANGUAGES = {
    "ar": "Arabic",
    "bn": "Bengali",
    "ca": "Catalan",
    "cn": "Cantonese",
    "cs": "Czech",
    "da": "Danish",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "et": "Estonian",
    "eu": "Basque",
    "fa": "Persian",
    "fi": "Finnish",
    "fr": "French",
    "he": "Hebrew",
    "hi": "Hindi",
    "hu": "Hungarian",
    "id": "Indonesian",
    "is": "Icelandic",
    "it": "Italian",
    "ja": "Japanese",
    "ka": "Georgian",
    "ko": "Korean",
    "ml": "Malayalam",
    "nb": "Norwegian Bokmål",
    "nl": "Dutch",
    "no": "Norwegian",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "sr": "Serbian",
    "sv": "Swedish",
    "ta": "Tamil",
    "te": "Telugu",
    "th": "Thai",
    "tl": "Tagalog",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "vi": "Vietnamese",
    "xx": "No language",
    "zh": "Chinese",
}
"""TMDB's codes: ISO 639-1, and its own `cn` and `xx`. Any other code is shown unchanged."""

COUNTRIES = (
    "Argentina",
    "Australia",
    "Austria",
    "Belgium",
    "Brazil",
    "Canada",
    "China",
    "Czech Republic",
    "Denmark",
    "Finland",
    "France",
    "Germany",
    "Hong Kong",
    "Hungary",
    "Iceland",
    "India",
    "Iran",
    "Ireland",
    "Israel",
    "Italy",
    "Japan",
    "Mexico",
    "Netherlands",
    "New Zealand",
    "Norway",
    "Poland",
    "Portugal",
    "Russia",
    "South Africa",
    "South Korea",
    "Soviet Union",
    "Spain",
    "Sweden",
    "Switzerland",
    "Taiwan",
    "Thailand",
    "Turkey",
    "United Kingdom",
    "United States of America",
)
"""Countries with many films, by TMDB's names."""

BLOCKS = {
    "genres": "Genres",
    "keywords": "Keywords",
    "text": "Story",
    "meaning": "Meaning",
    "language": "Language",
    "country": "Country",
    "title": "Title",
    "companies": "Studios",
    "form": "Form",
    "year": "Year",
    "runtime": "Runtime",
    "rating": "Rating",
    "votes": "Votes",
    "popularity": "Popularity",
    "budget": "Budget",
    "revenue": "Revenue",
    "director": "Director",
    "cast": "Cast",
}
"""Labels of the vector's blocks; any other block is shown under its own name."""

FEW_VOTES = 50
"""Below, a rating says how many votes it comes from."""
ONE_MILLION = 1_000_000
ONE_BILLION = 1_000_000_000
ONE_MINUTE = 60


def language(code: str) -> str:
    """The name of a language from its code.

    >>> language("ja"), language("qq")
    ('Japanese', 'qq')
    """
    return LANGUAGES.get(code, code)


def piece(kind: str, value: str, how: str, words: str) -> str:
    """What a text was read to ask for, in words.

    >>> piece("language", "sv,da", "filter", "nordic"), piece("without genre", "Horror", "filter", "no horror")
    ('Only language: Swedish, Danish', 'Without genre: Horror')
    >>> piece("genre", "Comedy", "weight", "comedy"), piece("unlike", "808", "weight", "not like Shrek")
    ('Genre: Comedy', 'not like Shrek')
    """
    if kind in ("like", "unlike"):
        return words
    named = value.replace(",", ", ")
    if kind.endswith("language"):
        named = ", ".join(language(code) for code in value.split(","))
    only = "only " if how == "filter" and not kind.startswith("without ") else ""
    label = f"{only}{kind}: {named}"
    return label[0].upper() + label[1:]


def block(name: str) -> str:
    """The label of a block of the vector.

    >>> block("text"), block("sound_track")
    ('Story', 'Sound track')
    """
    return BLOCKS.get(name) or name.replace("_", " ").capitalize()


def runtime(minutes: int) -> str:
    """A runtime in minutes.

    >>> runtime(45), runtime(120), runtime(169)
    ('45 min', '2 h', '2 h 49 min')
    """
    hours, rest = divmod(minutes, 60)
    return " ".join(part for part in (f"{hours} h" if hours else "", f"{rest} min" if rest else "") if part)


def day(iso: str) -> str:
    """A date from ISO 8601.

    >>> day("2014-11-05")
    '5 November 2014'
    """
    date = dt.date.fromisoformat(iso)
    return f"{date.day} {date:%B %Y}"


def dollars(amount: int) -> str:
    """An amount in US dollars.

    >>> dollars(950), dollars(165_000_000), dollars(2_923_706_026)
    ('$950', '$165 million', '$2.92 billion')
    """
    if amount >= ONE_BILLION:
        return f"${amount / ONE_BILLION:.3g} billion"
    if amount >= ONE_MILLION:
        return f"${amount / ONE_MILLION:.3g} million"
    return f"${amount:,}"


def films(count: int) -> str:
    """A number of films.

    >>> films(1), films(164747)
    ('1 film', '164,747 films')
    """
    return "1 film" if count == 1 else f"{count:,} films"


def votes(count: int) -> str:
    """A number of votes.

    >>> votes(1), votes(32571)
    ('1 vote', '32,571 votes')
    """
    return "1 vote" if count == 1 else f"{count:,} votes"


def rating(mean_vote: float, count: int) -> str:
    """The mean of some votes; of few, with their number; "" without votes.

    >>> rating(8.417, 32571), rating(10, 1), rating(0, 0)
    ('★ 8.4', '★ 10.0 from 1 vote', '')
    """
    if not count:
        return ""
    return f"★ {mean_vote:.1f}" + (f" from {votes(count)}" if count < FEW_VOTES else "")


def signed(part: float) -> str:
    """A part of a score, with a minus sign as wide as a plus sign.

    >>> signed(0.21), signed(-0.0374)
    ('+0.210', '−0.037')
    """
    return f"{part:+.3f}".replace("-", "−")


def size(size_bytes: int) -> str:
    """A size on disk.

    >>> size(12_400_000), size(1_318_000_000)
    ('12 MB', '1.32 GB')
    """
    if size_bytes >= ONE_BILLION:
        return f"{size_bytes / ONE_BILLION:.3g} GB"
    return f"{size_bytes / ONE_MILLION:.0f} MB"


def seconds(duration_s: float) -> str:
    """A duration.

    >>> seconds(4.21), seconds(122.4), seconds(7800)
    ('4.2 s', '2 min 2 s', '2 h 10 min')
    """
    if duration_s < ONE_MINUTE:
        return f"{duration_s:.1f} s"
    minutes, rest = divmod(round(duration_s), ONE_MINUTE)
    return runtime(minutes) if minutes >= ONE_MINUTE else f"{minutes} min {rest} s"


def moment(iso: str) -> str:
    """A moment from ISO 8601, to the minute.

    >>> moment("2026-11-21T22:39:36Z")
    '21 November 2026, 22:39 UTC'
    """
    at = dt.datetime.fromisoformat(iso).astimezone(dt.UTC)
    return f"{at.day} {at:%B %Y, %H:%M} UTC"


def between(start: str, end: str) -> str:
    """The time between two moments from ISO 8601.

    >>> between("2026-11-21T22:39:36Z", "2026-11-21T22:41:00Z")
    '1 min 24 s'
    """
    return seconds((dt.datetime.fromisoformat(end) - dt.datetime.fromisoformat(start)).total_seconds())
