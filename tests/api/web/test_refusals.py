"""Refusals cost less than answers, tell strangers nothing of the host, and let nobody write lines into a log."""

from __future__ import annotations

import base64
import json
import logging
import os
import pty
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
import requests
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from api.operation.logs import PLAIN, JsonFormatter, PlainFormatter
from api.web.problems import told
from sql.errors import CatalogueError, DatabaseBusyError, DatabaseUnavailableError
from tests.support import serving
from tests.support.sample import ROOT, Sample

ALIEN = 348
MANY = 100_000


@pytest.mark.parametrize(
    "body",
    [
        {f"name{i}": 1 for i in range(MANY // 2)},
        {"like": [ALIEN], "filters": {f"name{i}": 1 for i in range(MANY // 2)}},
        {"like": [ALIEN], "weights": {f"name{i}": 1 for i in range(MANY // 2)}},
        {"like": [ALIEN], "weights": {f"name{i}": 1 for i in range(51)}},
        {"like": [ALIEN], "filters": {"genres": [1] * MANY}},
        {"like": [ALIEN], "candidates": ["x"] * MANY},
        {"like": [{f"name{i}": 1 for i in range(10)} for _ in range(1_000)]},
        {"like": [ALIEN] * 1_001},
        {"ratings": {str(i): 8 for i in range(1, 1_002)}},
        {"like": [ALIEN], "x" * MANY: 1},
    ],
    ids=[
        "names",
        "filters",
        "weights",
        "51 weights",
        "genres",
        "candidates",
        "likes",
        "1,001 likes",
        "1,001 ratings",
        "long name",
    ],
)
def test_a_refusal_is_short(client: TestClient, body: dict[str, Any]) -> None:
    refused = client.post("/movies/recommend", json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")
    assert len(refused.content) < 10_000
    errors, count = refused.json()["errors"], refused.json()["error_count"]
    assert 1 <= len(errors) <= 20
    assert count == len(errors) or (len(errors) == 20 and f"{count - 20:,} more" in refused.json()["detail"])


def test_a_refusal_does_not_keep_others_waiting(sample: Sample) -> None:
    """Its worst known form over a real socket: others are answered while it is read."""
    body = json.dumps({f"n{i}": 1 for i in range(80_000)}, separators=(",", ":")).encode()
    assert len(body) < 2**20
    headers = {"Content-Type": "application/json"}
    with serving.api(sample) as address:
        ended = threading.Event()

        def refuse() -> None:
            for _ in range(10):
                refused = requests.post(f"{address}/movies/recommend", data=body, headers=headers, timeout=60)
                assert refused.status_code == 422
                assert len(refused.content) < 10_000
            ended.set()

        attacker = threading.Thread(target=refuse)
        attacker.start()
        answered = 0
        while not ended.wait(0.01):
            assert requests.get(f"{address}/health", timeout=60).status_code == 200
            answered += 1
        attacker.join()
    assert answered


def written(cursor: bytes | str) -> str:
    """Base64 as a cursor has it."""
    raw = cursor if isinstance(cursor, bytes) else cursor.encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def refuse_cursor(client: TestClient, cursor: str, **parameters: str) -> None:
    answer = client.get("/movies", params={"cursor": cursor, **parameters})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json"), cursor
    assert answer.json()["errors"][0]["field"] == "cursor"


@pytest.mark.parametrize(
    "forge",
    [
        lambda real: written("[" * 990),
        lambda real: written(f'["{real[0]}","\\ud800",{real[2]},false]'),
        lambda real: written(f'["{real[0]}", "Alien", {real[2]}, false]'),  # ours has no blanks
        lambda real: written(f'["{real[0]}","Alien",{real[2]},false]') + "=",
        lambda real: written(f'["{real[0]}","Alien",true,false]'),
        lambda real: written(f'["{real[0]}","Alien",1e3,false]'),
        lambda real: written(b"\xff\xfe"),
        lambda real: written("null"),
        lambda real: "é" * 10,
        lambda real: "\0",
    ],
)
def test_what_is_no_cursor_of_ours_is_refused(client: TestClient, forge: Callable[[list[Any]], str]) -> None:
    page = client.get("/movies", params={"sort": "title", "limit": 1}).json()
    real = json.loads(base64.urlsafe_b64decode(page["next"] + "=="))
    refuse_cursor(client, forge(real), sort="title", limit="1")


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=[])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=5,
)


@given(value=values, movie_id=values, backwards=values, sort=st.sampled_from(["title", "year"]))
def test_fuzzed_cursors(client: TestClient, value: Any, movie_id: Any, backwards: Any, sort: str) -> None:
    page = client.get("/movies", params={"sort": sort, "limit": 1}).json()
    fingerprint = json.loads(base64.urlsafe_b64decode(page["next"] + "=="))[0]
    cursor = written(json.dumps([fingerprint, value, movie_id, backwards], separators=(",", ":")))[:2_000]
    answer = client.get("/movies", params={"sort": sort, "limit": 1, "cursor": cursor})
    assert answer.status_code in (200, 422)
    if answer.status_code == 200:  # it could have been ours
        assert type(movie_id) is int
        assert type(backwards) is bool
        assert isinstance(value, str if sort == "title" else int | float)


@given(st.text(max_size=200) | st.binary(max_size=200).map(written))
def test_cursors_of_noise(client: TestClient, cursor: str) -> None:
    try:
        cursor.encode()
    except UnicodeEncodeError:
        return  # cannot be sent
    assert client.get("/movies", params={"cursor": cursor}).status_code == 422


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (DatabaseUnavailableError("mysql+pymysql://ann:***@db.internal/x: /var/lib/x.sock"), "not available"),
        (DatabaseBusyError("/var/lib/x"), "busy"),
        (CatalogueError("table x of /var/lib/x.db"), "failed"),
        (RuntimeError("/var/lib/x"), "log"),
    ],
)
def test_strangers_are_told_the_kind_of_trouble(error: Exception, kind: str) -> None:
    assert kind in told(error)
    assert "/var" not in told(error)
    assert "ann" not in told(error)


HOSTILE = "/movies/%0d%0a2026-01-01%20ERROR%20forged%1b%5b2J%c2%9b31m%e2%80%ae"


def test_a_path_cannot_write_lines_on_a_terminal(sample: Sample) -> None:
    ours, theirs = pty.openpty()
    port = serving.free_port()
    environment = os.environ | {"REELKIN_DATABASE_URL": sample.url, "REELKIN_DATA_DIR": str(sample.folder)}
    process = subprocess.Popen(
        [sys.executable, "-m", "api", "--port", str(port)],
        cwd=ROOT,
        env=environment,
        stderr=theirs,
        stdout=subprocess.DEVNULL,
    )
    os.close(theirs)
    shown = bytearray()

    def read() -> None:
        while True:
            try:
                shown.extend(os.read(ours, 65_536))
            except OSError:  # the process has ended
                return

    reader = threading.Thread(target=read)
    reader.start()
    try:
        assert serving.eventually(lambda: answers(port))
        with socket.create_connection(("127.0.0.1", port)) as raw:
            raw.sendall(f"GET {HOSTILE} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            while raw.recv(65_536):
                pass
        assert serving.eventually(lambda: b"forged" in shown)
    finally:
        process.terminate()
        process.wait()
        reader.join()
        os.close(ours)
    (line,) = [line for line in shown.decode().split("\r\n") if "forged" in line]
    assert not line.startswith("2026-01-01 ERROR")
    assert "\\u000d\\u000a" in line
    assert not {"\r", "\n", "\x1b", "\x9b", "\u202e"} & set(line)


def answers(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/health", timeout=5).ok
    except requests.RequestException:
        return False


@given(st.text())
def test_a_record_is_one_line_and_json_stays_json(text: str) -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, "GET %s", (text,), None)
    plain = PlainFormatter(PLAIN).format(record)
    assert plain.isprintable() or not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in plain)
    line = JsonFormatter().format(record)
    assert json.loads(line)["message"] == f"GET {text}"
    assert len(line.splitlines()) == 1
