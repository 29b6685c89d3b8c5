"""The commands for users: `create-user`, `list-users`, `set-role` and `delete-user` of `python -m api`."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from getpass import getpass
from typing import Any

from sqlalchemy import Engine

import settings
from api.people.known import WITHOUT, begin_epoch
from api.people.passwords import LONGEST_PASSWORD, SHORTEST_PASSWORD, hash_password
from api.web.shared import Shared
from sql.accounts import Role, create_user, delete_user, list_users, set_role
from sql.engine import connect
from sql.migrations.upgrade import upgrade
from sql.tables import USER_NAME_MAX

NAME = re.compile(rf"[\w.@-]{{1,{USER_NAME_MAX}}}", re.ASCII)


class UserError(ValueError):
    """An invalid or unknown name, or an invalid password; the message says what is valid."""


def configure(commands: argparse._SubParsersAction[Any]) -> None:
    """Declare the commands and their arguments."""
    create = commands.add_parser("create-user", help="add a user who may open sessions")
    change = commands.add_parser("set-role", help="give a user another role")
    delete = commands.add_parser("delete-user", help="delete a user and all that is the user's")
    listed = commands.add_parser("list-users", help="list the users and their roles")
    listed.add_argument("--json", action="store_true", help="print JSON")
    for parser in (create, change, delete):
        parser.add_argument("name", metavar="NAME", help="letters, digits and . _ @ -")
    for parser in (create, change):
        parser.add_argument(
            "--role", choices=[role.value for role in Role], required=True, help="what the user may do"
        )
    for parser in (create, change, delete, listed):
        parser.add_argument("--debug", action="store_true", help="show the traceback of a failure")


def run(args: argparse.Namespace) -> None:
    """Do what a command says; `create-user` reads the password.

    Raises:
        UserError: the name or the password is not valid, or there is no such user.
        CatalogueError: the name is taken, or the database does not answer.
    """
    {"create-user": _create, "set-role": _set_role, "delete-user": _delete, "list-users": _list}[args.command](
        args
    )


def _create(args: argparse.Namespace) -> None:
    check_name(args.name)
    password = _password()
    check_password(password)
    with _database() as database:
        create_user(database, args.name, hash_password(password), Role(args.role))
    print(f"created {args.name}, {args.role}")


def _set_role(args: argparse.Namespace) -> None:
    with _database() as database:
        if not set_role(database, args.name, Role(args.role)):
            raise _unknown(args.name)
        _changed()
    print(f"{args.name} is {args.role} now")


def _changed() -> None:
    if redis_url := settings.load().redis_url:
        begin_epoch(Shared(redis_url, WITHOUT))


def _delete(args: argparse.Namespace) -> None:
    with _database() as database:
        if not delete_user(database, args.name):
            raise _unknown(args.name)
        _changed()
    print(f"deleted {args.name}")


def _list(args: argparse.Namespace) -> None:
    with _database() as database:
        users = list_users(database)
    if args.json:
        print(json.dumps([{"name": user.name, "role": user.role.value} for user in users]))
        return
    for user in users:
        print(f"{user.name}  {user.role}")


def check_name(name: str) -> None:
    """Raise a UserError if a user cannot have this name."""
    if not NAME.fullmatch(name):
        raise UserError(f"the name is {name!r}; write 1 to {USER_NAME_MAX} letters, digits and . _ @ -")


def check_password(password: str) -> None:
    """Raise a UserError if a password is too short or too long."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise UserError(
            f"the password has {len(password)} characters; write {SHORTEST_PASSWORD} to {LONGEST_PASSWORD}"
        )


def _unknown(name: str) -> UserError:
    return UserError(f"there is no user {name!r}; `python -m api list-users` lists them")


@contextmanager
def _database() -> Iterator[Engine]:
    configured = settings.load()
    configured.data_dir.mkdir(parents=True, exist_ok=True)
    database = connect(configured.database_url)
    upgrade(database)
    yield database
    database.dispose()


def _password() -> str:
    """Asked for twice on a terminal, else the first line of standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass("password: ")
    if getpass("once more: ") != password:
        raise UserError("the two passwords differ; try again")
    return password
