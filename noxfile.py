"""The checks of this project, one session each: ``nox -l`` lists them."""

from __future__ import annotations

import nox

nox.options.sessions = ["lint", "types", "unit"]
nox.options.reuse_existing_virtualenvs = True

PYTHONS = ["3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14"]


@nox.session
def lint(session: nox.Session) -> None:
    """Run ruff over everything."""
    session.install("ruff")
    session.run("ruff", "check", ".")


@nox.session
@nox.parametrize("extras", ["lint", "test,lint"])
def types(session: nox.Session, extras: str) -> None:
    """Run mypy, strict, over the sources: without the types of the other extras, and with them."""
    session.install("-e", f".[{extras}]")
    session.run("mypy")


@nox.session(python=PYTHONS)
def unit(session: nox.Session) -> None:
    """Run the unit tests, with full branch coverage of rules and start-up."""
    session.install("-e", ".[test]")
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", "tests/unit", *session.posargs)
    session.run("coverage", "combine", "-q")
    session.run("coverage", "report", "--include=*/rules/*,*/startup/*", "--fail-under=100")
    session.run("coverage", "report", "--fail-under=95")


@nox.session
def quick(session: nox.Session) -> None:
    """Run a sample of all tests, in two or three minutes."""
    session.install("-e", ".[test]")
    session.run("pytest", "-n", "2", "-m", "quick", *session.posargs)


@nox.session
def integration(session: nox.Session) -> None:
    """Run the hermetic suite, with ``-- --thorough`` each test on every pip."""
    session.install("-e", ".[test]")
    session.run("pytest", "-n", "2", "tests/integration", *session.posargs)


@nox.session
def network(session: nox.Session) -> None:
    """Build real packages from the index."""
    session.install("-e", ".[test]")
    session.run("pytest", "-m", "network", "tests/network", *session.posargs)
