"""What throughput is held against: FastAPI alone, one answer in memory. `BARE_ANSWER` names a file of JSON.

`python -m tests.support.bare PORT PROTOCOL` serves it by one of uvicorn's protocols or by a class, `module:class`.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Response


def application() -> FastAPI:
    """Serves the answer as an object that FastAPI writes, and as bytes that are written already."""
    app = FastAPI()
    written = Path(os.environ["BARE_ANSWER"]).read_bytes()
    answer: dict[str, Any] = json.loads(written)

    @app.get("/object")
    async def as_object() -> dict[str, Any]:
        return answer

    @app.get("/bytes")
    async def as_bytes() -> Response:
        return Response(written, media_type="application/json")

    return app


if __name__ == "__main__":
    uvicorn.run(application, factory=True, port=int(sys.argv[1]), http=sys.argv[2], access_log=False)
