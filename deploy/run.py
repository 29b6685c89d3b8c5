"""`make run`: prepare the catalogue, then serve API and UI until a signal or until one of them dies.

Exit code 0 when stopped by Ctrl-C, SIGTERM or SIGHUP, 1 with one clear line when something cannot start or dies.
"""

from __future__ import annotations

import argparse
import os
import socket
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import settings
from deploy.children import Children, RunError, Stopped

HOST = "127.0.0.1"
READY_TIMEOUT_S = 180


@dataclass(frozen=True)
class Service:
    """A program that serves HTTP.

    Attributes:
        name: its name in messages.
        command: program and arguments.
        ready_url: address that answers 200 when it is ready.
        environment: variables added to our own.
        quiet: discard its standard output.
    """

    name: str
    command: tuple[str, ...]
    ready_url: str
    environment: dict[str, str] = field(default_factory=dict)
    quiet: bool = False


def main(arguments: list[str] | None = None) -> int:
    """Prepare and serve."""
    parser = argparse.ArgumentParser(prog="python -m deploy.run", description="Load, build and serve Reelkin.")
    parser.add_argument("dump", nargs="?", help="dump to load (default: the bundled sample)")
    parser.add_argument("--api-port", type=_port, default=8000, help="port of the API (default %(default)s)")
    parser.add_argument("--ui-port", type=_port, default=8501, help="port of the UI (default %(default)s)")
    args = parser.parse_args(arguments)
    with Children() as children:
        try:
            check_ports(args.api_port, args.ui_port)
            serve(children, args.dump, args.api_port, args.ui_port)
        except Stopped:
            print("stopping", flush=True)
            return 0
        except RunError as error:
            if str(error):
                print(f"error: {error}", file=sys.stderr)
            return 1


def serve(children: Children, dump: str | None, api_port: int, ui_port: int) -> NoReturn:
    """Prepare, start both services, print their addresses, and watch them.

    Raises:
        RunError: one of them could not start, or died.
        Stopped: a signal arrived.
    """
    current = settings.load().data_dir / "generations" / "current"
    before = _target(current)
    prepare = (sys.executable, "-m", "etl", "prepare", *([dump] if dump else []))
    children.finish("preparation", prepare, lambda: _target(current) not in (None, before))
    services = both(api_port, ui_port)
    for service in services:
        children.start(service.name, service.command, service.environment, quiet=service.quiet)
    for service in services:
        children.wait_until_answers(service.name, service.ready_url, READY_TIMEOUT_S)
    print(
        f"\nReelkin is running; Ctrl-C stops it\n"
        f"  UI   http://{HOST}:{ui_port}\n"
        f"  API  http://{HOST}:{api_port} (its documentation: http://{HOST}:{api_port}/docs)",
        flush=True,
    )
    children.watch()


def _target(link: Path) -> str | None:
    """What a link names: the generation that is published; None if there is no link."""
    return link.readlink().name if link.is_symlink() else None


def both(api_port: int, ui_port: int) -> tuple[Service, Service]:
    """The API, and the UI that calls it."""
    api = f"http://{HOST}:{api_port}"
    options = {
        "server.address": HOST,
        "server.port": str(ui_port),
        "server.headless": "true",
        "browser.gatherUsageStats": "false",
    }
    return (
        Service(
            "API",
            (sys.executable, "-m", "api", "--host", HOST, "--port", str(api_port)),
            f"{api}/ready",
        ),
        Service(
            "UI",
            (
                *(sys.executable, "-m", "streamlit", "run", "ui/app.py"),
                *(f"--{name}={value}" for name, value in options.items()),
            ),
            f"http://{HOST}:{ui_port}/_stcore/health",
            {"REELKIN_API_URL": api},
            quiet=True,  # Streamlit's banner repeats the addresses
        ),
    )


def check_ports(api_port: int, ui_port: int) -> None:
    """Check that both ports are free, before any long work.

    Raises:
        RunError: one is in use; the message says what to do.
    """
    if api_port == ui_port:
        raise RunError(f"API and UI cannot share port {api_port}: use two, make run API_PORT=8010 UI_PORT=8511")
    for name, port in (("API", api_port), ("UI", ui_port)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError as error:
                raise RunError(
                    f"port {port}, meant for the {name}, cannot be used ({os.strerror(error.errno or 0)}): "
                    "stop the program that uses it, or choose other ports: make run API_PORT=8010 UI_PORT=8511"
                ) from error


def _port(text: str) -> int:
    port = int(text)
    if not 0 < port < 65_536:
        raise argparse.ArgumentTypeError(f"{port} is not a port; write 1 to 65535")
    return port


if __name__ == "__main__":
    sys.exit(main())
