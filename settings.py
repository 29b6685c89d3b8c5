"""The only reader of environment variables: one frozen, validated `Settings`, from `.env` and `REELKIN_*`.

Environment variables win over `.env` in the working directory; unset and empty mean the default.

pydantic-settings was measured instead: at its start it takes 76 ms and 16 MB more in a process without pydantic
(`python -m etl`), and 22 ms and 1 MB in an API worker. Reading a mapping, warnings about unknown names, masked
passwords and messages that say what to write would still be our own code.
"""

from __future__ import annotations

import logging
import os
import re
import secrets
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from dotenv import dotenv_values

PREFIX = "REELKIN_"
OFF = "off"
VERSION: str = tomllib.loads((Path(__file__).parent / "pyproject.toml").read_text())["project"]["version"]
"""The program's version, which is stated in pyproject.toml only."""

logger = logging.getLogger("reelkin.settings")


class SettingsError(ValueError):
    """A setting has an invalid value; the message names it and says what to write."""


class Engine(StrEnum):
    """Which search engine serves the vectors."""

    FAISS = "faiss"
    MILVUS = "milvus"


class Switch(StrEnum):
    """Whether something is done."""

    ON = "on"
    OFF = "off"


class Live(StrEnum):
    """Whether visits are counted."""

    ON = "on"
    OFF = "off"


class SignUp(StrEnum):
    """Who may create an account over HTTP."""

    OFF = "off"
    INVITED = "invited"
    OPEN = "open"


@dataclass(frozen=True)
class Settings:
    """Every setting, validated. Field names are the environment's names without `REELKIN_`, in lower case."""

    database_url: str = "sqlite:///data/reelkin.db"
    data_dir: Path = Path("data")
    engine: Engine = Engine.FAISS
    milvus_uri: str = ""
    generations_url: str = ""
    redis_url: str = ""
    api_url: str = "http://127.0.0.1:8000"
    omdb_api_key: str = ""
    omdb_url: str = "https://www.omdbapi.com/"
    tmdb_api_key: str = ""
    tmdb_url: str = "https://api.themoviedb.org/3"
    tmdb_image_url: str = "https://image.tmdb.org/t/p/w342"
    secret_key: str = ""
    rate_limit: str = ""
    login_limit: str = "30/hour"
    trusted_proxies: tuple[str, ...] = ()
    root_path: str = ""
    sign_up: SignUp = SignUp.OFF
    live_statistics: Live = Live.ON
    second_opinion: Switch = Switch.ON
    cors_origins: tuple[str, ...] = ()
    log_level: str = "INFO"

    def __post_init__(self) -> None:
        _check_database(self.database_url)
        for name in ("api_url", "omdb_url", "tmdb_url", "tmdb_image_url"):
            _check_http(name, getattr(self, name))
        if self.redis_url and _parts(self.redis_url).scheme not in {"redis", "rediss", "unix"}:
            raise _wrong("redis_url", self.redis_url, "redis://host:6379/0, or leave it empty")
        if self.rate_limit and not re.fullmatch(r"[1-9]\d*/(second|minute|hour)", self.rate_limit):
            raise _wrong("rate_limit", self.rate_limit, "N/second, N/minute or N/hour, or leave it empty")
        if self.login_limit != OFF and not re.fullmatch(r"[1-9]\d*/(second|minute|hour)", self.login_limit):
            raise _wrong("login_limit", self.login_limit, "N/second, N/minute, N/hour or off")
        for proxy in self.trusted_proxies:
            if _network(proxy) is None:
                raise _wrong("trusted_proxies", proxy, "addresses or networks such as 10.0.0.5 or 10.1.0.0/16")
        if self.root_path and not re.fullmatch(r"(/[\w.~-]+)+", self.root_path, re.ASCII):
            raise _wrong("root_path", self.root_path, "a path such as /films, without a slash at its end")
        if self.log_level not in logging.getLevelNamesMapping():
            raise _wrong("log_level", self.log_level, "DEBUG, INFO, WARNING or ERROR")
        if self.generations_url and not re.fullmatch(r"[a-z0-9+]+://[^/].*|file:///.+", self.generations_url):
            raise _wrong("generations_url", self.generations_url, "s3://bucket/prefix, or leave it empty")
        if self.milvus_uri and not re.fullmatch(r"https?://[^/:]+.*|[^:]+\.db", self.milvus_uri):
            raise _wrong("milvus_uri", self.milvus_uri, "http://127.0.0.1:19530, or a folder data/milvus.db")
        if self.engine is Engine.MILVUS and not self.milvus_uri:
            raise SettingsError(f"{PREFIX}ENGINE is milvus; write the address of the server in {PREFIX}MILVUS_URI")

    def secret(self) -> str:
        """The signing key: `REELKIN_SECRET_KEY`, or else a random one, generated once and kept in `data_dir`."""
        if self.secret_key:
            return self.secret_key
        path = self.data_dir / "secret_key"
        if not path.exists():
            self.data_dir.mkdir(parents=True, exist_ok=True)
            fresh = path.with_suffix(f".{os.getpid()}")
            fresh.touch(mode=0o600)
            fresh.write_text(secrets.token_urlsafe(48))
            try:
                os.link(fresh, path)  # fails if another process was first; its key is used
            except FileExistsError:
                pass
            finally:
                fresh.unlink()
        key = path.read_text().strip()
        if not key:
            raise SettingsError(f"{path} is empty: delete it, and a new key is made, or set {PREFIX}SECRET_KEY")
        return key


def load(environment: Mapping[str, str] | None = None, dotenv: Path = Path(".env")) -> Settings:
    """Read the settings.

    Args:
        environment: variables to read instead of the process's own.
        dotenv: a file of `NAME=value` lines, read where it exists; the environment wins over it.

    Raises:
        SettingsError: a value is invalid.
    """
    merged: dict[str, str | None] = dict(dotenv_values(dotenv)) if dotenv.is_file() else {}
    merged.update(os.environ if environment is None else environment)
    ours = {k.removeprefix(PREFIX).lower(): (v or "").strip() for k, v in merged.items() if k.startswith(PREFIX)}
    known = Settings.__dataclass_fields__
    for name in sorted(set(ours) - set(known)):
        logger.warning("%s%s is not a setting of Reelkin and is ignored", PREFIX, name.upper())
    values: dict[str, object] = {name: value for name, value in ours.items() if value and name in known}
    if "data_dir" in values:
        values["data_dir"] = Path(str(values["data_dir"])).expanduser()
    if "engine" in values:
        try:
            values["engine"] = Engine(str(values["engine"]).lower())
        except ValueError:
            raise _wrong("engine", str(values["engine"]), "faiss or milvus") from None
    if "sign_up" in values:
        try:
            values["sign_up"] = SignUp(str(values["sign_up"]).lower())
        except ValueError:
            raise _wrong("sign_up", str(values["sign_up"]), "off, invited or open") from None
    if "second_opinion" in values:
        try:
            values["second_opinion"] = Switch(str(values["second_opinion"]).lower())
        except ValueError:
            raise _wrong("second_opinion", str(values["second_opinion"]), "on or off") from None
    if "live_statistics" in values:
        try:
            values["live_statistics"] = Live(str(values["live_statistics"]).lower())
        except ValueError:
            raise _wrong("live_statistics", str(values["live_statistics"]), "on or off") from None
    for several in ("cors_origins", "trusted_proxies"):
        if several in values:
            values[several] = tuple(one.strip() for one in str(values[several]).split(",") if one.strip())
    if "log_level" in values:
        values["log_level"] = str(values["log_level"]).upper()
    return Settings(**values)  # type: ignore[arg-type]


class TrustedProxies:
    """Who may say, by `X-Forwarded-For`, on whose behalf a request is sent.

    Args:
        proxies: addresses and networks, as `REELKIN_TRUSTED_PROXIES` has them. Nobody without any.
    """

    def __init__(self, proxies: Iterable[str] = ()) -> None:
        self._networks = [network for network in map(_network, proxies) if network is not None]

    def __bool__(self) -> bool:
        return bool(self._networks)

    def client(self, peer: str, forwarded: str) -> str:
        """The address of the client: the last one that a trusted proxy names and that is none itself.

        Args:
            peer: who opened the connection.
            forwarded: the value of `X-Forwarded-For`, to which each proxy appends who came to it.

        >>> TrustedProxies(["10.0.0.1"]).client("10.0.0.1", "1.1.1.1, 203.0.113.7")
        '203.0.113.7'
        >>> TrustedProxies().client("10.0.0.1", "203.0.113.7")
        '10.0.0.1'
        """
        client = peer
        for hop in reversed(forwarded.split(",")):
            address = _network(hop.strip())
            if not self._trusts(client) or address is None or address.num_addresses != 1:
                break
            client = str(address.network_address)
        return client

    def _trusts(self, client: str) -> bool:
        address = _network(client)
        return address is not None and any(
            address.version == network.version and address.network_address in network for network in self._networks
        )


def _network(text: str) -> IPv4Network | IPv6Network | None:
    """An address or network, or None; an IPv4 address that is written as one of IPv6 is itself."""
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        return None
    mapped = network.network_address.ipv4_mapped if isinstance(network, IPv6Network) else None
    return network if mapped is None or network.prefixlen != 128 else ip_network(mapped)


def client_network(client: str) -> str:
    """What counts as one client: an address, or 64 bits of one of IPv6, which one household or server has.

    >>> client_network("203.0.113.7"), client_network("2001:db8::1"), client_network("::ffff:203.0.113.7")
    ('203.0.113.7', '2001:db8::/64', '203.0.113.7')
    """
    found = _network(client.partition("%")[0])
    if found is None:
        return client
    return str(found.supernet(new_prefix=64)) if found.version == 6 else str(found.network_address)


def _wrong(name: str, value: str, expected: str) -> SettingsError:
    shown = re.sub(r"(^|://).*@", r"\1***@", value)  # hides user and password, in misspelt addresses too
    return SettingsError(f"{PREFIX}{name.upper()} is {shown!r}; write {expected}")


def _check_database(url: str) -> None:
    scheme, _, rest = url.partition("://")
    file = rest.removeprefix("/") if scheme == "sqlite" else ""
    server = re.fullmatch(r"(?:.*@)?[^@/]+(?::\d+)?/[^/?]+(?:\?.*)?|.*@/.+", rest)
    is_file = scheme == "sqlite" and rest.startswith("/") and file not in {"", ":memory:"}
    if not is_file and not (scheme in {"mysql", "mysql+pymysql", "mariadb", "mariadb+pymysql"} and server):
        raise _wrong(
            "database_url",
            url,
            "sqlite:///path/to/file.db or mysql+pymysql://user:password@host/database?charset=utf8mb4",
        )


def _check_http(name: str, url: str) -> None:
    parts = _parts(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise _wrong(name, url, "an address such as http://127.0.0.1:8000")


def _parts(url: str) -> SplitResult:
    """The parts of an address; all are empty if it is invalid."""
    nothing = urlsplit("")
    try:
        parts = urlsplit(url)
        return nothing if parts.port == 0 else parts
    except ValueError:
        return nothing
