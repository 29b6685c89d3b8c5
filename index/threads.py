"""How many threads FAISS uses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import faiss


@contextmanager
def one_thread() -> Iterator[None]:
    """Let FAISS use one thread, in this whole process, and then as many as before.

    For measuring, and for training many small things: its threads wait for one another by spinning, so that on
    a busy machine 84 small clusterings took 56 s on two threads and 1.3 s on one.
    """
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)
