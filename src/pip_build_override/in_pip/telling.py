"""What pip says of an override: the changes of each build, what it was built with, the summary."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ..urls import without_secrets

if TYPE_CHECKING:
    from .build import Build
    from .session import Session

# What pip shows with -v; a level of its own since 22.0.
_VERBOSE = 15


def announce(session: Session, build: Build) -> None:
    """Say what the rules change for a build, once."""
    if build.plan is None or build.announced:
        return
    build.announced = True
    if build.moved_to_pep517:
        tables = ", ".join(table.where for table in build.plan.selection.tables)
        session.say(
            logging.INFO,
            f"{build.label}: built by way of PEP 517, because setup.py alone gets no build"
            f" environment   [{session.overrides.shown}: {tables}]",
        )
    if build.moved_from and build.leftovers.paths:
        session.say(
            logging.INFO,
            f"{build.label}: built in a copy of {build.original}, without results of earlier builds:"
            f" {build.leftovers.listed}",
        )
    for change in build.plan.changes:
        text = without_secrets(change.describe())
        session.say(logging.INFO, f"{build.label}: {text}   [{change.where}]")
    for line in build.plan.selection.set_aside:
        session.say(_VERBOSE, f"{build.label}: set aside {without_secrets(line)}")


def tell_built(session: Session, build: Build, verb: str = "built") -> None:
    """Say what an overridden build was made with."""
    if not build.overridden or build.label in session.done:
        return
    listed = ", ".join(f"{name} {version}" for name, version in sorted(build.environment.items()))
    session.say(logging.INFO, f"{build.label}: {verb} with {listed or 'nothing'}")
    session.done.append(build.label)


def warn_of_no_isolation(session: Session) -> None:
    """Say that rules for all packages do not reach a build without a build environment."""
    session.warn(
        f'{session.overrides.shown}: package."*": builds without build isolation have no build'
        " environment, so nothing is overridden in them"
    )


def summarise(session: Session) -> None:
    """Close a run with one line: what was overridden, and which tables were not used."""
    for build in session.chosen:
        # pip download and lock build no wheel, nor does --dry-run; and pip 21.2 installs an
        # editable project by setup.py.
        tell_built(session, build, "metadata prepared")
    overrides = session.overrides
    parts = []
    if session.done:
        parts.append(f"built under it: {', '.join(session.done)}")
    if session.from_cache:
        parts.append(f"built under it before, from the cache: {', '.join(session.from_cache)}")
    if not parts:
        parts.append("no build was overridden")
    named = [table.where for table in overrides.tables if table.name != "*"]
    unused = [where for where in named if where not in session.used]
    if unused:
        parts.append(f"not used: {', '.join(unused)}")
    session.say(logging.INFO, f"{overrides.shown}: {'; '.join(parts)}")
    if overrides.form == "txt":
        _warn_of_idle_lines(session)


def _warn_of_idle_lines(session: Session) -> None:
    for table in session.overrides.tables:
        if table.replace and table.where not in session.used:
            names = ", ".join(name for name, _ in table.replace)
            session.warn(
                f"{session.overrides.shown}: {table.where}: nothing that was built in this run"
                f" declares {names}, so it replaced nothing"
            )
