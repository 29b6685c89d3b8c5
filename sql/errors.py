"""What can go wrong with the catalogue, as one small tree.

CatalogueError
├── DatabaseUnavailableError   no server, wrong password, lost connection, database busy for too long
│   ├── DatabaseBusyError      all connections are in use, or too many writers wait
│   └── StatementTimeoutError  a statement took longer than a request may
├── SchemaError                the tables are not what this code expects
├── LoadError                  a batch or an ingest that cannot be stored
│   └── LoadInProgressError    another ingest is running
└── TakenError                 a name or an id that must be new exists already
"""

from __future__ import annotations


class CatalogueError(Exception):
    """Base of all errors of this package."""


class DatabaseUnavailableError(CatalogueError):
    """The database cannot be reached, or refused the connection."""


class DatabaseBusyError(DatabaseUnavailableError):
    """All connections of this process are in use, or too many of its threads wait to write."""


class StatementTimeoutError(DatabaseUnavailableError):
    """A statement took longer than a request may, and was stopped."""


class SchemaError(CatalogueError):
    """The tables or a batch do not have the columns this code expects."""


class LoadError(CatalogueError):
    """Films that cannot be stored; the message names the column or the film."""


class LoadInProgressError(LoadError):
    """Another process is loading films into the same database."""


class TakenError(CatalogueError):
    """A user's name or a film's id that must be new exists already."""
