"""What a browser gets first: Streamlit's files compressed, and a page that has its title and its colours at once.

Streamlit draws a page element by element, each in place of a grey bar, so that everything below jumps. The page
stays hidden behind places of posters until its first films stand.

Streamlit serves its own files uncompressed and leaves compression to a proxy. Here each is compressed once, when
it is first asked for, and kept.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping, MutableMapping
from functools import cache
from pathlib import Path
from typing import Any

import streamlit
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HERE = Path(__file__).parent
FILES = Path(streamlit.__file__).parent / "static"
BELOW = "/static/"
COMPRESSIBLE = {".js": "text/javascript", ".css": "text/css", ".json": "application/json", ".svg": "image/svg+xml"}
A_YEAR = "public, immutable, max-age=31536000"
"""Names of these files contain a hash of what is in them."""
TITLE = b"<title>Streamlit</title>"
BODY = b"<body>"
HEAD = b"<title>Reelkin</title>\n<style>" + (HERE / "first_load.css").read_bytes() + b"</style>"
SKELETON = (
    b'<body><div class="first" aria-hidden="true">' + b"<i></i>" * 24 + b"</div>\n"
    b"<script>" + (HERE / "first_load.js").read_bytes() + b"</script>"
)
"""Places of posters in the theme's colours, until the app has drawn its page."""


class FirstLoad:
    """Answers for Streamlit's files, and completes its page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        zipped = "gzip" in Headers(scope=scope).get("accept-encoding", "")
        found = _compressed(scope["path"].rpartition(BELOW)[2]) if zipped and BELOW in scope["path"] else None
        if found is None:
            await self._app(scope, receive, _Completing(send, zipped))
            return
        kind = COMPRESSIBLE[Path(scope["path"]).suffix]
        headers = {"Content-Type": kind, "Content-Encoding": "gzip", "Cache-Control": A_YEAR}
        await _send(send, {"type": "http.response.start", "status": 200, "headers": []}, headers, found)


@cache
def _files() -> Mapping[str, Path]:
    """Streamlit's files by their names in addresses."""
    below = FILES / "static"
    return {str(path.relative_to(below)): path for path in below.rglob("*") if path.suffix in COMPRESSIBLE}


@cache
def _compressed(name: str) -> bytes | None:
    """One of Streamlit's files; None if it has none of this name that gets smaller."""
    path = _files().get(name)
    return None if path is None else gzip.compress(path.read_bytes())


class _Completing:
    """Passes a response on; Streamlit's page with a title and a skeleton, and compressed if that is `zipped`."""

    def __init__(self, send: Send, zipped: bool) -> None:
        self._send, self._zipped = send, zipped
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_page(message):
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._finish(self._start)

    async def _finish(self, start: Message) -> None:
        compressed = "content-encoding" in Headers(raw=start["headers"])
        body = gzip.decompress(self._body) if compressed else self._body
        body = body.replace(TITLE, HEAD).replace(BODY, SKELETON)
        headers = {"Content-Encoding": "gzip"} if self._zipped else {}
        await _send(self._send, start, headers, gzip.compress(body) if self._zipped else body)


def _is_page(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    unread = headers.get("content-encoding", "gzip") != "gzip"
    return headers.get("content-type", "").startswith("text/html") and not unread


async def _send(send: Send, start: MutableMapping[str, Any], headers: Mapping[str, str], body: bytes) -> None:
    """A response with more headers, whose body is another one."""
    changed = MutableHeaders(raw=list(start["headers"]))
    changed.update({**headers, "Content-Length": str(len(body)), "Vary": "Accept-Encoding"})
    for stale in ("etag", "last-modified"):
        del changed[stale]
    await send({**start, "headers": changed.raw})
    await send({"type": "http.response.body", "body": body})
