"""docker-compose.yml and the image, as far as they can be checked without a container engine."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from contextlib import ExitStack
from ipaddress import ip_address, ip_network
from pathlib import Path
from shutil import which
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml  # type: ignore[import-untyped]

import settings
from tests.support.modules import PACKAGES
from tests.support.redis_server import redis, worker
from tests.support.sample import Sample, copied
from tests.support.serving import free_port, program

ROOT = Path(__file__).parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = ("prepare", "worker", "cron", "api", "ui", "volumes")
OPTIONAL = ("milvus", "s3")
"""Those of a profile of the same name."""


def command(service: str) -> list[str]:
    """The command of a service when no variable is set."""
    given = SERVICES[service]["command"]
    parts = given if isinstance(given, list) else shlex.split(re.sub(r"\$\{\w+:\+[^}]*\}", "", given))
    return [filled(part) for part in parts]


def filled(value: Any) -> str:
    """A value when no variable is set."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", str(value))


def output(*arguments: str) -> str:
    """The output of one of our programs."""
    finished = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def test_there_is_all_that_a_system_needs() -> None:
    assert set(SERVICES) == {"mysql", "redis", *OPTIONAL, *OURS}
    profiles = {name: service["profiles"] for name, service in SERVICES.items() if "profiles" in service}
    assert profiles == {"milvus": ["milvus"], "s3": ["s3"], "volumes": ["milvus", "s3"]}
    assert SERVICES["api"]["deploy"]["replicas"] == 2


@pytest.mark.parametrize("name", OPTIONAL)
def test_what_belongs_to_a_profile_is_waited_for_where_there_is_it(name: str) -> None:
    assert SERVICES["prepare"]["depends_on"][name] == {"condition": "service_healthy", "required": False}
    assert SERVICES[name]["depends_on"]["volumes"]["condition"] == "service_completed_successfully"
    assert "ports" not in SERVICES[name]  # for the other services only


def test_the_user_of_a_volume_owns_it() -> None:
    """A new volume gets the owner of the folder of the image that it is first mounted on."""
    text = (ROOT / "deploy" / "Dockerfile").read_text()
    for name in OPTIONAL:
        assert f"{name}:/var/lib/{name}" in SERVICES["volumes"]["volumes"]
        assert re.search(rf"install --directory --owner=reelkin .*/var/lib/{name}\b", text)
        assert SERVICES[name]["user"] == "10001:10001"
    assert "--uid 10001" in text


def test_the_profile_of_milvus_is_that_of_the_tests_and_of_the_settings() -> None:
    wheel = re.search(r"^milvus==(\S+);", (ROOT / "requirements-dev.in").read_text(), re.MULTILINE)
    assert wheel is not None
    assert SERVICES["milvus"]["image"] == f"milvusdb/milvus:v{wheel[1]}"
    environment = {name: str(filled(value)) for name, value in SERVICES["api"]["environment"].items()}
    assert settings.load(environment, Path("none")).engine is settings.Engine.FAISS
    with_milvus = settings.load(environment | {"REELKIN_ENGINE": "milvus"}, Path("none"))
    assert urlsplit(with_milvus.milvus_uri).hostname == "milvus"


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_can_write_little_and_take_little(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["deploy"]["resources"]["limits"]["memory"]
    assert name in OURS or service["user"].split(":")[0] not in {"0", "root"}


def test_the_versions_of_images_are_pinned() -> None:
    for name, service in SERVICES.items():
        assert name in OURS or re.search(r":\D*\d+\.\d+\.\d+|:RELEASE\.", service["image"]), service["image"]
    base = re.search(r"^FROM (\S+)", (ROOT / "deploy" / "Dockerfile").read_text(), re.MULTILINE)
    assert base is not None
    assert re.search(r":\d+\.\d+\.\d+-", base[1])


def test_the_database_takes_bulk_loads_and_every_language() -> None:
    assert SERVICES["mysql"]["image"].startswith("mysql:8")
    assert {"--local-infile=1", "--character-set-server=utf8mb4"} <= set(command("mysql"))
    assert "--collation-server=utf8mb4_unicode_520_ci" in command("mysql")


def test_each_service_waits_until_what_it_needs_is_ready() -> None:
    waits = {name: service.get("depends_on", {}) for name, service in SERVICES.items()}
    assert waits["prepare"]["mysql"]["condition"] == "service_healthy"
    assert waits["api"]["prepare"]["condition"] == "service_completed_successfully"
    assert waits["ui"]["api"]["condition"] == "service_healthy"
    assert waits["worker"]["redis"]["condition"] == waits["api"]["redis"]["condition"] == "service_healthy"
    assert waits["cron"] == waits["worker"]
    assert all("healthcheck" in SERVICES[name] for name in ("mysql", "redis", "api", "ui", *OPTIONAL))


def test_the_two_addresses_are_published_to_this_machine_only() -> None:
    assert SERVICES["api"]["ports"] == ["${PUBLISH:-127.0.0.1}:8000-8001:8000"]  # of both
    assert SERVICES["ui"]["ports"] == ["${PUBLISH:-127.0.0.1}:8501:8501"]


def test_requests_are_limited_and_the_app_names_its_visitors() -> None:
    environment = SERVICES["api"]["environment"]
    assert re.fullmatch(r"\$\{REELKIN_RATE_LIMIT:-[1-9]\d*/minute\}", environment["REELKIN_RATE_LIMIT"])
    app = SERVICES["ui"]["networks"]["default"]["ipv4_address"]
    assert environment["REELKIN_TRUSTED_PROXIES"] == f"${{REELKIN_TRUSTED_PROXIES:-{app}}}"
    (network,) = COMPOSE["networks"]["default"]["ipam"]["config"]
    assert ip_address(app) in ip_network(network["subnet"])
    assert ip_address(app) not in ip_network(network["ip_range"])  # no other container takes it


def test_films_and_generations_outlive_the_containers() -> None:
    for name in ("mysql", "prepare", "worker", "api", *OPTIONAL):
        volumes = [volume.partition(":")[0] for volume in SERVICES[name]["volumes"]]
        assert set(volumes) & set(COMPOSE["volumes"])


def test_every_variable_is_a_setting() -> None:
    names = {name for service in OURS for name in SERVICES[service]["environment"]}
    known = {f"{settings.PREFIX}{name.upper()}" for name in settings.Settings.__dataclass_fields__}
    assert {name for name in names if not name.startswith("AWS_")} - {"HOME"} <= known


def test_the_file_contains_no_secret() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    secrets = re.findall(r"^ *\w*(?:PASSWORD|SECRET_KEY|SECRET_ACCESS_KEY|API_KEY): *(.+)$", text, re.MULTILINE)
    assert secrets
    assert all(value.strip('"').startswith("${") or value == '"yes"' for value in secrets)


@pytest.mark.parametrize("name", ["prepare", "worker", "cron"])
def test_what_loads_and_builds_is_a_command_of_etl(name: str) -> None:
    assert command(name)[:3] == ["python", "-m", "etl"]
    output("-m", "etl", command(name)[3], "--help")


@pytest.mark.parametrize(("service", "program"), [("api", ("-m", "api")), ("ui", ("-m", "streamlit", "run"))])
def test_programs_know_every_option_they_are_given(service: str, program: tuple[str, ...]) -> None:
    options = [part.partition("=")[0] for part in command(service) if part.startswith("--")]
    known = output(*program, "--help")
    assert options
    assert [option for option in options if option not in known] == []


@pytest.mark.redis
@pytest.mark.skipif(which("redis-server") is None, reason="no redis-server")
def test_the_commands_run_with_their_environment(sample: Sample, tmp_path: Path) -> None:
    """All but those of others' images, and with addresses of this machine; Redis and Milvus are run as here."""
    own, port = copied(sample, tmp_path), free_port()
    local = {"REELKIN_DATABASE_URL": own.url, "REELKIN_DATA_DIR": str(own.folder), "HOME": str(tmp_path)}
    local |= {"REELKIN_REDIS_URL": f"redis://127.0.0.1:{port}/0"}

    def environment(service: str) -> dict[str, str]:
        given = {name: filled(value) for name, value in SERVICES[service]["environment"].items()}
        return given | {name: value for name, value in local.items() if name in given}

    first, *options = command("redis")
    assert first == "redis-server"
    with ExitStack() as running:
        running.enter_context(redis(tmp_path, port, *options))
        prepared = subprocess.run(
            [sys.executable, *command("prepare")[1:]],
            cwd=ROOT,
            env=os.environ | environment("prepare"),
            timeout=300,
        )
        assert prepared.returncode == 0
        running.enter_context(worker(command("worker"), environment("worker")))
        nightly = [sys.executable, *command("cron")[1:]]
        queueing = running.enter_context(subprocess.Popen(nightly, cwd=ROOT, env=os.environ | environment("cron")))
        running.callback(queueing.terminate)
        for service, usual, path in (("api", "8000", "/ready"), ("ui", "8501", "/_stcore/health")):
            its = str(free_port())
            _, _, *arguments = (part.replace(usual, its) for part in command(service))
            address = f"http://127.0.0.1:{its}{path}"
            assert f":{usual}{path}" in SERVICES[service]["healthcheck"]["test"][3]
            running.enter_context(program(tuple(arguments), environment(service), address))
        assert queueing.poll() is None


def test_the_image_contains_what_the_programs_import() -> None:
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert {path for path in kept if not (ROOT / path).exists()} == set()
    assert {*PACKAGES, "contract.py", "settings.py", "pyproject.toml", "requirements.txt"} - kept == {
        "deploy"
    }  # runs outside of containers


def test_the_image_has_a_python_that_reelkin_runs_on_and_is_not_root() -> None:
    lines = (ROOT / "deploy" / "Dockerfile").read_text().splitlines()
    found = next(re.match(r"FROM python:3\.(\d+)\.\d+-", line) for line in lines if line.startswith("FROM"))
    assert found is not None
    assert int(found[1]) >= 11
    users = [line.split()[1] for line in lines if line.startswith("USER")]
    assert users
    assert users[-1] != "root"
