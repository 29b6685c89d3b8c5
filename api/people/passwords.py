"""Passwords: how long they may be, and how they are hashed.

Hashed by argon2-cffi with its default parameters (RFC 9106, second recommendation: 64 MiB). Without FastAPI: the
process of `python -m api` stays beside its workers, so it loads no more than it needs.
"""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error

SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 1_000

_HASHER = PasswordHasher()


def hash_password(password: str) -> str:
    """The hash that is stored instead of a password.

    >>> hash_password("correct horse").startswith("$argon2id$")
    True
    """
    return _HASHER.hash(password)


def is_password(password: str, hashed: str) -> bool:
    """Whether a password is the one that was hashed."""
    try:
        return _HASHER.verify(hashed, password)
    except Argon2Error:
        return False
