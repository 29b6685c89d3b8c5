"""Japanese in Latin letters: how its words are read (Sudachi), in the Hepburn romanisation without long vowels.

Sudachi's small dictionary takes 115 MB on disk and 58 MB of memory, 12 us a title, and reads 千と千尋の神隠し and
紅の豚 right; IPADIC (fugashi, 54 MB) and Janome (203 MB) do not. Cutlet with UniDic would take 252 MB.
"""

from __future__ import annotations

import re
from functools import cache
from threading import Lock

import jaconv
from sudachipy import Dictionary, Tokenizer

_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")
_READ_OTHERWISE = {"は": "ワ", "へ": "エ", "を": "オ"}  # as particles
_PARTICLE, _SIGNS = "助詞", ("補助記号", "空白")
_LONG = re.compile(r"-|(?<=o)[ou](?=.|$)|(?<=u)u")
_lock = Lock()


def has_kana(text: str) -> bool:
    """Whether a text has hiragana or katakana, which only Japanese has."""
    return _KANA.search(text) is not None


def in_latin(text: str) -> str:
    """A Japanese text in Latin letters, its words apart; what has no reading stays as it is.

    >>> in_latin("七人の侍"), in_latin("千と千尋の神隠し"), in_latin("東京物語")
    ('shichi nin no samurai', 'sen to chihiro no kamikakushi', 'tokyo monogatari')
    """
    with _lock:  # a tokenizer is for one thread
        words = [
            (one.surface(), one.reading_form(), one.part_of_speech()[0]) for one in _tokenizer().tokenize(text)
        ]
    read = [
        _READ_OTHERWISE.get(surface, reading) if kind == _PARTICLE else surface if kind in _SIGNS else reading
        for surface, reading, kind in words
    ]
    return " ".join(_LONG.sub("", jaconv.kana2alphabet(jaconv.kata2hira(word))) for word in read).lower()


@cache
def _tokenizer() -> Tokenizer:
    return Dictionary(dict="small").tokenizer()
