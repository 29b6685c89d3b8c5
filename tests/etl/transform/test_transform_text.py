"""Text is cleaned of what exports leave behind, and of nothing that belongs to it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract import OVERVIEW_MAX, TITLE_MAX
from etl.transform.text import SUSPECT, _settle, clean_text, clean_title

GENUINE = [
    *(
        "Ant-Man",
        "WALL·E",
        "V/H/S",
        "8½",
        "M",
        "9",
        "Schindler's List",
        "<3",
        "$",
        "#Alive",
        "?",
        "_",
        "____",
    ),
    *("Love & Friendship", "AT&T", "千と千尋の神隠し", "...And Justice for All", "if....", "C.R.A.Z.Y."),
    *("*batteries not included", "T2 Trainspotting", "TAYLOR SWIFT | THE ERAS TOUR", "Steins;Gate", "xXx: 3"),
    *("Cry_Wolf", "concrete_savanna", "snake_case_?", "#Blue_Whale", "Zero_jeden_zero", "{ < Film > }"),
    "怪談新耳袋 殴り込み!劇場版<北海道編>",
    "シン・エヴァンゲリオン劇場版:||",
    "ワンピース\u3000フィルム GOLD",
    "خانه\u200cی دوست کجاست؟",
    "ഉസ്\u200cതാദ്\u200c Hotel",
    "क\u094d\u200dष",
    "الرسالة",
    "ואלס עם באשיר",
    "👨‍👩‍👧 Family",
    "R&B; a story",
    "Q&copy without its semicolon",
    ",,Hallo'' sagt er",
    "1,000 Times Good Night",
    "Who's Afraid of 100%?",
    "<Broken> Wings",
]
DIRTY = {
    "Tom &amp; Jerry": "Tom & Jerry",
    "Tom &amp;amp;amp; Jerry": "Tom & Jerry",
    "&lt;3": "<3",
    "Ocean&#39;s &#x45;leven": "Ocean's Eleven",
    "<b>Heat</b>": "Heat",
    "Hel<i>vet</i>ica": "Helvetica",
    "One<br/>Two<BR>Three": "One Two Three",
    "<p class='x'>Heat</p><!-- done -->": "Heat",
    "&lt;b&gt;Heat&lt;/b&gt;": "Heat",
    "a\x00b\x07c": "abc",
    "One\r\n\tTwo\x0bThree": "One Two Three",
    "student\x92s &#146;life": "student’s ’life",
    "  two  spaces ": "two spaces",
    "Bécassine\xa0!": "Bécassine !",
    "榎田貿易堂\u3000": "榎田貿易堂",
    "z\u200be\ufeffr\u00ado\u2060": "zero",
    "\u200eThe Slacker\u200e": "The Slacker",
    "Weddin\u202ag\u202c": "Wedding",
    "_Inception_": "Inception",
    "The _ Matrix": "The Matrix",
    "Erased,___Ascent": "Erased, Ascent",
    "Good,, bad, , ugly": "Good, bad, ugly",
    "\u200c lonely joiner": "lonely joiner",
    "\ud800surrogate": "surrogate",
    "&#1114112;x": "x",
    " \t\u200b": "",
    "<br>": "",
}
PIECES = st.sampled_from(
    [
        *(
            "&",
            "amp;",
            "lt;",
            "&lt;",
            "&#38;",
            "#60;",
            "<",
            ">",
            "/",
            "b",
            "br",
            "!--",
            "--",
            "_",
            "__",
            ",",
            " ",
        ),
        *("\u3000", "\u200c", "\u200e", "\u200b", "\xa0", "\x00", "\x92", "\n", "é", "x", "9", ";", "|"),
    ]
)
TEXTS = st.text() | st.lists(PIECES).map("".join)


@pytest.mark.parametrize("title", GENUINE)
def test_a_genuine_title_comes_out_as_it_went_in(title: str) -> None:
    assert clean_title(title) == title


@pytest.mark.parametrize(("dirty", "clean"), DIRTY.items())
def test_dirt_goes_and_words_stay(dirty: str, clean: str) -> None:
    assert clean_title(dirty) == clean
    assert clean_text(dirty) == clean


@pytest.mark.parametrize(("rule", "limit"), [(clean_title, TITLE_MAX), (clean_text, OVERVIEW_MAX)])
def test_long_text_is_cut(rule: object, limit: int) -> None:
    assert callable(rule)
    assert rule("é" * (limit + 1)) == "é" * limit
    assert rule("x" * (limit - 1) + " y") == "x" * (limit - 1)


@settings(max_examples=400)
@given(TEXTS)
def test_cleaning_clean_text_changes_nothing(text: str) -> None:
    assert clean_text(clean_text(text)) == clean_text(text)
    assert clean_title(clean_title(text)) == clean_title(text)


@settings(max_examples=400)
@given(TEXTS)
def test_what_is_not_suspect_is_clean(text: str) -> None:
    if not re.search(SUSPECT, text):
        assert _settle(text) == text


@pytest.mark.parametrize(
    "piece", ["<", "<b", "<!--", "&amp;", "&", ", ", ",_", "_\u200e", " ", "\u200e x", "<<b>b>"]
)
def test_ten_million_characters_of_an_attack_are_cleaned(piece: str) -> None:
    text = (piece * (10_000_000 // len(piece) + 1)) + "x"
    assert len(clean_text(text)) <= OVERVIEW_MAX  # with quadratic rules this would take hours
