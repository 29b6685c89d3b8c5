"""Passwords, hashed by argon2-cffi with its own parameters (RFC 9106, second recommendation: 64 MiB)."""

from __future__ import annotations

from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error

SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 1_000
HASHED_AT_ONCE = 2
"""Passwords checked at a time in one process: each takes 64 MiB and a core."""

_HASHER = PasswordHasher()
_HASHING = BoundedSemaphore(HASHED_AT_ONCE)


def hash_password(password: str) -> str:
    """What is stored of a password.

    >>> hash_password("correct horse").startswith("$argon2id$")
    True
    """
    return _HASHER.hash(password)


def is_password(password: str, hashed: str) -> bool:
    """Whether a password is the one that was hashed."""
    with _HASHING:
        try:
            return _HASHER.verify(hashed, password)
        except Argon2Error:
            return False
