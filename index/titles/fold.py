"""Titles as people type them: folded to plain words, numbers made equal, words reduced to their sound."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from anyascii import anyascii

from index.titles.japanese import has_kana, in_latin

MAX_TYPED = 400  # characters of a query that are read; the longest title on TMDB has under 250
MAX_LENGTH = 120  # letters kept of a folded title

_UNDECOMPOSED = str.maketrans(
    {"ı": "i", "ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ħ": "h", "ŋ": "n"}
)
_SPELT_OUT = {"&": " and ", "½": " 1 2", "¼": " 1 4", "¾": " 3 4", "⅓": " 1 3", "⅔": " 2 3"}
_JOINING = frozenset("'’‘ʼ`´ʹʻ＇")  # dropped, so that "schindler's" is "schindlers"
_INITIALS = re.compile(r"\b(?:\w\.){2,}(?:\w\b)?")
_MOVED_ARTICLE = re.compile(r"^(.+), *(the|an?|l[ae]|les|el|l[ao]s|der|die|das|il|l')(?= *(?:\(\d{4}\))?$)", re.I)
_PLUS = re.compile(r"(?<=\s)\+(?=\s)")
_SUBTITLE = re.compile(r"\s*(?::|：|\s[-–—~]\s|\(|（)\s*")
_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u2e80-\ua4cf\uf900-\ufaff]|[\U00020000-\U0003ffff]"
)  # Thai, Lao, Han, kana
_ARTICLES = frozenset({"the", "a", "an", "le", "la", "les", "el", "los", "las", "der", "das", "il"})
_LAST_LATIN = 0x24F
_DIGITS = re.compile(r"[0-9]+")
_YEAR = re.compile(r"18[7-9]\d|19\d\d|20[0-4]\d")
_CACHED_CHARACTERS = 20_000


class _FoldTable(dict[int, str]):
    """Code point to its folded form, found once per character (`str.translate` reads it)."""

    def __missing__(self, code: int) -> str:
        folded = _fold_character(chr(code))
        if len(self) < _CACHED_CHARACTERS:
            self[code] = folded
        return folded


def _fold_character(character: str) -> str:
    if character in _SPELT_OUT:
        return _SPELT_OUT[character]
    if character in _JOINING:
        return ""
    plain = unicodedata.normalize("NFKD", character).casefold().translate(_UNDECOMPOSED)
    return "".join(_fold_plain(c) for c in unicodedata.normalize("NFKD", plain))


def _fold_plain(character: str) -> str:
    if character.isalnum():
        return character
    category = unicodedata.category(character)
    if category == "Cf" or 0xFE00 <= ord(character) <= 0xFE0F:  # joiners, marks of direction, variants
        return ""
    if category in {"Mn", "Mc"}:  # accents go; the vowel signs of Indic scripts, of class 0, are letters
        return "" if unicodedata.combining(character) else character
    return " "


_FOLD = _FoldTable()


def fold(text: str) -> tuple[str, ...]:
    """The words of a text without case, accents and punctuation; of a text of symbols alone, the symbols.

    An article moved to the end, as catalogues do, goes back. Empty when no character of the text is visible.

    >>> fold("Amélie & the V.H.S."), fold("8½"), fold("Crush, The"), fold("$"), fold(" ")
    (('amelie', 'and', 'the', 'vhs'), ('8', '1', '2'), ('the', 'crush'), ('$',), ())
    """
    if "+" in text:
        text = _PLUS.sub(" and ", text)
    if "," in text:
        text = _MOVED_ARTICLE.sub(r"\2 \1", text)
    if "." in text:
        text = _INITIALS.sub(lambda initials: initials[0].replace(".", "") + " ", text)
    words = text.translate(_FOLD).split()
    if words:
        return tuple(words)
    symbols = "".join(c for c in text if unicodedata.category(c)[0] in "PS")
    return (symbols,) if symbols else ()


def squash(words: Sequence[str]) -> str:
    """The words without spaces, cut to `MAX_LENGTH`: "wall e", "wall-e" and "walle" are one.

    >>> squash(("wall", "e"))
    'walle'
    """
    return "".join(words)[:MAX_LENGTH]


def weight(words: Sequence[str]) -> int:
    """The number of letters; one that is a syllable or a word of its script counts as two.

    >>> weight(("wall", "e")), weight(("神隠し",))
    (5, 6)
    """
    return sum(len(word) + len(_UNSPACED.findall(word)) for word in words)


def bare(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words without a leading article; empty when there is none, or nothing else.

    >>> bare(("the", "thing")), bare(("up",)), bare(("the",))
    (('thing',), (), ())
    """
    return words[1:] if words and words[0] in _ARTICLES else ()


def name_parts(title: str) -> tuple[list[str], list[str]]:
    """What stands before and what stands after each subtitle mark of a title, such as a colon.

    >>> name_parts("John Wick: Chapter 3 - Parabellum")
    (['John Wick', 'John Wick: Chapter 3'], ['Chapter 3 - Parabellum', 'Parabellum'])
    """
    marks = list(_SUBTITLE.finditer(title))
    return [title[: mark.start()] for mark in marks], [title[mark.end() :] for mark in marks]


def romanised(text: str, *, japanese: bool = False) -> str:
    """The text in Latin letters, or the empty string if it has no letters of another script.

    Args:
        text: in any script.
        japanese: whether Han characters are read as Japanese, as they are in a text with kana; else as Mandarin.

    >>> romanised("Иди и смотри"), romanised("기생충"), romanised("Amélie")
    ('Idi i smotri', 'GiSaengChung', '')
    >>> romanised("七人の侍"), romanised("晩春", japanese=True), romanised("晩春")
    ('shichi nin no samurai', 'banshun', 'WanChun')
    """
    if not any(c.isalpha() and ord(c) > _LAST_LATIN for c in text):
        return ""
    return anyascii(in_latin(text) if japanese or has_kana(text) else text)


def split_year(words: tuple[str, ...]) -> tuple[tuple[str, ...], int] | None:
    """A year at the end (or else the start) of a query apart from the rest; None without one.

    >>> split_year(("dune", "1984")), split_year(("1917",))
    ((('dune',), 1984), None)
    """
    if len(words) < 2:
        return None
    if _YEAR.fullmatch(words[-1]):
        return words[:-1], int(words[-1])
    if _YEAR.fullmatch(words[0]):
        return words[1:], int(words[0])
    return None


_SMALL = re.findall(
    r"\w+",
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty",
)
_ROMAN = re.findall(r"\w+", "ii iii iv vi vii viii ix xi xii xiii xiv xv xvi xvii xviii xix xx")
_ROMAN_VALUES = (2, 3, 4, 6, 7, 8, 9, *range(11, 21))
_ORDINALS = re.findall(
    r"\w+", "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth"
)
_ABBREVIATED = {
    "dr": "doctor",
    "mr": "mister",
    "mrs": "missus",
    "st": "saint",
    "vs": "versus",
    "vol": "volume",
    "pt": "part",
    "ep": "episode",
}
_TENS = {
    word: 10 * value
    for value, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)
}
_PLAIN = _ABBREVIATED | (
    {word: str(value) for word, value in _TENS.items()}
    | {word: str(value) for value, word in enumerate(_SMALL)}
    | {word: str(value) for word, value in zip(_ROMAN, _ROMAN_VALUES, strict=True)}
    | {word: str(value) for value, word in enumerate(_ORDINALS, start=1)}
    | {f"{value}th": str(value) for value in range(4, 21)}
    | {"1st": "1", "2nd": "2", "3rd": "3", "100": "100", "hundred": "100", "thousand": "1000"}
)
_LONE_ROMAN = {"i": "1", "v": "5", "x": "10"}


def plain_words(words: Sequence[str]) -> tuple[str, ...]:
    """The words with numbers (written, ordinal, roman) as digits and abbreviations in full.

    I, V and X are numbers only after another word: there are films of these names.

    >>> plain_words(("rocky", "ii")), plain_words(("henry", "v")), plain_words(("x",))
    (('rocky', '2'), ('henry', '5'), ('x',))
    """
    digits = [_PLAIN.get(word, word) for word in words]
    for i in range(1, len(digits)):
        digits[i] = _LONE_ROMAN.get(digits[i], digits[i])
    return tuple(digits)


_NUMBERED = frozenset({"part", "volume", "chapter", "episode"})


def canonical(words: Sequence[str]) -> tuple[str, ...]:
    """The `plain_words`, without "part", "volume", "chapter" and "episode" before a number.

    >>> canonical(("kill", "bill", "vol", "2")), canonical(("dune", "part", "two")), canonical(("part", "2"))
    (('kill', 'bill', '2'), ('dune', '2'), ('part', '2'))
    >>> canonical(("twenty", "one", "grams")), canonical(("20", "1"))
    (('21', 'grams'), ('20', '1'))
    """
    plain = _joined_numbers(words)
    followed = [word.isdigit() for word in plain[1:]] + [False]
    return tuple(w for i, w in enumerate(plain) if not (i and w in _NUMBERED and followed[i]))


def _joined_numbers(words: Sequence[str]) -> tuple[str, ...]:
    """The `plain_words`, with "twenty" and "one" as one number."""
    plain = [*plain_words(words)]
    for i in reversed(range(len(words) - 1)):
        if words[i] in _TENS and words[i + 1] in _SMALL[1:10]:
            plain[i : i + 2] = [str(_TENS[words[i]] + int(plain[i + 1]))]
    return tuple(plain)


def only_a_number(words: Sequence[str]) -> bool:
    """Whether the words are no more than a number, as in "Part Two".

    >>> only_a_number(("part", "two")), only_a_number(("catching", "fire"))
    (True, False)
    """
    return all(word.isdigit() or word in _NUMBERED for word in plain_words(words))


def numbers(words: Sequence[str]) -> frozenset[str]:
    """The numbers from 2 up that the words name; "i", "v" and "x" name one at the end only.

    >>> sorted(numbers(("rocky", "iv"))), sorted(numbers(("what", "i", "did"))), sorted(numbers(("se7en",)))
    (['4'], [], ['7'])
    """
    plain, last = plain_words(words), len(words) - 1
    told = (w for i, w in enumerate(plain) if i == last or words[i] not in _LONE_ROMAN)
    return frozenset(str(int(n)) for word in told for n in _DIGITS.findall(word)) - {"0", "1"}


def initials(words: Sequence[str]) -> str:
    """The first letters of three to seven words, or the empty string.

    >>> initials(("lord", "of", "the", "rings")), initials(("rocky", "2")), initials(("ocean", "and", "11"))
    ('lotr', '', '')
    """
    letters = "".join(word[0] for word in words)
    return letters if 3 <= len(words) <= 7 and letters.isascii() and letters.isalpha() else ""


def leading_initials(title: str) -> str:
    """Initials that a title begins with, as in "E.T. the Extra-Terrestrial", or the empty string."""
    found = _INITIALS.match(title)
    return found[0].replace(".", "").lower() if found else ""


_SOUND_RULES = tuple(
    (re.compile(pattern), spelling)
    for pattern, spelling in (
        (r"^(?:kn|gn|pn)", "n"),
        (r"^wr", "r"),
        (r"^ps", "s"),
        (r"^x", "s"),
        (r"wh", "w"),
        (r"igh", "i"),
        (r"(?<=[aou])ugh", "f"),
        (r"gh", "g"),
        (r"ph", "f"),
        (r"t?ch|sh|[st]i(?=on|a)", "x"),
        (r"mb$", "m"),
        (r"sc(?=[eiy])|c(?=[eiy])|z", "s"),
        (r"ck|c|q", "k"),
        (r"d?g(?=[eiy])", "j"),
        (r"(?<=..)e$", ""),
        (r"[eiy]+", "i"),
        (r"th", "0"),
        (r"(?<=.)h", ""),
        (r"[aouw]+", "a"),
        (r"(?<=i)a|(?<=a)i", ""),
        (r"(.)\1+", r"\1"),
    )
)


@lru_cache(maxsize=1024)
def sound(word: str) -> str:
    """How an English reader would say the word, coarsely; empty for a word that is not of a to z.

    Consonants by class and vowels as front or back, which keeps "nite" and "knight" together and "not" apart.

    >>> sound("knight") == sound("nite"), sound("nite") == sound("not"), sound("七")
    (True, False, '')
    """
    if not (word.isascii() and word.isalpha()):
        return ""
    for pattern, spelling in _SOUND_RULES:
        word = pattern.sub(spelling, word)
    return word


def search_words(words: Sequence[str]) -> tuple[str, ...]:
    """The words that a text is indexed and searched by: numbers as digits, and for a script without spaces every
    two letters in a row.

    >>> search_words(("rocky", "ii")), search_words(("神隠し",))
    (('rocky', '2'), ('神隠', '隠し'))
    """
    found: list[str] = []
    for word in plain_words(words):
        if word.isascii() or len(word) < 3 or not _UNSPACED.search(word):
            found.append(word[:MAX_LENGTH])
        else:
            found.extend(word[i : i + 2] for i in range(min(len(word), MAX_LENGTH) - 1))
    return tuple(found)
