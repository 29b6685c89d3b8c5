"""Visitors of one app are different clients of the API: who asks for too much takes nothing from the others."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from tests.support import serving
from tests.support.sample import Sample
from tests.ui.conftest import KNOWN

LIMIT = 6
EAGER, CALM = "203.0.113.7", "198.51.100.9"
REFUSED = "too many requests"


@pytest.fixture(scope="module")
def servers(catalogue: Sample) -> Iterator[tuple[str, str]]:
    """The API and the app, each behind a proxy on this machine; their addresses."""
    trusting = {"REELKIN_TRUSTED_PROXIES": "127.0.0.1"}
    with (
        serving.api(catalogue, REELKIN_RATE_LIMIT=f"{LIMIT}/hour", **trusting) as api,
        serving.ui(api, **trusting) as app,
    ):
        yield api, app


def seen(app: str, visitor: str, film: int) -> str:
    """What a visitor's browser is sent of the page of a film, as the proxy before the app passes it on."""
    address = app.replace("http", "ws", 1) + "/_stcore/stream"
    with connect(address, additional_headers={"X-Forwarded-For": visitor}, subprotocols=["streamlit"]) as socket:
        asked = BackMsg()
        asked.rerun_script.page_name, asked.rerun_script.query_string = "film", f"id={film}"
        socket.send(asked.SerializeToString())
        parts = []
        while True:
            message = ForwardMsg.FromString(socket.recv(timeout=60))
            parts.append(str(message))
            if message.WhichOneof("type") == "script_finished":
                return "".join(parts)


def test_a_visitor_over_the_limit_leaves_the_others_theirs(servers: tuple[str, str]) -> None:
    api, app = servers
    pages = [seen(app, EAGER, film) for film in range(1, LIMIT)]
    assert REFUSED not in pages[0]
    assert REFUSED in pages[-1]
    assert "Interstellar" in seen(app, CALM, KNOWN)
    direct = {
        visitor: requests.get(f"{api}/genres", headers={"X-Forwarded-For": visitor}, timeout=30).status_code
        for visitor in (EAGER, CALM)
    }
    assert direct == {EAGER: 429, CALM: 200}, "the app's requests were counted for its visitors"


def test_a_visitor_cannot_pass_for_another(servers: tuple[str, str]) -> None:
    """What a visitor writes into the header stands before what the proxy appends."""
    api, app = servers
    other = "192.0.2.1"
    for film in range(1, LIMIT):
        seen(app, f"{other}, {EAGER}", 20 + film)
    assert requests.get(f"{api}/genres", headers={"X-Forwarded-For": other}, timeout=30).status_code == 200
