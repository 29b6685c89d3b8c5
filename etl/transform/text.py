"""The cleaning rules of text: control characters, HTML, spaces, stray underscores, doubled separators.

A rule takes away what a page, an export or a form left behind and nothing that belongs to the words: "<3",
"AT&T", "V/H/S", "Cry_Wolf" and the joiners inside Persian or Malayalam words come out as they went in.
Cleaning clean text changes nothing.

`SUSPECT` finds every text that `clean_text` may change (and some that it does not). Python's `re` and Arrow's
RE2 read it alike, so the batch path sends only the suspects through the rule.
"""

from __future__ import annotations

import re
from html.entities import html5

from contract import OVERVIEW_MAX, TITLE_MAX

RAW_MAX = 200_000  # characters of one value that are read: over ten times what any column keeps

# Zero-width spaces, bidi embeddings and isolates, word joiners, soft hyphens, lone surrogates. U+200C and
# U+200D are not among them: they shape words in Persian and Indic scripts, and emoji.
_INVISIBLE = "\u00ad\u200b\u202a-\u202e\u2060-\u206f\ufeff"
_SUSPECT_CHARACTERS = "\x00-\x1f\x7f-\xa0\u1680\u2000-\u200f\u2028\u2029\u202f\u205f" + _INVISIBLE
_BLANK = "[ \u3000]"
SUSPECT = "|".join(
    (
        f"[{_SUSPECT_CHARACTERS}]",
        "<[A-Za-z/!]",
        "&#?[0-9A-Za-z]+;",
        f"__|(?:^|{_BLANK})_|_(?:{_BLANK}|$)",
        f"{_BLANK}{{2}}|^{_BLANK}|{_BLANK}$",
        f",{_BLANK}*,",
    )
)

# Windows-1252 in the C1 range, as HTML reads it: a stray 0x92 is an apostrophe.
_C1 = {n: bytes([n]).decode("cp1252", "ignore") for n in range(0x80, 0xA0)}
_CONTROLS = str.maketrans(
    dict.fromkeys((*range(0x09), *range(0x0E, 0x20), 0x7F)) | {n: c or None for n, c in _C1.items()}
)
_HIDDEN = re.compile(f"[{_INVISIBLE}\ud800-\udfff]")
_ODD = re.compile(f"[\x00-\x1f\x7f-\x9f\u200c\u200d{_INVISIBLE}\ud800-\udfff]")
_IDLE_JOINER = re.compile(r"(?:(?<=\s)|\A)[\u200c\u200d]+")
_ENTITY = re.compile(r"&(?:(?:amp|AMP|#0*38|#[xX]0*26);)*+(?:(#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|\w{1,31});)?")
_BLOCK_TAGS = (
    "blockquote|body|br|center|div|h[1-6]|head|hr|html|img|li|ol|pre|p|script|style|table|tbody|td|th|tr|ul"
)
_INLINE_TAGS = "abbr|a|b|cite|code|em|font|i|small|span|strong|sub|sup|s|tt|u"
_TAG = re.compile(
    rf"<!--[^<>]*-->|</?(?:({_BLOCK_TAGS})|{_INLINE_TAGS})(?:[\s/][^<>]*+)?>",
    re.IGNORECASE,
)
_COMMAS = re.compile(r",(?:\s*,)+")
_UNDERSCORES = re.compile(r"_{2,}|(?:(?<=\s)|\A)_|_(?=\s|\Z)")
_SPACES = re.compile(r"\s{2,}|[^\S \u3000]")  # a single ideographic space is part of a Japanese title
_EDGES = " \u3000\u200e\u200f"  # marks of direction have no effect at an end
_PASSES = 10  # real text needs two or three; more levels of nesting are an attack


def clean_text(text: str, limit: int = OVERVIEW_MAX) -> str:
    """Free text without control characters, HTML, doubled spaces and separators, or stray underscores.

    Args:
        text: the text as it came.
        limit: characters to keep at most.

    >>> clean_text("Tom &amp; <b>Jerry</b>,, the  _movie_\\x00")
    'Tom & Jerry, the movie'
    >>> clean_text("I <3 AT&T"), clean_text("Cry_Wolf")
    ('I <3 AT&T', 'Cry_Wolf')
    """
    clean = _settle(text[:RAW_MAX])
    return clean if len(clean) <= limit else _settle(clean[:limit])


def clean_title(text: str) -> str:
    """A title by the rules of `clean_text`, at most `TITLE_MAX` characters; "" when nothing is left.

    A title of nothing but underscores is a title.

    >>> clean_title(" ...And Justice for All "), clean_title("__")
    ('...And Justice for All', '__')
    """
    return clean_text(text, TITLE_MAX) or ("" if text.strip("_") else text[:TITLE_MAX])


def _settle(text: str) -> str:
    """Apply the rules until nothing changes, since a removal can create a new match for another rule."""
    for _ in range(_PASSES):
        clean = _once(text)
        if clean == text:
            return clean
        text = clean
    return " ".join(re.findall(r"[^\W_]+", text))


def _once(text: str) -> str:
    """Every rule, once. Each condition skips a rule that cannot match, to save its cost."""
    odd = _ODD.search(text)
    if odd:
        text = _HIDDEN.sub("", text.translate(_CONTROLS))
    if "&" in text:
        text = _ENTITY.sub(_decode, text)
    if "<" in text:
        text = _TAG.sub(lambda tag: " " if tag[1] else "", text)
    if "_" in text:
        text = _UNDERSCORES.sub(" ", text)
    text = _COMMAS.sub(_one_comma, text)
    if odd:
        text = _IDLE_JOINER.sub("", text)
    text = _SPACES.sub(" ", text) if "\u3000" in text else " ".join(text.split())
    return text.strip(_EDGES)


def _one_comma(commas: re.Match[str]) -> str:
    """One comma for several, but ",,Hallo" stays: German and Hungarian opening quotes are typed like that."""
    after = commas.string[commas.end() : commas.end() + 1]
    return "," if not after or after.isspace() else commas[0]


def _decode(entity: re.Match[str]) -> str:
    """The character of one entity. A chain such as `&amp;amp;lt;` counts as one, whatever its length."""
    name = entity[1]
    if name is None:
        return "&"
    if not name.startswith("#"):
        return html5.get(f"{name};") or f"&{name};"
    digits = name[1:]
    code = int(digits[1:], 16) if digits[0] in "xX" else int(digits)
    if code in _C1:
        return _C1[code]
    return chr(code) if code < 0x110000 else ""
