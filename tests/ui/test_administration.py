"""What administrators do on the operator's page, over a real API, a real Redis and a real worker."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import which

import pytest
import requests
from playwright.sync_api import Page, expect

from sql.accounts import Role
from sql.engine import connect
from tests.api.users import PASSWORD, add_user
from tests.support import serving
from tests.support.chromium import CHROMIUM
from tests.support.redis_server import redis
from tests.support.sample import ROOT, Sample, copied
from tests.ui.conftest import settled, visit

pytestmark = [
    pytest.mark.browser,
    pytest.mark.redis,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no browser at {CHROMIUM}"),
    pytest.mark.skipif(which("redis-server") is None, reason="no redis-server"),
]


@dataclass(frozen=True)
class Service:
    """An app over a catalogue of its own, with an administrator and a place for jobs."""

    url: str
    api_url: str
    redis_url: str
    sample: Sample
    admin: str


@pytest.fixture(scope="module")
def service(catalogue: Sample, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The app over a copy of the tiny catalogue."""
    folder: Path = tmp_path_factory.mktemp("administered")
    own, port = copied(catalogue, folder), serving.free_port()
    redis_url = f"redis://127.0.0.1:{port}/0"
    database = connect(own.url)
    admin = add_user(database, Role.ADMIN)
    database.dispose()
    with (
        redis(folder, port),
        serving.api(own, REELKIN_REDIS_URL=redis_url) as api_url,
        serving.ui(api_url) as url,
    ):
        yield Service(url, api_url, redis_url, own, admin)


@contextmanager
def worker(service: Service) -> Iterator[None]:
    """`python -m etl worker` until the end of the block."""
    settings = {
        "REELKIN_DATABASE_URL": service.sample.url,
        "REELKIN_DATA_DIR": str(service.sample.folder),
        "REELKIN_REDIS_URL": service.redis_url,
    }
    process = subprocess.Popen([sys.executable, "-m", "etl", "worker"], cwd=ROOT, env=os.environ | settings)
    try:
        yield
    finally:
        process.terminate()
        process.wait(60)


def sign_in(page: Page, service: Service) -> None:
    """Sign in as the administrator, and go to the operator's page by its address."""
    visit(page, f"{service.url}/account")
    page.get_by_label("Name", exact=True).fill(service.admin)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text(f"Signed in as {service.admin}")).to_be_visible()
    page.wait_for_function("() => localStorage.getItem('reelkin.token')")
    visit(page, f"{service.url}/operator")
    expect(page.get_by_role("heading", name="Rebuilds")).to_be_visible()


def test_an_administrator_starts_watches_and_cancels_rebuilds(page: Page, service: Service) -> None:
    sign_in(page, service)
    expect(page.get_by_text("No worker runs, so rebuilds wait")).to_be_visible()
    page.get_by_role("button", name="Start", exact=True).click()
    waiting = page.get_by_role("region", name="Build the index: queued")
    expect(waiting).to_have_count(1)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("region", name="Build the index: cancelled")).to_have_count(1)
    settled(page)
    page.get_by_role("button", name="Start", exact=True).click()
    expect(waiting).to_have_count(1)
    with worker(service):  # the page is not touched from here on: it refreshes by itself
        expect(page.get_by_role("region", name="Build the index: finished")).to_have_count(1)
        expect(page.get_by_text("No worker runs")).to_have_count(0)
    page.get_by_text("What it printed").first.click()
    expect(page.get_by_role("region", name="What it printed").first).to_contain_text("read films")


def test_live_statistics_refresh_by_themselves_and_are_emptied(page: Page, service: Service) -> None:
    sign_in(page, service)
    opened = page.get_by_role("region", name="Films opened most")
    requests.get(f"{service.api_url}/movies/157336", timeout=30).raise_for_status()
    expect(opened).to_contain_text("Interstellar (2001)")
    page.get_by_role("button", name="Empty these statistics").click()
    expect(opened).not_to_contain_text("Interstellar")
