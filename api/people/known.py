"""Whose sessions are, kept in Redis for a minute, so that requests of members need not ask the database each time.

The database decides: a session that it has ended, or a user that it has changed, is not found here either. What is
kept names the epoch in which it was read; a change of any user begins another one, and all that was kept before
counts no longer. So what another host reads meanwhile cannot bring back what has just ended. Each entry is signed:
who may write to Redis gets no other role by it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from hmac import compare_digest
from uuid import uuid4

from api.web.shared import Shared
from sql.accounts import Role, User

KEPT_S = 60
"""A change that Redis has not heard of, because it was away, counts after so long at the latest."""

EPOCH_S = 86_400
EPOCH, SESSION = "reelkin:users", "reelkin:session:"
ENDED = ""
WITHOUT = "the database is asked for every session"


class KnownSessions:
    """Users by the hashes of their tokens.

    Args:
        redis_url: where they are kept; "" to ask the database each time.
        sign: the signature of a text.
    """

    def __init__(self, redis_url: str, sign: Callable[[str], str]) -> None:
        self._shared = Shared(redis_url, WITHOUT) if redis_url else None
        self._sign = sign

    def user(self, token_hash: str, ask: Callable[[], User | None]) -> User | None:
        """The user of a token, from here or from the database; None if it has ended or never existed."""
        if self._shared is None:
            return ask()
        epoch, kept = self._shared.get(EPOCH, SESSION + token_hash)
        if kept == ENDED:
            return None
        if kept and epoch and (known := self._read(token_hash, epoch, kept)):
            return known
        found = ask()
        if epoch is None:
            self._shared.keep(EPOCH, uuid4().hex, EPOCH_S, new=True)
        elif found is not None:
            told = json.dumps([epoch, found.id, found.name, found.role])
            # What has ended stays so: another process may have ended it since it was read.
            self._shared.keep(SESSION + token_hash, self._signed(token_hash, told), KEPT_S, new=kept is None)
        return found

    def end(self, token_hash: str) -> None:
        """A session has ended."""
        if self._shared is not None:
            self._shared.keep(SESSION + token_hash, ENDED, KEPT_S)

    def changed(self) -> None:
        """A user was changed or deleted, or all sessions of one have ended."""
        if self._shared is not None:
            begin_epoch(self._shared)

    def _read(self, token_hash: str, epoch: str, kept: str) -> User | None:
        _, _, told = kept.partition(" ")
        if not compare_digest(kept, self._signed(token_hash, told)):
            return None
        read_in, number, name, role = json.loads(told)
        return User(number, name, Role(role)) if read_in == epoch else None

    def _signed(self, token_hash: str, told: str) -> str:
        return f"{self._sign(token_hash + told)} {told}"


def begin_epoch(shared: Shared) -> None:
    """Let nothing count that was kept before: a user was changed."""
    shared.keep(EPOCH, uuid4().hex, EPOCH_S)
