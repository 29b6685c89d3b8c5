"""Recall of the answers that clients get: every `EVERY_S`, the last question is searched exactly as well.

That happens in the background. An exact search takes 0.1 s at a million films, a third of a percent of one core.
"""

from __future__ import annotations

import dataclasses
import logging
import os
import sys
import threading
import weakref
from collections.abc import Callable

import numpy as np

from api.serving.snapshot import Snapshot
from index.answer.recommend import Answer, Question
from index.generation.tuning import recall_at_k

logger = logging.getLogger("reelkin.api")

EVERY_S = 30.0
LEAST_PRIORITY = 19


class RecallSampler:
    """Compares answers that were searched approximately with exact ones, in a thread of its own."""

    def __init__(self, observe: Callable[[float], None]) -> None:
        self._observe = observe
        # A weak reference: the last question must not keep a generation that is no longer served.
        self._last: tuple[weakref.ref[Snapshot], Question, Answer] | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start sampling."""
        self._stop.clear()
        self._thread = threading.Thread(target=self._repeat, name="sample-recall", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop sampling."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def offer(self, snapshot: Snapshot, question: Question, answer: Answer) -> None:
        """Take note of an answered question; only the last one is sampled."""
        if answer.films and not answer.exact and question.diversity == 0:
            self._last = weakref.ref(snapshot), question, answer

    def sample(self) -> None:
        """Compare the last answer offered, if there is one, with an exact search."""
        last, self._last = self._last, None
        snapshot = last[0]() if last is not None else None
        if last is None or snapshot is None:
            return
        _, question, answer = last
        exact = snapshot.recommender.recommend(dataclasses.replace(question, exact=True))
        truth = np.array([[film.score for film in exact.films]])
        found = np.full(truth.shape, -np.inf)
        found[0, : len(answer.films)] = [film.score for film in answer.films]
        self._observe(recall_at_k(found, truth))

    def _repeat(self) -> None:
        if sys.platform == "linux":  # where threads have priorities of their own: requests go first
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LEAST_PRIORITY)
        while not self._stop.wait(EVERY_S):
            try:
                self.sample()
            except Exception:  # of any kind: a thread that ends would never sample again
                logger.exception("recall could not be sampled")
