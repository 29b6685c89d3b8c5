"""Turns of the event loop, shared between those who answer on it and those who wait at the door.

The loop lets in one new connection a turn. Were all that is asked in a turn answered in it, the last of sixteen
new clients would wait for a hundred answers.
"""

from __future__ import annotations

import asyncio

MOST_A_TURN = 4
"""A turn with one answer in it costs a sixth of all answers: what they have in common is cold again after it."""


class Turns:
    """Lets a few go in each turn of the loop, in the order in which they came."""

    def __init__(self) -> None:
        self._gone = 0

    async def wait(self) -> None:
        """Return in this turn of the loop, or in one of the next."""
        while self._gone >= MOST_A_TURN:
            await asyncio.sleep(0)
        if not self._gone:
            asyncio.get_running_loop().call_soon(self._next)
        self._gone += 1

    def _next(self) -> None:
        self._gone = 0
