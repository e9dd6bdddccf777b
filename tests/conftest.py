"""The package cache of a test run, its databases, and its reports of failures in CI."""

import os

import hypothesis
import pytest

from tests.postgres import Postgres, chosen_cluster, programs

# A busy computer makes an example slow, and that is no failure; a test has its own time limit.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Give all tests one cache of packages, and report failures at once in CI.

    The cache is kept between runs, and its files are linked into each environment: a cache for
    each demo would be almost a gigabyte to download, write and remove. A CI run that is cut off
    has reported its failures by then.
    """
    cache = getattr(config, "cache", None)
    if cache is not None:  # pytest may run without its cache
        os.environ.setdefault("UV_CACHE_DIR", str(cache.mkdir("uv")))
    if os.environ.get("CI") == "true" and not hasattr(config, "workerinput"):
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        config.pluginmanager.register(ImmediateReports(reporter), "immediate-reports")


@pytest.fixture(scope="session")
def postgres():
    """A PostgreSQL of this process's tests."""
    found = programs()
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI needs PostgreSQL")
        pytest.skip("PostgreSQL is not installed")
    with Postgres.running(found) as cluster:
        yield cluster


@pytest.fixture(params=["sqlite", "postgresql"])
def cluster(request):
    """None for a SQLite file, and for the same test once more, the PostgreSQL.

    `migrated_database` and `place_database` take it.
    """
    yield from chosen_cluster(request)


class ImmediateReports:
    """A plugin that prints a failure when it happens; the summary at the end repeats it."""

    def __init__(self, reporter: pytest.TerminalReporter) -> None:
        self._reporter = reporter

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._reporter.ensure_newline()
            self._reporter.write_line(f"{report.nodeid} failed in its {report.when}:", red=True)
            self._reporter.write_line(report.longreprtext)
