"""Work in threads, results in order: Arrow and NumPy work without the interpreter's lock."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
U = TypeVar("U")


def ahead(items: Iterator[T]) -> Iterator[T]:
    """The items, each prepared by a thread while the caller works on the previous one."""
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = thread.submit(next, items, None)
            yield item


def each(work: Callable[[T], U], items: Iterator[T], threads: int) -> Iterator[U]:
    """What `work` makes of the items, in their order; `threads` of them are worked on while the caller works."""
    waiting: deque[Future[U]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
