"""The errors of this package, and the reasons why a row of a dump is rejected.

EtlError
├── DumpError      the file as a whole cannot be read
├── BuildError     a generation cannot be written
└── FilmError      one film cannot be loaded; carries its Reason
"""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why a row is rejected, as written in the report and the rejects file."""

    FIELDS = "wrong number of fields"
    QUOTE = "unbalanced quote"
    JSON = "not a JSON object"
    HEADER = "repeated header"
    ID = "bad id"
    TITLE = "no title"
    STATUS = "not released"
    NO_DATE = "no date"
    DATE = "bad date"


class EtlError(Exception):
    """The base of all errors of this package; its message is one line for the user."""


class DumpError(EtlError):
    """The dump cannot be read: missing, empty, cut off, not CSV, or not in the 24-column schema."""


class BuildError(EtlError):
    """A generation cannot be written: the disk is full or broken, or the folder is read-only."""


class FilmError(EtlError):
    """One film cannot be loaded.

    Attributes:
        reason: why, as counted in the report.
    """

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
