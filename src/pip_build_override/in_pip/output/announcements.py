"""What pip says of an override: the changes of each build, what it was built with, the summary."""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING

from ... import startup, switch
from ...urls import without_secrets

if TYPE_CHECKING:
    from ...rules import unused_tables
    from ...rules.tables import Table
    from ..builds.build import Build
    from ..session import Session

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
    """Say what an overridden build was made with, once for each build."""
    if not build.overridden or build.told_built:
        return
    build.told_built = True
    listed = ", ".join(f"{name} {version}" for name, version in sorted(build.environment.items()))
    session.say(logging.INFO, f"{build.label}: {verb} with {listed or 'nothing'}")
    labels = session.done if verb == "built" else session.prepared
    if build.label not in labels:
        labels.append(build.label)


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
    if session.prepared:
        parts.append(f"metadata prepared under it: {', '.join(session.prepared)}")
    if session.from_cache:
        parts.append(f"built under it before, from the cache: {', '.join(session.from_cache)}")
    if not parts:
        parts.append("no build was overridden")
    unused = [
        table for table in overrides.tables if table.name != "*" and table.where not in session.used
    ]
    if unused:
        parts.append(f"not used: {_described(session, unused)}")
    session.say(logging.INFO, f"{overrides.shown}: {'; '.join(parts)}")
    if unused and session.built and len(unused) == len(_named(session)) and not _is_watched():
        from ...rules import unused_tables

        session.warn(
            f"{overrides.shown}: {unused_tables.message(_as_unused(unused), session.built)}"
            f"\nhint: {unused_tables.HINT}"
        )
    if overrides.form == "txt":
        _warn_of_idle_lines(session)


def _named(session: Session) -> list[Table]:
    return [table for table in session.overrides.tables if table.name != "*"]


def _is_watched() -> bool:
    # Other pips below ``run`` may have used what this one has not, so that is for ``run`` to say.
    return os.path.isdir(os.environ.get(switch.WATCH, ""))


def _described(session: Session, unused: list[Table]) -> str:
    if not session.built:
        return ", ".join(table.where for table in unused)
    # Loaded by then: a build, or a wheel that was built before, has seen to it.
    from ...rules import unused_tables

    return unused_tables.described(_as_unused(unused), session.built)


def _as_unused(tables: list[Table]) -> list[unused_tables.Unused]:
    from ...rules import unused_tables

    return [unused_tables.Unused(table.where, table.name) for table in tables]


def warn_of_a_lost_hook(session: Session) -> None:
    """Say if this pip has replaced the file by which the shim came into it."""
    path = getattr(sys.modules.get("sitecustomize"), "__file__", None)
    if session.command != "install" or not path or startup.INJECTED in sys.path:
        return
    if any(os.path.exists(os.path.join(directory, f"{startup.STEM}.pth")) for directory in sys.path):
        # It comes by the other route.
        return
    if os.path.realpath(os.path.dirname(path)) == os.path.realpath(startup.INJECTED):
        # That of ``run``, or of an outer pip, which no pip replaces.
        return
    try:
        with open(path, "rb") as file:
            kept = b">>> pip-build-override" in file.read()
    except OSError:
        kept = False
    if not kept:
        session.warn(
            f"{path}, which brought pip-build-override into the pips of this environment, is another"
            " file since this pip has installed something: no override is in force in them any more"
            f"\nhint: pip-build-override install --python {sys.executable}"
        )


def leave_word(session: Session) -> None:
    """Tell ``run``, or the pip whose backend has started this one, what was built by which tables."""
    built = session.built + [
        (build.package.name, build.package.version or "")
        for build in session.builds
        if build not in session.chosen and session.failures
    ]
    if not built or session.failed_overridden or session.refusal is not None:
        # Enough was said. And a rule under which a build failed is as good as used.
        return
    facts: dict[str, object] = {
        "shown": session.overrides.shown,
        "tables": [(table.where, table.name) for table in _named(session)],
        "used": sorted(session.used),
        "built": built,
        "overridden": [*session.done, *session.prepared, *session.from_cache],
    }
    switch.tell_watcher("built", facts)


def _warn_of_idle_lines(session: Session) -> None:
    for table in session.overrides.tables:
        if table.replace and table.where not in session.used:
            names = ", ".join(name for name, _ in table.replace)
            session.warn(
                f"{session.overrides.shown}: {table.where}: nothing that was built in this run"
                f" declares {names}, so it replaced nothing"
            )
