"""`python -m api`: serve the HTTP API; `create-user` and other commands are for its users."""

from __future__ import annotations

import argparse
import logging.config
import os
import socket
import sys
from contextlib import nullcontext

import uvicorn

import settings
from api.operation.logs import SHARED, configuration
from api.people import commands as people
from api.serving.connections import LimitedConnection, allow_open_files, metrics_folder
from sql.engine import connect
from sql.errors import CatalogueError
from sql.migrations.upgrade import upgrade

STOP_S = 15
"""Seconds that requests get to end when the server is told to stop."""


def main(arguments: list[str] | None = None) -> int:
    """Serve until stopped, or change its users; 0 when done, 1 with one clear line when it cannot be."""
    parser = argparse.ArgumentParser(prog="python -m api", description="Serve Reelkin's HTTP API.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on (default %(default)s)")
    parser.add_argument("--workers", type=int, default=1, help="processes (default %(default)s)")
    parser.add_argument("--debug", action="store_true", help="show the traceback of a failure")
    subcommands = parser.add_subparsers(dest="command", metavar="", title="commands")
    people.configure(subcommands)
    args = parser.parse_args(arguments)
    if not 0 < args.port < 65_536:
        parser.error(f"--port is {args.port}; it must be from 1 to 65535")
    if args.workers < 1:
        parser.error(f"--workers is {args.workers}; it must be 1 or more")
    try:
        if args.command is not None:
            people.run(args)
        else:
            serve(args.host, args.port, args.workers)
    except (settings.SettingsError, people.UserError, CatalogueError, OSError) as error:
        if args.debug:
            raise
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


def serve(host: str, port: int, workers: int) -> None:
    """Bring the schema up to date and serve.

    Raises:
        OSError: the port is taken; the message says what to do.
        CatalogueError: the database cannot be reached or brought up to date.
        SettingsError: there are more workers than the engine allows.
    """
    configured = settings.load()
    if workers > 1 and configured.engine is settings.Engine.MILVUS and configured.milvus_uri.endswith(".db"):
        raise settings.SettingsError(
            f"{configured.milvus_uri} is Milvus Lite, which one process can use: set --workers 1, or serve it "
            "with `milvus-lite server` and write the server's address in REELKIN_MILVUS_URI"
        )
    logs = configuration(configured.log_level)
    logging.config.dictConfig(logs)
    _check_port(host, port)
    configured.data_dir.mkdir(parents=True, exist_ok=True)
    database = connect(configured.database_url)
    upgrade(database)
    database.dispose()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    configured.secret()  # raises if the file of the key is empty
    allow_open_files()
    with metrics_folder() if workers > 1 else nullcontext() as shared:
        if shared is not None:
            os.environ.update({SHARED: shared})
        uvicorn.run(
            "api.worker:process",
            factory=True,
            host=host,
            port=port,
            workers=workers,
            http=LimitedConnection,
            ws="none",
            timeout_graceful_shutdown=STOP_S,
            log_config=logs,
            access_log=False,
            proxy_headers=False,  # who may name a client is our own setting
        )


def _check_port(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise OSError(
                f"cannot listen on {host}:{port} ({error.strerror}): stop what uses it, or give another --port"
            ) from error


if __name__ == "__main__":
    sys.exit(main())
