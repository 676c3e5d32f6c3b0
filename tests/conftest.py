"""What all tests share: the kernels as a parameter, and what CI (the variable CI is set) asks for.

In CI only a missing GPU excuses a skipped test. A test that is skipped because PyTorch or the C++
extension is missing tells a user what to install. In CI everything is installed, so such a skip
means that something is broken: the session fails and names it. And hypothesis draws the same
examples in every run there.
"""

import os

import pytest
from hypothesis import settings
from kernel_list import KERNELS
from oracles import torch  # noqa: F401  (a fixture)

settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.register_profile("here", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "here")

ALLOWED = "needs a GPU"
_refused: list[str] = []


@pytest.fixture(params=KERNELS)
def kernel(request) -> str:
    """The name of a convolution kernel, each in turn; skipped where it is not built."""
    return request.param


def _check(report) -> None:
    if not report.skipped or hasattr(report, "wasxfail") or not os.environ.get("CI"):
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    reason = reason.removeprefix("Skipped: ")
    if not reason.startswith(ALLOWED):
        _refused.append(f"{report.nodeid}: {reason}")


def pytest_runtest_logreport(report) -> None:
    _check(report)


def pytest_collectreport(report) -> None:  # a whole module, skipped by importorskip
    _check(report)


def pytest_sessionfinish(session) -> None:
    if _refused and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter) -> None:
    if _refused:
        terminalreporter.section("skipped, which CI does not allow")
        for line in _refused:
            terminalreporter.line(line)
