"""What every test run ends with: the tests that could not run, why, and the command that would let them.

With `CI=true` such a test is a failure: a suite that skips in silence proves less each month.
"""

from __future__ import annotations

import os
from collections import defaultdict

import pytest

INSTALL = {
    "redis": "apt-get install --yes redis-server",
    "mysql": "apt-get install --yes mariadb-server && service mariadb start",
    "browser": "apt-get install --yes chromium",
    "curl": "apt-get install --yes curl",
}
"""Marker of a test -> what installs what it needs on Debian or Ubuntu, as root."""


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Turn skips into a failure where nobody reads them."""
    if _ci() and _skips(session.config) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Name what could not run."""
    skipped = _skips(config)
    if not skipped:
        return
    reasons: dict[tuple[str, str], list[str]] = defaultdict(list)
    for report in skipped:
        # A module that is skipped as a whole has no markers.
        install = next((INSTALL[marker] for marker in INSTALL if marker in getattr(report, "keywords", ())), "")
        reasons[_reason(report), install].append(report.nodeid)
    terminalreporter.section("not run" + (", which CI=true counts as a failure" if _ci() else ""))
    for (reason, install), tests in sorted(reasons.items()):
        more = f" and {len(tests) - 1} more" if len(tests) > 1 else ""
        terminalreporter.write_line(f"{tests[0]}{more}")
        terminalreporter.write_line(f"    because: {reason}")
        if install:
            terminalreporter.write_line(f"    to run:  {install}")


def _ci() -> bool:
    return os.environ.get("CI", "").lower() in {"true", "1"}


def _skips(config: pytest.Config) -> list[pytest.TestReport | pytest.CollectReport]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return list(reporter.stats.get("skipped", [])) if reporter is not None else []


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")
