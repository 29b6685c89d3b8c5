"""`python -m api create-user NAME --role ROLE`: add a user who may open sessions."""

from __future__ import annotations

import argparse
import re
import sys
from getpass import getpass

import settings
from api.people.accounts import LONGEST_PASSWORD, SHORTEST_PASSWORD, hash_password
from sql.accounts import Role, create_user
from sql.engine import connect
from sql.migrations.upgrade import upgrade
from sql.tables import USER_NAME_MAX

NAME = re.compile(rf"[\w.@-]{{1,{USER_NAME_MAX}}}", re.ASCII)


class UserError(ValueError):
    """An invalid name or password; the message says what is valid."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("name", metavar="NAME", help="letters, digits and . _ @ -")
    parser.add_argument(
        "--role", choices=[role.value for role in Role], required=True, help="what the user may do"
    )
    parser.add_argument("--debug", action="store_true", help="show the traceback of a failure")


def run(args: argparse.Namespace) -> None:
    """Read the password and add the user.

    Raises:
        UserError: the name or the password is not valid.
        CatalogueError: the name is taken, or the database does not answer.
    """
    if not NAME.fullmatch(args.name):
        raise UserError(f"the name is {args.name!r}; write 1 to {USER_NAME_MAX} letters, digits and . _ @ -")
    password = _password()
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise UserError(
            f"the password has {len(password)} characters; write {SHORTEST_PASSWORD} to {LONGEST_PASSWORD}"
        )
    configured = settings.load()
    configured.data_dir.mkdir(parents=True, exist_ok=True)
    database = connect(configured.database_url)
    upgrade(database)
    create_user(database, args.name, hash_password(password), Role(args.role))
    database.dispose()
    print(f"created {args.name}, {args.role}")


def _password() -> str:
    """Asked for twice on a terminal, else the first line of standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass("password: ")
    if getpass("once more: ") != password:
        raise UserError("the two passwords differ; try again")
    return password
