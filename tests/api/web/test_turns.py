"""Turns of the event loop are shared in the order of those who wait."""

from __future__ import annotations

import asyncio

from api.serving.turns import MOST_A_TURN, Turns


def test_a_few_go_in_each_turn_and_others_in_between() -> None:
    gone: list[str] = []

    async def answer(turns: Turns, name: str) -> None:
        await turns.wait()
        gone.append(name)

    async def main() -> None:
        turns, loop = Turns(), asyncio.get_running_loop()
        answers = [asyncio.create_task(answer(turns, f"{place}")) for place in range(3 * MOST_A_TURN)]
        loop.call_soon(gone.append, "door")  # as a new connection would
        await asyncio.gather(*answers)
        await answer(turns, "later")

    asyncio.run(main())
    names = [f"{place}" for place in range(3 * MOST_A_TURN)]
    assert [name for name in gone if name != "door"] == [*names, "later"]
    assert gone.index("door") <= MOST_A_TURN
