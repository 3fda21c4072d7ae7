"""Which tests on real packages run here, and which are left out, which is reported at the end."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Iterator

import pytest

from ..support.interpreters import find_interpreter

HERE = Path(__file__).parent
STARTED = time.monotonic()
LEFT_OUT: list[str] = []
# In the order in which they may use the time that is given.
FIRST = [HERE / "test_readme.py", HERE / "test_real_packages.py"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--network-seconds",
        type=float,
        default=None,
        metavar="SECONDS",
        help="start no test on a real package that is not expected to end within this time",
    )


# Last, so that what -m deselects is not reported.
@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the tests in order, and leave out those whose interpreter is not on this machine."""
    items.sort(key=lambda item: FIRST.index(item.path) if item.path in FIRST else len(FIRST))
    absent = []
    for item in items:
        case = _case(item)
        if case is not None and find_interpreter(case.python) is None:
            absent.append(item)
            LEFT_OUT.append(f"{item.name}: there is no Python {case.python} here")
    if absent:
        config.hook.pytest_deselected(items=absent)
        items[:] = [item for item in items if item not in absent]


def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Any:
    """Leave out a test that would not end in time."""
    limit = item.config.getoption("--network-seconds", None)
    case = _case(item)
    if limit is None or case is None:
        return None
    if time.monotonic() - STARTED + case.seconds <= limit:
        return None
    LEFT_OUT.append(f"{item.name}: {case.seconds} s would not fit into the {limit:.0f} s given")
    # Nothing else tears down the fixtures that the test before this one kept for it.
    item.session._setupstate.teardown_exact(nextitem)
    return True


def pytest_sessionfinish(session: pytest.Session) -> None:
    # In a worker of pytest-xdist, whose output is not shown.
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["left_out"] = list(LEFT_OUT)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    for line in getattr(node, "workeroutput", {}).get("left_out", []):
        if line not in LEFT_OUT:
            LEFT_OUT.append(line)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if LEFT_OUT:
        terminalreporter.section("tests on real packages left out")
        for line in LEFT_OUT:
            terminalreporter.line(line)


@pytest.fixture(scope="session")
def downloads(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A directory for what pip downloads, shared by the tests of one run."""
    base = tmp_path_factory.getbasetemp()
    # Workers of pytest-xdist have directories of their own in a common one.
    return (base.parent if base.name.startswith("popen-") else base) / "downloads"


def _case(item: pytest.Item) -> Any:
    """Return what a test in this directory is about, which has its ``python`` and ``seconds``."""
    if HERE not in item.path.parents:
        return None
    callspec = getattr(item, "callspec", None)
    return callspec.params.get("case") if callspec else None
