"""deploy/kubernetes and deploy/scripts, as far as they can be checked without a cluster."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml  # type: ignore[import-untyped]

import settings
from tests.support.redis_server import redis, worker
from tests.support.serving import free_port, program

ROOT = Path(__file__).parent.parent
MANIFESTS = ROOT / "deploy" / "kubernetes"
FILES = sorted(path for path in MANIFESTS.rglob("*.yaml") if path.name != "kustomization.yaml")
KUSTOMIZATIONS = sorted(MANIFESTS.rglob("kustomization.yaml"))
SCRIPTS = sorted((ROOT / "deploy" / "scripts").glob("*.sh"))
OBJECTS: list[dict[str, Any]] = [
    found for path in FILES for found in yaml.safe_load_all(path.read_text()) if found is not None
]


def tool(name: str, *arguments: str | Path) -> None:
    """Run a checker that is installed beside Python; it fails with what it found."""
    program = Path(sys.executable).with_name(name)
    done = subprocess.run(
        [program, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr


def script(
    name: str, *arguments: str, folder: Path = ROOT, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run one of the scripts of a copy of the project."""
    return subprocess.run(
        ["sh", f"deploy/scripts/{name}", *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def pods() -> Iterator[tuple[str, dict[str, Any]]]:
    """The name of each object that starts pods, and the specification of these."""
    for found in OBJECTS:
        spec = found.get("spec", {})
        if found["kind"] == "CronJob":
            spec = spec["jobTemplate"]["spec"]
        if "template" in spec:
            yield f"{found['kind']}/{found['metadata']['name']}", spec["template"]["spec"]


PODS = dict(pods())
OURS = {name: pod for name, pod in PODS.items() if pod["containers"][0]["image"] == "reelkin"}


def test_the_manifests_keep_to_their_schemas() -> None:
    tool("kubernetes-validate", "--strict", *FILES)


def test_the_compose_file_keeps_to_its_schema() -> None:
    tool("check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml")


def test_the_image_and_the_scripts_pass_their_linters() -> None:
    tool("hadolint", "--failure-threshold", "warning", "deploy/Dockerfile")
    tool("shellcheck", *SCRIPTS, "deploy/setup.sh", ".ci/run")


@pytest.mark.parametrize("path", KUSTOMIZATIONS, ids=lambda path: path.parent.name)
def test_a_kustomization_names_what_exists(path: Path) -> None:
    content = yaml.safe_load(path.read_text())
    assert [name for name in content["resources"] if not (path.parent / name).exists()] == []
    present = {file.name for file in path.parent.glob("*.yaml")} - {"kustomization.yaml"}
    assert present <= set(content["resources"])
    for patch in content.get("patches", []):
        kind, name = patch["target"]["kind"], patch["target"]["name"]
        assert any(o["kind"] == kind and re.fullmatch(name, o["metadata"]["name"]) for o in OBJECTS), patch


@pytest.mark.parametrize("name", PODS)
def test_a_pod_has_no_more_rights_than_it_needs(name: str) -> None:
    pod = PODS[name]
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    for container in pod["containers"]:
        rights = container["securityContext"]
        assert rights["readOnlyRootFilesystem"]
        assert not rights["allowPrivilegeEscalation"]
        assert rights["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["requests"].keys() == {"cpu", "memory"}
        assert "memory" in container["resources"]["limits"]


def test_what_serves_is_probed_and_survives_maintenance() -> None:
    serving = {o["metadata"]["name"]: o for o in OBJECTS if o["kind"] == "Deployment"}
    for name, found in serving.items():
        container = found["spec"]["template"]["spec"]["containers"][0]
        assert {"readinessProbe", "livenessProbe"} <= container.keys() or "ports" not in container, name
    guarded = {
        o["spec"]["selector"]["matchLabels"]["app.kubernetes.io/name"] for o in OBJECTS if "Budget" in o["kind"]
    }
    assert guarded == {"api", "ui"}


def test_every_pod_is_named_by_a_network_policy() -> None:
    policies = [o["spec"]["podSelector"] for o in OBJECTS if o["kind"] == "NetworkPolicy"]
    named = {p["matchLabels"]["app.kubernetes.io/name"] for p in policies if p}
    assert {} in policies  # nothing else gets in
    assert named == {"api", "ui", "redis", "mysql"}


def test_other_images_have_a_version() -> None:
    images = {container["image"] for pod in PODS.values() for container in pod["containers"]} - {"reelkin"}
    assert images
    assert [image for image in images if not re.search(r":\d+\.\d+\.\d+", image)] == []


def test_settings_are_known_and_secrets_are_references() -> None:
    known = {f"{settings.PREFIX}{name.upper()}" for name in settings.Settings.__dataclass_fields__}
    configured = next(o for o in OBJECTS if o["kind"] == "ConfigMap")["data"]
    assert configured.keys() <= known
    assert settings.load(configured, dotenv=Path("none"))
    assert [o for o in OBJECTS if o["kind"] == "Secret"] == []
    text = "".join(path.read_text() for path in FILES)
    assert re.findall(r"^.*(?:password|secret_key): *\S+$", text, re.IGNORECASE | re.MULTILINE) == []


def test_an_example_of_the_environment_names_settings() -> None:
    names = re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    known = {f"{settings.PREFIX}{name.upper()}" for name in settings.Settings.__dataclass_fields__}
    compose = (ROOT / "docker-compose.yml").read_text()
    assert [name for name in names if name not in known and f"${{{name}" not in compose] == []


def test_the_environment_is_made_once_and_only_for_its_owner(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "deploy" / "scripts", tmp_path / "deploy" / "scripts")
    shutil.copy(ROOT / ".env.example", tmp_path)
    assert script("setup-env.sh", folder=tmp_path).returncode == 0
    made = (tmp_path / ".env").read_text()
    assert (tmp_path / ".env").stat().st_mode & 0o077 == 0
    values = dict(re.findall(r"^(\w+)=(.*)$", made, re.MULTILINE))
    assert len(values["MYSQL_PASSWORD"]) == len(values["REELKIN_SECRET_KEY"]) == 48
    assert values["MYSQL_PASSWORD"] != values["REELKIN_SECRET_KEY"]
    assert settings.load({}, tmp_path / ".env").secret_key == values["REELKIN_SECRET_KEY"]
    assert "kept" in script("setup-env.sh", folder=tmp_path).stderr
    assert (tmp_path / ".env").read_text() == made


def test_secrets_for_a_cluster_fit_the_manifests(tmp_path: Path) -> None:
    made = script("setup-env.sh", "--kubernetes")
    file = tmp_path / "secrets.yaml"
    file.write_text(made.stdout)
    tool("kubernetes-validate", "--strict", file)
    ours, mysql = yaml.safe_load_all(made.stdout)
    referenced = {
        source["secretRef"]["name"]
        for pod in OURS.values()
        for c in pod["containers"]
        for source in c["envFrom"]
        if "secretRef" in source
    }
    assert referenced == {ours["metadata"]["name"]}
    assert settings.load(ours["stringData"], dotenv=Path("none"))
    assert mysql["stringData"]["password"] in ours["stringData"]["REELKIN_DATABASE_URL"]
    other = script("setup-env.sh", "--kubernetes", REELKIN_DATABASE_URL="mysql+pymysql://u:p@db.example/reelkin")
    assert '"mysql+pymysql://u:p@db.example/reelkin"' in other.stdout


@pytest.mark.parametrize("target", ["compose", "trial", "production"])
def test_a_dry_run_prints_the_commands_and_runs_none(target: str) -> None:
    done = script("deploy.sh", "--dry-run", target)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert all(line.startswith("+ ") for line in lines)
    wanted = (
        "docker compose up"
        if target == "compose"
        else f"kubectl apply --kustomize deploy/kubernetes/overlays/{target}"
    )
    assert any(wanted in line for line in lines)
    folders = re.findall(r"--kustomize (\S+)", done.stdout)
    assert all((ROOT / folder / "kustomization.yaml").exists() for folder in folders)


@pytest.mark.parametrize("arguments", [(), ("elsewhere",), ("--dry-run",), ("compose", "trial")])
def test_wrong_usage_of_the_deployment_says_how(arguments: tuple[str, ...]) -> None:
    done = script("deploy.sh", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("usage: deploy.sh")


@pytest.mark.redis
@pytest.mark.skipif(shutil.which("redis-server") is None, reason="no redis-server")
def test_the_commands_of_the_pods_run_with_their_environment(tmp_path: Path) -> None:
    """A job prepares, the nightly build builds, a worker waits, the API becomes ready and the app answers."""
    redis_port = free_port()
    configured = next(o for o in OBJECTS if o["kind"] == "ConfigMap")["data"]
    place = {"REELKIN_DATABASE_URL": f"sqlite:///{tmp_path}/reelkin.db", "REELKIN_DATA_DIR": str(tmp_path)}
    local = {
        "REELKIN_REDIS_URL": f"redis://127.0.0.1:{redis_port}/0",
        "REELKIN_SECRET_KEY": "x" * 48,
        "HOME": str(tmp_path),
    }
    environment = os.environ | configured | place | local
    for job in ("Job/prepare", "CronJob/build"):
        command = [sys.executable, *OURS[job]["containers"][0]["command"][1:]]
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=300
        )
        assert done.returncode == 0, done.stderr
    command, *options = PODS["Deployment/redis"]["containers"][0]["args"]
    assert command == "redis-server"
    with ExitStack() as running:
        running.enter_context(redis(tmp_path, redis_port, *options))
        running.enter_context(worker(OURS["Deployment/worker"]["containers"][0]["command"], environment))
        for name, usual in (("Deployment/api", "8000"), ("Deployment/ui", "8501")):
            container, port = OURS[name]["containers"][0], str(free_port())
            _, _, *arguments = (part.replace(usual, port) for part in container["command"])
            address = f"http://127.0.0.1:{port}{container['readinessProbe']['httpGet']['path']}"
            running.enter_context(program(tuple(arguments), environment, address))
            answer = requests.get(address, timeout=10)
            assert answer.status_code == 200
            assert name != "Deployment/api" or answer.json()["status"] == "ready"
