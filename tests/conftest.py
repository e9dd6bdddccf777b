"""What all machines of a run share, and what the run says of itself where nobody watches it."""

import os

import pytest


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """One cache of packages for the machines of all tests, kept between runs: its files are linked
    into each environment, while a cache a demo is most of a gigabyte to fetch, write and remove.

    In CI each failure is told at once: a run that is cut off has then said what it knew.
    """
    os.environ.setdefault("UV_CACHE_DIR", str(config.cache.mkdir("uv")))
    if os.environ.get("CI") == "true" and not hasattr(config, "workerinput"):
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        config.pluginmanager.register(ToldAtOnce(reporter), "told-at-once")


class ToldAtOnce:
    """Writes a failure's text when it happens; the summary at the end repeats it."""

    def __init__(self, reporter: pytest.TerminalReporter) -> None:
        self._reporter = reporter

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._reporter.ensure_newline()
            self._reporter.write_line(f"{report.nodeid} failed in its {report.when}:", red=True)
            self._reporter.write_line(report.longreprtext)
