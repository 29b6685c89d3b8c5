"""Settings: where they come from, which win, and what is said about wrong ones."""

from __future__ import annotations

import logging
import os
import stat
import subprocess
import sys
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

import settings
from settings import Engine, Settings, SettingsError

ROOT = Path(__file__).parent.parent


def load(tmp_path: Path, dotenv: str | None = None, **environment: str) -> Settings:
    """The settings of an environment and, where given, the text of a `.env`."""
    file = tmp_path / ".env"
    if dotenv is not None:
        file.write_text(dotenv)
    return settings.load({f"REELKIN_{name}": value for name, value in environment.items()}, file)


def test_the_defaults_need_nothing(tmp_path: Path) -> None:
    assert load(tmp_path) == Settings()


def test_every_setting_can_come_from_the_environment(tmp_path: Path) -> None:
    loaded = load(
        tmp_path,
        DATABASE_URL="mysql+pymysql://me:secret@db/reelkin?charset=utf8mb4",
        DATA_DIR="/somewhere",
        ENGINE="Milvus",
        MILVUS_URI="http://milvus:19530",
        GENERATIONS_URL="s3://bucket/films",
        REDIS_URL="redis://cache:6379/0",
        API_URL="https://api.test",
        OMDB_API_KEY="k",
        OMDB_URL="http://omdb.test",
        SECOND_OPINION="Off",
        TMDB_API_KEY="t",
        TMDB_URL="http://tmdb.test/3",
        TMDB_IMAGE_URL="http://images.test/w342",
        SECRET_KEY="s",
        RATE_LIMIT="10/second",
        LOGIN_LIMIT="off",
        SIGN_UP="Invited",
        TRUSTED_PROXIES="10.0.0.5, 2001:db8::/32,",
        ROOT_PATH="/films",
        LIVE_STATISTICS="Off",
        CORS_ORIGINS="https://a.test, https://b.test,",
        LOG_LEVEL="debug",
    )
    assert loaded == Settings(
        database_url="mysql+pymysql://me:secret@db/reelkin?charset=utf8mb4",
        data_dir=Path("/somewhere"),
        engine=Engine.MILVUS,
        milvus_uri="http://milvus:19530",
        generations_url="s3://bucket/films",
        redis_url="redis://cache:6379/0",
        api_url="https://api.test",
        omdb_api_key="k",
        omdb_url="http://omdb.test",
        second_opinion=settings.Switch.OFF,
        tmdb_api_key="t",
        tmdb_url="http://tmdb.test/3",
        tmdb_image_url="http://images.test/w342",
        secret_key="s",
        rate_limit="10/second",
        login_limit="off",
        sign_up=settings.SignUp.INVITED,
        trusted_proxies=("10.0.0.5", "2001:db8::/32"),
        root_path="/films",
        live_statistics=settings.Live.OFF,
        cors_origins=("https://a.test", "https://b.test"),
        log_level="DEBUG",
    )
    assert {
        name for name in Settings.__dataclass_fields__ if getattr(loaded, name) == getattr(Settings(), name)
    } == set()


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    loaded = load(tmp_path, "REELKIN_LOG_LEVEL=ERROR\nREELKIN_RATE_LIMIT='5/minute'\n", LOG_LEVEL="WARNING")
    assert (loaded.log_level, loaded.rate_limit) == ("WARNING", "5/minute")


@pytest.mark.parametrize("empty", ["", "   "])
def test_empty_means_the_default(tmp_path: Path, empty: str) -> None:
    assert load(tmp_path, DATABASE_URL=empty, ENGINE=empty, LOG_LEVEL=empty, CORS_ORIGINS=empty) == Settings()


def test_an_unknown_setting_is_named_and_the_rest_is_read(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "reelkin.settings"):
        assert load(tmp_path, DATABSE_URL="sqlite:///x.db", LOG_LEVEL="ERROR").log_level == "ERROR"
    assert "REELKIN_DATABSE_URL" in caplog.text


def test_variables_without_the_prefix_are_not_ours(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert settings.load({"DATABASE_URL": "postgres://x", "LOG_LEVEL": "??"}, tmp_path / ".env") == Settings()
    assert caplog.text == ""


def test_a_home_folder_is_spelled_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/someone")
    assert load(tmp_path, DATA_DIR="~/films").data_dir == Path("/someone/films")


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("DATABASE_URL", "postgresql://host/db", "mysql+pymysql://"),
        ("DATABASE_URL", "reelkin.db", "sqlite:///path/to/file.db"),
        ("DATABASE_URL", "sqlite://relative.db", "sqlite:///"),
        ("ENGINE", "annoy", "faiss or milvus"),
        ("ENGINE", "milvus", "REELKIN_MILVUS_URI"),
        ("MILVUS_URI", "milvus:19530", "http://127.0.0.1:19530"),
        ("MILVUS_URI", "data/milvus", "data/milvus.db"),
        ("MILVUS_URI", "http://", "http://127.0.0.1:19530"),
        ("GENERATIONS_URL", "bucket/prefix", "s3://bucket/prefix"),
        ("REDIS_URL", "localhost:6379", "redis://host:6379/0"),
        ("REDIS_URL", "redis://localhost:port/0", "redis://host:6379/0"),
        ("API_URL", "localhost:8000", "http://127.0.0.1:8000"),
        ("API_URL", "http://localhost:80OO", "http://127.0.0.1:8000"),
        ("OMDB_URL", "ftp://omdb.test", "http://"),
        ("TMDB_IMAGE_URL", "http://", "http://"),
        ("RATE_LIMIT", "ten", "N/second"),
        ("RATE_LIMIT", "0/second", "N/second"),
        ("RATE_LIMIT", "5/day", "N/minute"),
        ("SIGN_UP", "yes", "off, invited or open"),
        ("LOGIN_LIMIT", "never", "N/hour or off"),
        ("TRUSTED_PROXIES", "10.0.0.5, proxy.test", "10.1.0.0/16"),
        ("ROOT_PATH", "films", "/films"),
        ("LIVE_STATISTICS", "maybe", "on or off"),
        ("ROOT_PATH", "/films/", "/films"),
        ("ROOT_PATH", "/a b", "/films"),
        ("LOG_LEVEL", "chatty", "DEBUG, INFO, WARNING or ERROR"),
    ],
)
def test_a_wrong_value_is_named_with_what_to_write(tmp_path: Path, name: str, value: str, hint: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, **{name: value})
    assert f"REELKIN_{name}" in str(caught.value)
    assert hint in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgresql://me:hunter2@host/db"),
        ("DATABASE_URL", "mysql:me:hunter2@host/db"),
        ("REDIS_URL", "redis//me:hunter2@host/0"),
        ("REDIS_URL", "redis://me:hunter2@host:port/0"),
        ("OMDB_URL", "ftp://me:hunter2@omdb.test"),
    ],
)
def test_a_refused_address_does_not_show_its_password(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=r"\*\*\*@") as caught:
        load(tmp_path, **{name: value})
    assert "hunter2" not in str(caught.value)


def test_settings_do_not_change(tmp_path: Path) -> None:
    with pytest.raises(FrozenInstanceError):
        load(tmp_path).data_dir = Path("elsewhere")  # type: ignore[misc]


def test_a_given_secret_is_used_and_nothing_is_written(tmp_path: Path) -> None:
    assert load(tmp_path, SECRET_KEY="mine", DATA_DIR=str(tmp_path / "data")).secret() == "mine"
    assert not (tmp_path / "data").exists()


def test_a_made_secret_is_long_private_and_kept(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "yet"
    secret = load(tmp_path, DATA_DIR=str(folder)).secret()
    assert len(secret) >= 32
    assert load(tmp_path, DATA_DIR=str(folder)).secret() == secret
    assert stat.S_IMODE((folder / "secret_key").stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == ["secret_key"]


def test_processes_that_start_at_once_agree_on_the_secret(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import settings; print(settings.load().secret())"]
    environment = os.environ | {"REELKIN_DATA_DIR": str(tmp_path)}
    started = [
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(6)
    ]
    assert len({process.communicate()[0] for process in started}) == 1


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///",
        "sqlite:///:memory:",
        "mysql+pymysql://",
        "mysql+pymysql://u:p@",
        "mysql://host",
        "postgresql://u:pa@ss@h/d",
    ],
)
def test_databases_that_cannot_work_are_refused_without_their_password(url: str) -> None:
    with pytest.raises(settings.SettingsError, match="DATABASE_URL") as caught:
        settings.Settings(database_url=url)
    assert "pa@ss" not in str(caught.value)
    assert "ss@h" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "mysql+pymysql://root@127.0.0.1/reelkin?charset=utf8mb4",
        "mysql://u:p%40ss@host:3306/db",
        "mysql+pymysql://root@/db?unix_socket=/run/mysqld/mysqld.sock",
        "mysql+pymysql://host/db",
        "sqlite:////var/lib/films.db",
        "sqlite:///data/reelkin.db",
    ],
)
def test_databases_that_can_work_are_taken(url: str) -> None:
    assert settings.Settings(database_url=url).database_url == url


def test_an_empty_secret_key_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("\n")
    with pytest.raises(SettingsError, match=r"secret_key is empty: delete it"):
        load(tmp_path, DATA_DIR=str(tmp_path)).secret()
