"""Parts of a build in several processes, on this machine or on many, by Dask distributed.

What a worker needs is in the data folder, which it must find at the same path as the build. It may be killed at
any time: what it was doing, and what it had done that was not fetched yet, is done again by another.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from etl.errors import BuildError
from index.engines.base import Item, Result, Spread

AHEAD = 2
"""Parts given to each worker, so that none waits for its next, and few results wait to be fetched."""

LIVES = 10
"""How many workers may die over one part before it counts as its fault."""

CONNECT_S = 10

logging.getLogger("distributed").setLevel(logging.ERROR)  # it tells of every connection, and of workers that end


@contextmanager
def workers(count: int | None, scheduler: str | None, folder: Path) -> Iterator[Spread | None]:
    """Processes of this machine, those of a scheduler, or None if neither is asked for.

    Args:
        count: how many of this machine; None for none.
        scheduler: address of a Dask scheduler such as `tcp://10.0.0.5:8786`; None for none.
        folder: that all of its workers must see.

    Raises:
        BuildError: the scheduler does not answer, has no workers, or one of them does not see the folder.
    """
    if count is None and scheduler is None:
        yield None
        return
    distributed = import_module("distributed")  # a second that other commands need not wait
    if scheduler is None:
        import_module("dask").config.set({"distributed.scheduler.allowed-failures": LIVES})
        local = distributed.LocalCluster(
            n_workers=count, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, memory_limit=0
        )
        with local, distributed.Client(local) as client:
            yield partial(_spread, client)
        return
    _ask(scheduler)
    with distributed.Client(scheduler, timeout=CONNECT_S) as client:
        _check(client, scheduler, folder.absolute())
        yield partial(_spread, client)


def _ask(scheduler: str) -> None:
    """Make sure that a scheduler is there: `distributed.Client` waits forever for what answers and is none.

    Raises:
        BuildError: nothing answers within `CONNECT_S`, or not as a scheduler does.
    """
    try:
        kind = asyncio.run(asyncio.wait_for(_kind(scheduler), CONNECT_S))
    except Exception as error:  # of any kind: what answers may be any program
        why = str(error) or f"nothing that Dask understands in {CONNECT_S} s"
        raise BuildError(
            f"no Dask scheduler answers at {scheduler} ({why}): start one in Reelkin's folder by "
            "`python -m dask scheduler`, and give the address that it prints"
        ) from error
    if kind != "Scheduler":
        raise BuildError(f"{scheduler} is a Dask {kind.lower()}: give the address of the scheduler")


async def _kind(address: str) -> str:
    """What a process of Dask is: "Scheduler", "Worker" or "Nanny"."""
    distributed = import_module("distributed")
    secured = distributed.Security().get_connection_args("client")
    async with distributed.rpc(address, connection_args=secured, timeout=CONNECT_S) as remote:
        return str((await remote.identity())["type"])


def _spread(client: Any, work: Callable[[Item], Result], items: Iterable[Item], /) -> Iterator[Result]:
    """The results of all items, in their order.

    Raises:
        BuildError: workers died again and again over one item.
    """
    pending: deque[Any] = deque()
    try:
        for item in items:
            pending.append(client.submit(work, item, pure=False))
            if len(pending) > AHEAD * max(len(client.nthreads()), 1):
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    except import_module("distributed").KilledWorker as error:
        raise BuildError(f"{error} Give the workers more memory, or look into their logs.") from error
    finally:
        client.cancel(list(pending))


def _check(client: Any, scheduler: str, folder: Path) -> None:
    try:
        client.run_on_scheduler(_sees, folder)
        sees = client.run(_sees, folder)
    except Exception as error:  # of any kind: what a process says that cannot import this module
        raise BuildError(
            f"{scheduler} or a worker of it does not find Reelkin ({error}): start both in Reelkin's folder, by "
            "`python -m dask scheduler` and `python -m dask worker`"
        ) from error
    if not sees:
        raise BuildError(f"{scheduler} has no workers: run `python -m dask worker {scheduler}` on each machine")
    if blind := [address for address, seen in sees.items() if not seen]:
        raise BuildError(f"the worker {blind[0]} does not see {folder}: share the data folder, at the same path")


def _sees(folder: Path) -> bool:
    return folder.is_dir()
