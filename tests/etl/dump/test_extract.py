"""The reader: every row is found on its line, or is a fault; one bad row costs no other."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.dump.extract import Dump, Fault
from etl.dump.records import find_region, read_record
from etl.errors import DumpError, Reason
from etl.transform.film import COLUMNS, RAW_COLUMNS
from tests.etl.dumps import HEADER, as_csv, film, write

Row = tuple[int, dict[str, str]]


def read(path: Path, **options: int | bool) -> tuple[list[Row], list[Fault], tuple[int, int]]:
    """Rows with their lines, faults, and how many rows were recoded and requoted."""
    rows: list[Row] = []
    faults: list[Fault] = []
    recoded = requoted = 0
    with Dump(path, **options) as dump:  # type: ignore[arg-type]
        for block in dump.blocks():
            rows += zip(block.lines.tolist(), block.rows.select(RAW_COLUMNS).to_pylist(), strict=True)
            faults += block.faults
            recoded += block.recoded
            requoted += block.requoted
    return rows, faults, (recoded, requoted)


def read_bytes(data: bytes, **options: int | bool) -> tuple[list[Row], list[Fault], tuple[int, int]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "dump.csv"
        path.write_bytes(data)
        return read(path, **options)


def titles(data: bytes, **options: int | bool) -> list[tuple[int, str]]:
    return [(line, row["title"]) for line, row in read_bytes(data, **options)[0]]


def line_of(movie_id: int, title: str = "Home", **values: object) -> str:
    return as_csv([film(movie_id, title, **values)], header=False)


def test_rows_come_with_their_values_and_lines(tmp_path: Path) -> None:
    rows = [film(1, 'The "Best", film', overview="Two\nlines"), film(2), film(3, overview="a\n\nb\r\nc")]
    found, faults, _ = read(write(tmp_path / "dump.csv", *rows))
    assert found == [(2, rows[0]), (4, rows[1]), (5, rows[2])]
    assert faults == []


def test_columns_stand_in_any_order_among_others_in_any_case(tmp_path: Path) -> None:
    columns = ["writers", *reversed(COLUMNS), "music"]
    row = film(7, "Heat")
    path = tmp_path / "dump.csv"
    path.write_text(as_csv([row | {"writers": "Mann", "music": "x"}], columns).replace(",status,", ", Status ,"))
    assert read(path)[0] == [(2, row)]
    with Dump(path) as dump:
        assert dump.header.extra == ("writers", "music")


@pytest.mark.parametrize("columns", [("cast", *COLUMNS, "director"), (*COLUMNS, "director")])
def test_credits_are_read_where_a_dump_has_them(tmp_path: Path, columns: tuple[str, ...]) -> None:
    row = film(7, "Heat", director="Michael Mann", cast="Al Pacino, Robert De Niro")
    path = tmp_path / "dump.csv"
    path.write_text(as_csv([row], columns))
    expected = row | dict.fromkeys(row.keys() - set(columns), "")
    assert read(path)[0] == [(2, expected)]
    with Dump(path, fast=False) as dump:
        assert [block.rows.select(RAW_COLUMNS).to_pylist() for block in dump.blocks()] == [[expected]]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_marks(end: str, mark: bytes) -> None:
    text = (HEADER + line_of(1, "Amélie") + "\n" + line_of(2, "千と千尋")).replace("\n", end)
    assert titles(mark + text.encode()) == [(2, "Amélie"), (4, "千と千尋")]
    assert titles(mark + text.rstrip().encode()) == [(2, "Amélie"), (4, "千と千尋")]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_marked_encodings(encoding: str) -> None:
    assert titles((HEADER + line_of(1, "Amélie")).encode(encoding)) == [(2, "Amélie")]


@pytest.mark.parametrize("fast", [True, False])
def test_bytes_that_are_no_utf8_are_windows_1252(fast: bool) -> None:
    data = HEADER.encode() + line_of(1, "Amélie – “x”").encode("cp1252") + line_of(2, "Amélie").encode()
    rows, faults, repairs = read_bytes(data + b"\x81" + line_of(3).encode(), fast=fast)
    assert [row["title"] for _, row in rows] == ["Amélie – “x”", "Amélie", "Home"]
    assert rows[2][1]["id"] == "\x813"
    assert (faults, repairs) == ([], (2, 0))


@pytest.mark.parametrize("fast", [True, False])
def test_rows_with_too_few_or_too_many_fields_keep_their_text(fast: bool) -> None:
    data = HEADER + line_of(1) + "2,short\n\n" + line_of(3) + line_of(4).replace("\n", ',"a ""b""",c\r\n') + "x"
    rows, faults, _ = read_bytes(data.encode(), fast=fast)
    assert [line for line, _ in rows] == [2, 5]
    assert [(fault.line, fault.reason, fault.detail) for fault in faults] == [
        (3, Reason.FIELDS, "2 fields instead of 24"),
        (6, Reason.FIELDS, "26 fields instead of 24"),
        (7, Reason.FIELDS, "1 fields instead of 24"),
    ]
    assert faults[0].raw == "2,short"
    assert faults[1].raw == line_of(4).rstrip() + ',"a ""b""",c'


@pytest.mark.parametrize("fast", [True, False])
@pytest.mark.parametrize("block_bytes", [64, 8 << 20])
def test_an_open_quote_costs_its_own_line_only(fast: bool, block_bytes: int) -> None:
    broken = line_of(2).replace("Home", '"Home')
    good = [line_of(n, overview='Over, "view"' if n % 7 == 0 else "") for n in range(3, 400)]
    data = HEADER + line_of(1) + broken + "".join(good) + line_of(400).replace("Home", '"Home')
    rows, faults, _ = read_bytes(data.encode(), fast=fast, block_bytes=block_bytes)
    assert [row["id"] for _, row in rows] == [str(n) for n in range(1, 400) if n != 2]
    assert [line for line, _ in rows] == [n + 1 for n in range(1, 400) if n != 2]
    assert [(fault.line, fault.reason, fault.raw) for fault in faults] == [
        (3, Reason.QUOTE, broken.rstrip()),
        (401, Reason.QUOTE, line_of(400).replace("Home", '"Home').rstrip()),
    ]


@pytest.mark.parametrize("fast", [True, False])
def test_an_open_quote_that_meets_an_empty_field_swallows_nothing(fast: bool) -> None:
    data = HEADER + line_of(1).replace("Home", '"Home') + line_of(2).replace("Home", '""') + line_of(3)
    rows, faults, _ = read_bytes(data.encode(), fast=fast)
    assert [row["id"] for _, row in rows] == ["2", "3"]
    assert [(fault.line, fault.reason) for fault in faults] == [(2, Reason.QUOTE)]


@pytest.mark.parametrize("fast", [True, False])
def test_quotes_that_should_have_been_doubled_are_kept(fast: bool) -> None:
    data = HEADER + line_of(1).replace("Home", '"The "Best", I say"') + line_of(2).replace("Home", '5" disk')
    data += line_of(3).replace("Home", '"The "Best" film"')
    rows, faults, repairs = read_bytes(data.encode(), fast=fast)
    assert [row["title"] for _, row in rows] == ['5" disk', 'The "Best" film']
    assert [fault.line for fault in faults] == [2]  # a quote before a comma may well close
    assert repairs == (0, 1)


@pytest.mark.parametrize("fast", [True, False])
def test_a_ragged_record_of_several_lines_is_one_fault(fast: bool) -> None:
    data = HEADER + line_of(1, overview="a\nb\nc").replace(",,,", ",,,,", 1) + line_of(2)
    rows, faults, _ = read_bytes(data.encode(), fast=fast)
    assert [(line, row["id"]) for line, row in rows] == [(5, "2")]
    assert [(fault.line, fault.reason, fault.raw.count("\n")) for fault in faults] == [(2, Reason.FIELDS, 2)]


@pytest.mark.parametrize("fast", [True, False])
def test_ten_megabytes_in_one_field(fast: bool) -> None:
    long = "word \n" * 1_800_000
    rows, faults, _ = read_bytes((HEADER + line_of(1, overview=long) + line_of(2)).encode(), fast=fast)
    assert [(line, len(row["overview"])) for line, row in rows] == [(2, len(long)), (1_800_003, 0)]
    assert faults == []


@pytest.mark.parametrize("fast", [True, False])
def test_a_record_longer_than_the_lookahead_is_an_open_quote(fast: bool) -> None:
    data = (HEADER + line_of(1, overview="x\n" * 200) + line_of(2)).encode()
    rows, faults, _ = read_bytes(data, fast=fast, lookahead=300)
    assert [row["id"] for _, row in rows] == ["2"]
    assert {fault.reason for fault in faults} == {Reason.QUOTE, Reason.FIELDS}


def test_nuls_are_left_to_the_cleaning() -> None:
    assert titles((HEADER + line_of(1, "Ho\0me")).encode()) == [(2, "Ho\0me")]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"\n\r\n", "is empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "is not a file of films"),
        (b"%PDF-1.7 " * 300_000, "is not a file of films"),
        (b'"id,title\n', "is not a file of films"),
        (
            HEADER.replace(",title", "").encode(),
            "lacks the column title; a file needs",
        ),
        (b"movieId,title,genres\n1,Toy Story (1995),Adventure\n", "`movieId` may hold the ids of another service"),
        (b"show_id,name,year\n1,Home,2009\n", "`show_id` may hold the ids of another service"),
        (HEADER.replace("tagline", "title").encode(), "the column title more than once"),
        (HEADER.replace("\n", ",title\n").encode(), "the column title more than once"),
    ],
)
def test_what_is_no_dump_is_one_clear_error(data: bytes, message: str) -> None:
    with pytest.raises(DumpError, match=message):
        read_bytes(data)


def test_a_line_without_end_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("etl.dump.extract._LINE_BYTES", 100_000)
    with pytest.raises(DumpError, match="line 3 does not end"):
        read_bytes((HEADER + line_of(1)).encode() + b"x" * 300_000, block_bytes=8_000, lookahead=50_000)


CELLS = st.sampled_from(["", "a", "5", '"', '""', '"a"', '"a,b"', '"a\nb"', '"a""b"', 'a"b', '"a"b', "\r", "é\n"])
LINES = st.lists(CELLS, min_size=1, max_size=5).map(",".join)
TEXTS = st.lists(LINES | st.just("")).map("\n".join).map(str.encode)
NOISE = st.lists(
    st.sampled_from(
        [b'"', b",", b"\n", b"\r\n", b"\r", b"a", b"", b"\xe9", b"\xc3", b"\xe2\x82", b"\0", b'",', b',"']
    )
).map(b"".join)


@settings(max_examples=150, deadline=None)
@given(st.lists(TEXTS | NOISE | st.binary(max_size=50), max_size=6), st.sampled_from([7, 50, 8 << 20]))
def test_any_bytes_read_alike_both_ways_and_in_any_blocks(pieces: list[bytes], block_bytes: int) -> None:
    tail = b"," * 20 + b"\n"
    data = HEADER.encode() + tail.join(pieces)
    for lookahead in (60, 32 << 20):
        slow = read_bytes(data, fast=False, lookahead=lookahead)
        assert read_bytes(data, lookahead=lookahead) == slow
        assert read_bytes(data, block_bytes=block_bytes, lookahead=lookahead) == slow


@settings(max_examples=500, deadline=None)
@given(TEXTS | NOISE, st.integers(1, 4))
def test_regular_records_are_what_the_slow_reader_finds(text: bytes, width: int) -> None:
    region = find_region(text)
    at, starts = 0, []
    while at < region.end:
        record = read_record(text, at, width, final=False)
        assert record is not None
        if record.fields or record.fault:
            starts.append(at)
        if record.fault is Reason.QUOTE:
            return
        at = record.end
    assert at == region.end
    assert starts == region.starts.tolist()
    assert region.lines.tolist() == [text.count(b"\n", 0, start) for start in starts]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(st.characters(exclude_characters="\r", codec="utf-8"), max_size=30), max_size=8))
def test_what_the_csv_module_writes_comes_back(overviews: list[str]) -> None:
    rows = [film(n, overview=overview) for n, overview in enumerate(overviews)]
    found, faults, _ = read_bytes(as_csv(rows).encode())
    assert [row for _, row in found] == rows
    assert faults == []
