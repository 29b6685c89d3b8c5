"""Generations in an object store: one host builds and uploads them, others download and serve what is current.

    <url>/<id>/...     the files of a generation; the manifest is uploaded last, so without it one is not complete
    <url>/current      the id of the served one, replaced in one request

Each host has its own folder, in which a generation is opened as without a store. While the store does not answer,
a host serves what it has.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from filelock import FileLock

from index.engines.registry import EngineSetting
from index.errors import DamagedGenerationError, GenerationError, NoGenerationError, StoreUnavailableError
from index.generation.manifest import FILE, Manifest
from index.generation.publish import CURRENT, KEPT, LOCK, UNFINISHED, Generations

logger = logging.getLogger("reelkin.index")

ASK_EVERY_S = 1.0
"""How often a host asks for the id of the served generation: one small request."""

AGAIN_S = 60.0
"""After this time a generation that could not be downloaded is tried again."""

_Answer = TypeVar("_Answer")


def generations_at(root: Path, setting: EngineSetting | None = None, url: str = "") -> Generations:
    """The generations of a folder, or, with an address, those of an object store with the folder as their copy.

    Args:
        root: the local folder.
        setting: which engine is configured.
        url: of any file system that fsspec knows, such as `s3://bucket/prefix`; "" for none.

    Raises:
        StoreUnavailableError: no such file system is installed.
    """
    return SharedGenerations(root, url, setting) if url else Generations(root, setting)


class SharedGenerations(Generations):
    """`Generations` whose published one is that of an object store.

    Args:
        root: the folder of this host's copies.
        url: of the store.
        setting: which engine is configured.

    Attributes:
        url: the same.
        in_steps: no: every host would download it twice.
    """

    in_steps: ClassVar[bool] = False

    def __init__(self, root: Path, url: str, setting: EngineSetting | None = None) -> None:
        super().__init__(root, setting)
        self.url = url.rstrip("/")
        self._files, self._prefix = _opened(self.url)
        self._asked_at = -ASK_EVERY_S
        self._failed: dict[str, float] = {}  # id -> when to try again
        self._trouble = ""

    def publish(self, built: Path, instead_of: str | None = None) -> Manifest:
        """See `Generations.publish`; it is uploaded first.

        Raises:
            StoreUnavailableError: the store does not answer or refuses; nothing was published.
        """
        self._upload(built)
        manifest = super().publish(built, instead_of)
        self._point_store_at(built.name)
        self._prune_store(built.name)
        return manifest

    def serve(self, generation_id: str) -> None:
        """See `Generations.serve`: every host of the store follows.

        Raises:
            StoreUnavailableError: the store does not answer, or does not have it.
        """
        folder = self.folder(generation_id)
        if not self._asking(lambda: self._files.exists(self._path(folder.name, FILE))):
            self._upload(folder)
        super().serve(folder.name)
        self._point_store_at(folder.name)

    def in_turn(self) -> list[Path]:
        """See `Generations.in_turn`; downloads what is current first, which takes as long as its files need."""
        self.follow()
        return super().in_turn()

    def follow(self) -> None:
        """Download what is current in the store, unless it is here, and serve it.

        Where that is not possible, what is served here stays, and the log says why, once.
        """
        if time.monotonic() < self._asked_at + ASK_EVERY_S:
            return
        self._asked_at = time.monotonic()
        try:
            wanted = self._current_in_store()
            if wanted is None or (self._served() == wanted and (self.root / wanted).is_dir()):
                self._trouble = ""
                return
            if time.monotonic() < self._failed.get(wanted, 0.0):
                return
            self._follow(wanted)
            self._trouble = ""
        except GenerationError as error:
            if str(error) != self._trouble:
                logger.error("%s (what is here stays)", error)
            self._trouble = str(error)

    def _latest(self) -> str:
        """See `Generations._latest`: that of the store may have been built by another host."""
        try:
            stored = self._current_in_store() or ""
        except DamagedGenerationError:  # what is published next replaces it
            stored = ""
        return max(super()._latest(), stored)

    def _follow(self, generation_id: str) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        with FileLock(self.root / ".fetch.lock"):  # one process of this host downloads, the others wait for it
            try:
                if not (self.root / generation_id).is_dir():
                    self._download(generation_id)
            except GenerationError:
                self._failed[generation_id] = time.monotonic() + AGAIN_S
                raise
            before = self._served()
            if before != generation_id:
                super().serve(generation_id)
                with self._alone():
                    self._drop_old(generation_id, before)

    def _download(self, generation_id: str) -> None:
        """Bring a generation here, complete and with the right checksums, or not at all."""
        started = time.monotonic()
        with self._alone():
            self._clear_leftovers()
            scratch = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=self.root))
            held = FileLock(scratch / LOCK, thread_local=False)
            held.acquire()
        fetched = scratch / generation_id
        try:
            if not self._asking(lambda: self._files.exists(self._path(generation_id, FILE))):
                raise DamagedGenerationError(f"{self._address(generation_id)} has no manifest: it is not complete")
            self._asking(lambda: self._files.get(self._path(generation_id), str(fetched), recursive=True))
            Manifest.read(fetched).verify(fetched)
            with self._alone():
                fetched.rename(self.root / generation_id)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
            held.release()
        logger.info("downloaded generation %s in %.1f s", generation_id, time.monotonic() - started)

    def _upload(self, folder: Path) -> None:
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        for path in sorted(files, key=lambda path: path.name == FILE):
            target = self._path(folder.name, path.relative_to(folder).as_posix())
            self._asking(partial(self._files.put_file, str(path), target))

    def _current_in_store(self) -> str | None:
        """The id of the served generation; None if nothing was published."""
        try:
            content: bytes = self._asking(lambda: self._files.cat_file(self._path(CURRENT)))
        except NoGenerationError:
            return None
        name = content.decode("ascii", "replace").strip()
        if not name or name.startswith(".") or "/" in name:
            raise DamagedGenerationError(f"{self._address(CURRENT)} holds {name[:40]!r}, no generation's id")
        return name

    def _point_store_at(self, generation_id: str) -> None:
        self._asking(lambda: self._files.pipe_file(self._path(CURRENT), generation_id.encode()))

    def _prune_store(self, served: str) -> None:
        """Delete old generations in the store beyond `KEPT`; hosts that still serve one have their own copy."""
        listed = self._asking(lambda: self._files.ls(self._prefix, detail=False))
        names = sorted(name for path in listed if (name := path.rstrip("/").rpartition("/")[2])[:2].isdigit())
        others = [name for name in names if name != served]
        for name in others[: max(len(names) - KEPT, 0)]:
            self._asking(partial(self._files.rm, self._path(name), recursive=True))

    def _path(self, *parts: str) -> str:
        return "/".join((self._prefix, *parts))

    def _address(self, name: str) -> str:
        return f"{self.url}/{name}"

    def _asking(self, ask: Callable[[], _Answer]) -> _Answer:
        """What the store answers.

        Raises:
            NoGenerationError: it does not have the file.
            StoreUnavailableError: it does not answer, or refuses.
        """
        try:
            return ask()
        except FileNotFoundError as error:
            raise NoGenerationError(f"{self.url} does not have {error}") from error
        except Exception as error:  # each file system has errors of its own, which share no base
            raise StoreUnavailableError(
                f"{self.url} does not answer or refuses ({type(error).__name__}: {error}): check the address in "
                "REELKIN_GENERATIONS_URL and the rights of this host"
            ) from error


def _opened(url: str) -> tuple[Any, str]:
    """The file system of an address, and the path in it."""
    try:
        core = import_module("fsspec.core")
        # A local folder makes its folders; an object store has none, and would make a bucket that is misspelt.
        options = {"auto_mkdir": True} if url.startswith("file:") else {}
        files, path = core.url_to_fs(url, skip_instance_cache=True, use_listings_cache=False, **options)
    except (ImportError, ValueError) as error:
        raise StoreUnavailableError(f"{url} cannot be opened: {error}") from error
    return files, str(path).rstrip("/")
