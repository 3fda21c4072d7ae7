"""Runs each integration test on the pips that can tell something, and counts them.

A test asks for ``target``, or for ``pip`` alone. ``seam(…)`` says what it is about, from which its
pips follow by ``SEAMS`` of ``support/pips.py``; ``core`` marks those that run on every pip, and
``pips(…)`` limits a test to the pips that have what it is about. ``--thorough`` runs each test on
all pips that differ in anything, and ``--pip 24.0`` or ``--pip 26.3+venv``, as often as wanted, all
tests on those. ``--no-reuse`` has every pip fill each build environment by itself, in all tests but
those that are about reuse.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from pathlib import Path
from typing import Any, Collection, Generator, Iterable, Iterator

import pytest

from .support.environments import NO_REUSE, Target
from .support.interpreters import find_interpreter
from .support.pips import MAIN, PIPS, SEAMS, Pip
from .support.store import index_wheel
from .support.wheelhouse import REAL_WHEELS, fill

MARKS = (
    "core: goes through every seam, and so runs on every pip",
    "pips(only, at_least, below, python_below): runs on these pips only, given as text",
    "quick_on(pip, ...): one of the quick tests on these of its pips, or on its last one",
    "seam(name): what the test is about, by a name of SEAMS in tests/support/pips.py",
)
# The tests of a mini-project are run where it is installed.
collect_ignore = ["packages"]
SOURCES = Path(__file__).resolve().parents[1] / "src" / "pip_build_override"
RAN = pytest.StashKey["Counter[str]"]()
PASSED = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("pips under test")
    group.addoption(
        "--pip",
        action="append",
        metavar="VERSION[+MODE]",
        help="run the integration tests on this pip only (repeatable; default: all)",
    )
    group.addoption(
        "--thorough",
        action="store_true",
        help="run each test on all pips; without, on those that differ in what it is about",
    )
    group.addoption(
        "--every-pip",
        action="store_true",
        help="fail where a pip whose interpreter is present ran no test",
    )
    group.addoption(
        "--no-reuse",
        action="store_true",
        help="have each build environment filled by itself, as by pip-build-override run --no-reuse",
    )


def pytest_configure(config: pytest.Config) -> None:
    for mark in MARKS:
        config.addinivalue_line("markers", mark)
    config.stash[RAN] = Counter()
    # Here, and not by a fixture: also for what fixtures of whole modules and sessions start.
    os.environ.pop(NO_REUSE, None)
    if config.getoption("--no-reuse"):
        os.environ[NO_REUSE] = "1"
    # The tests that take seconds are next to each other, and xdist would give a quarter of all tests
    # at once to one worker.
    if getattr(config.option, "maxschedchunk", 0) is None:
        config.option.maxschedchunk = 1
    unknown = set(config.getoption("--pip") or ()) - {pip.id for pip in PIPS}
    if unknown:
        known = " ".join(pip.id for pip in PIPS)
        raise pytest.UsageError(f"--pip {' '.join(unknown)}: not under test; these are: {known}")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "pip" not in metafunc.fixturenames:
        return
    definition, config = metafunc.definition, metafunc.config
    here = [pip for pip in _chosen(config) if _fits(pip, definition)]
    wanted = _wanted(definition, config)
    pips = [pip for pip in here if pip.id in wanted]
    if not pips and not config.getoption("--pip"):
        # With none of them here, the last that can run all tests tells as much as can be told.
        pips = [pip for pip in here if not pip.between][-1:]
    mark = definition.get_closest_marker("quick_on")
    quick = _quick(pips, mark.args) if mark else ()
    cases = [pytest.param(pip, marks=pytest.mark.quick if pip in quick else ()) for pip in pips]
    # An empty list would make a skipped test; this one is deselected below.
    metafunc.parametrize("pip", cases or [None], ids=[pip.id for pip in pips] or ["none"])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    without: list[pytest.Item] = []
    for item in items:
        callspec = getattr(item, "callspec", None)
        if callspec is not None and "pip" in callspec.params:
            pip = callspec.params["pip"]
            # One set of parameters may have a mark of its own.
            if pip is None or not _fits(pip, item):
                without.append(item)
            else:
                item.user_properties.append(("pip", pip.id))
    if without:
        config.hook.pytest_deselected(items=without)
        items[:] = [item for item in items if item not in without]


class _Count:
    """Counts, where all reports come together, the tests that ran on each pip."""

    def __init__(self, ran: Counter[str]) -> None:
        self.ran = ran

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            self.ran.update(str(value) for name, value in report.user_properties if name == "pip")


class _Progress:
    """Says which part of the project the results belong to that come in, among pytest's own dots."""

    def __init__(self, terminal: Any) -> None:
        self.terminal = terminal
        self.begun: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        part = _part(report.nodeid)
        if part not in self.begun and self.terminal.verbosity <= 0:
            self.begun.add(part)
            self.terminal.write(f"\n{part}\n")


def _part(nodeid: str) -> str:
    """Name what a test is about: a package of the sources, or what pip does under an override."""
    kind, _, file = nodeid.partition("::")[0].rpartition("/")
    subject = file[len("test_") : -len(".py")].replace("_", " ")
    if kind.endswith("unit"):
        first = subject.partition(" ")[0]
        return first if (SOURCES / first).is_dir() else "commands and tools"
    return f"{kind.rpartition('/')[2]}, {subject}"


def pytest_sessionstart(session: pytest.Session) -> None:
    plugins = session.config.pluginmanager
    plugins.register(_Count(session.config.stash[RAN]))
    terminal = plugins.get_plugin("terminalreporter")
    if terminal is not None:
        plugins.register(_Progress(terminal))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    # Under xdist a worker sees only its own share.
    on_worker = hasattr(session.config, "workerinput")
    if session.config.getoption("--every-pip") and not on_worker and _idle(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    ran = config.stash[RAN]
    if not ran and not config.getoption("--every-pip"):
        return
    terminalreporter.section("tests per pip")
    for pip in PIPS:
        there = "" if find_interpreter(pip.python) else ", which is not here"
        terminalreporter.write_line(f"pip {pip.id} on Python {pip.python}{there}: {ran[pip.id]}")
    if config.getoption("--every-pip"):
        for pip in _idle(config):
            terminalreporter.write_line(f"error: no test ran on pip {pip.id}", red=True)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, None]:
    report = (yield).get_result()
    if report.when == "call":
        item.stash[PASSED] = report.passed


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory in which pip finds wheels and sdists."""
    directory = tmp_path_factory.mktemp("index")
    fill(directory, [index_wheel(requirement) for requirement in REAL_WHEELS])
    return directory


@pytest.fixture
def target(pip: Pip, tmp_path: Path, index: Path, request: pytest.FixtureRequest) -> Iterator[Target]:
    """A virtual environment that holds the pip under test and nothing else."""
    yield Target(pip, tmp_path / "environment", tmp_path / "room", index)
    # A thousand environments have a million files. Those of a failed test are there to look at.
    if request.node.stash.get(PASSED, False):
        shutil.rmtree(tmp_path, ignore_errors=True)


def _chosen(config: pytest.Config) -> list[Pip]:
    chosen = config.getoption("--pip")
    return [
        pip
        for pip in PIPS
        if (not chosen or pip.id in chosen) and find_interpreter(pip.python) is not None
    ]


def _wanted(item: pytest.Item, config: pytest.Config) -> Collection[str]:
    """The pips that a test can tell something on, by their ids."""
    mark = item.get_closest_marker("seam")
    seam = mark.args[0] if mark else None
    assert seam is None or seam in SEAMS, f"{item.nodeid}: there is no seam {seam!r}"
    if item.get_closest_marker("core"):
        return {pip.id for pip in PIPS}
    named = {name for mark in item.iter_markers("pips") for name in mark.kwargs.get("only", ())}
    if named and seam is None:
        return named
    if config.getoption("--pip"):
        return {pip.id for pip in PIPS if not pip.between or seam not in (None, "none")}
    if config.getoption("--thorough"):
        if seam == "none":
            return MAIN
        return {pip.id for pip in PIPS if not pip.between or seam is not None}
    return MAIN if seam is None else SEAMS[seam]


def _quick(pips: list[Pip], ids: Collection[str]) -> Collection[Pip]:
    return [pip for pip in pips if pip.id in ids] or pips[-1:]


def _fits(pip: Pip, item: pytest.Item) -> bool:
    return all(_fits_mark(pip, **mark.kwargs) for mark in item.iter_markers("pips"))


def _fits_mark(
    pip: Pip,
    only: Iterable[str] = (),
    at_least: str = "0",
    below: str = "9999",
    python_below: str = "9999",
) -> bool:
    return (
        (not only or pip.id in only)
        and not pip.is_older_than(at_least)
        and pip.is_older_than(below)
        and pip.runs_on_older_than(python_below)
    )


def _idle(config: pytest.Config) -> list[Pip]:
    return [pip for pip in _chosen(config) if not config.stash[RAN][pip.id]]
