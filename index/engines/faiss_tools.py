"""What all engines on FAISS share: threads, selectors, reading and writing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import faiss
import numpy as np

from index.errors import DamagedGenerationError
from index.films.filters import Allowed


@contextmanager
def one_thread() -> Iterator[None]:
    """Let FAISS use one thread in this process, and afterwards as many as before.

    For measuring, and for training many small models: FAISS's threads wait for one another by spinning, so that on
    a busy machine 84 small clusterings took 56 s on two threads and 1.3 s on one.
    """
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)


def selector(allowed: Allowed | None) -> faiss.IDSelector | None:
    """The selector that FAISS asks about every row; packed once for each `Allowed`."""
    return None if allowed is None else allowed.derived(_bitmap)


def read_index(path: Path, *, change: bool = False) -> faiss.Index:
    """Memory-map an index that FAISS wrote, or read it into memory, to `change` it there.

    Raises:
        DamagedGenerationError: the file is missing, truncated or not such a file.
    """
    try:
        return faiss.read_index(str(path), 0 if change else faiss.IO_FLAG_MMAP_IFC)
    except RuntimeError as error:
        raise DamagedGenerationError(f"{path} cannot be read: {str(error).splitlines()[0]}") from error


def read_index_of(count: int, width: int, path: Path) -> faiss.Index:
    """The same for an index that must hold `count` vectors of `width` components.

    Raises:
        DamagedGenerationError: as `read_index`, or it holds other vectors.
    """
    index = read_index(path)
    if index.ntotal != count or index.d != width:
        held, wanted = f"{index.ntotal} codes of width {index.d}", f"{count} vectors of {width}"
        raise DamagedGenerationError(f"{path} holds {held} for {wanted}: build a new generation")
    return index


def write_index(index: faiss.Index, path: Path) -> None:
    """Write an index in FAISS's own format.

    Through a Python file: FAISS itself does not notice if the last bytes do not fit on the disk, and reports
    other failures by a RuntimeError with its C++ function and line.

    Raises:
        OSError: the disk is full, or similar.
    """
    failures: list[OSError] = []

    def write(part: bytes) -> None:
        try:
            file.write(part)
        except OSError as error:
            failures.append(error)
            raise

    try:
        with path.open("wb") as file:
            faiss.write_index(index, faiss.PyCallbackIOWriter(write))
    except Exception as error:
        if failures or isinstance(error, OSError):
            cause = failures[0] if failures else error
            raise OSError(f"{path} cannot be written: {cause}") from error
        raise


def _bitmap(allowed: Allowed) -> faiss.IDSelector:
    bits = np.packbits(allowed.mask, bitorder="little")
    bitmap = faiss.IDSelectorBitmap(bits)
    bitmap.bits = bits  # FAISS keeps only a pointer: keep the array alive as long as the selector
    return bitmap
