"""The messages about overrides: the changes of each build, what it was built with, the summary."""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING

from ... import startup, switch
from ...errors import OverrideError
from ...urls import without_secrets

if TYPE_CHECKING:
    from typing import Protocol

    from ...rules import Selection, unused_tables
    from ...rules.tables import Table
    from ..builds.package_build import PackageBuild
    from ..state.ledger import Ledger
    from ..state.messages import Messages
    from ..state.outcome import Outcome
    from ..state.rules_in_force import RulesInForce

    class Command(Protocol):
        """What is asked of the command of a front end."""

        @property
        def name(self) -> str:
            """The name of the command."""

        @property
        def prepares_only_metadata(self) -> bool:
            """Whether it builds nothing of what it prepares."""


# The level that pip shows with -v, which it defines itself since 22.0.
_VERBOSE = 15

METADATA_PREPARED = "metadata prepared"
"""The verb for a package that is not built."""


class Announcements:
    """Reports what the rules change.

    Args:
        rules_in_force: the rules in force.
        ledger: the builds of this command.
        messages: emits the messages.
        command: the command of the front end.
    """

    def __init__(
        self, rules_in_force: RulesInForce, ledger: Ledger, messages: Messages, command: Command
    ) -> None:
        self._rules = rules_in_force
        self._ledger = ledger
        self._messages = messages
        self._command = command
        self._hook = ""

    def announce(self, build: PackageBuild) -> None:
        """Report once what the rules change for a build."""
        if build.plan is None or build.announced:
            return
        build.announced = True
        from ...rules.tables import CONFIG_SETTINGS

        self.say_kept(build)
        if build.moved_to_pep517:
            tables = (table.where for table in build.plan.selection.tables)
            self._messages.say(
                logging.INFO,
                f"{build.label}: built with PEP 517, because pip gives setup.py alone no build"
                f" environment   [{self._rules.overrides.where(*tables)}]",
            )
        if build.moved_from and build.leftovers.paths:
            self._messages.say(
                logging.INFO,
                f"{build.label}: built in a copy of {build.original}, without the results of earlier"
                f" builds: {build.leftovers.listed}",
            )
        replaced: dict[str, object] = {}
        if build.config_settings:
            # Loaded by then; most builds have none.
            from ..builds import backend_settings

            replaced = backend_settings.replaced(build)
        for change in build.changes:
            text = without_secrets(change.describe())
            if change.kind == CONFIG_SETTINGS and change.name in replaced:
                text += f" (instead of {replaced[change.name]!r} of --config-settings)"
            self._messages.say(logging.INFO, f"{build.label}: {text}   [{change.where}]")
            if change.because:
                self._messages.say(_VERBOSE, f"{build.label}: reason: {change.because}")
        if build.regeneration is not None and build.regeneration.cython:
            self._messages.say(logging.INFO, f"{build.label}: {build.regeneration.told}")
        for line in build.plan.selection.set_aside:
            self._messages.say(_VERBOSE, f"{build.label}: set aside: {without_secrets(line)}")

    def say_kept(self, build: PackageBuild) -> None:
        """Emit the warnings that were kept back while a build could still be discarded."""
        kept, build.kept_warnings = build.kept_warnings, []
        for level, text in kept:
            self._messages.say(level, text)

    def tell_built(self, build: PackageBuild, verb: str = "built") -> None:
        """Report once what an overridden build was built with."""
        if not build.overridden or build.told_built:
            return
        build.told_built = True
        self._messages.say(logging.INFO, f"{build.label}: {verb} with {_built_with(build)}")
        note = self._ledger.note_prepared if verb == METADATA_PREPARED else self._ledger.note_done
        note(build.label)

    def warn_of_no_isolation(self, selection: Selection) -> None:
        """Warn that rules for all packages do not act in builds without a build environment."""
        from ...rules.tables import WITHOUT_ISOLATION
        from ..builds import rule_checks

        idle = rule_checks.without_effect(selection, WITHOUT_ISOLATION)
        where = self._rules.overrides.where(
            *(table.where for table in selection.tables if table.name == "*")
        )
        self._messages.warn(
            OverrideError(
                "builds without build isolation have no build environment, so these have no effect on"
                f" them: {idle}",
                kind="not-isolated",
                where=where,
            )
        )

    def summarise(self) -> None:
        """End a run with one line: what was overridden, and which tables were not used."""
        # pip 21.2 installs an editable project by setup.py, in its build environment, without a wheel.
        verb = METADATA_PREPARED if self._command.prepares_only_metadata else "built"
        for build in self._ledger.chosen:
            self.tell_built(build, verb)
        overrides = self._rules.overrides
        parts = []
        if self._ledger.done:
            parts.append(f"overridden builds: {', '.join(self._ledger.done)}")
        if self._ledger.prepared:
            parts.append(f"overridden, only metadata prepared: {', '.join(self._ledger.prepared)}")
        if self._ledger.from_cache:
            parts.append(f"overridden builds from the cache: {', '.join(self._ledger.from_cache)}")
        if not parts:
            parts.append("no build was overridden")
        unused = self._ledger.unused
        if unused:
            parts.append(f"not used: {self._described(unused)}")
        if overrides.tables or os.path.basename(overrides.path) != switch.RULES_OF_RUN:
            # Without a file and rules, as in the first run of ``fix``, this would say nothing.
            self._messages.say(logging.INFO, f"{overrides.shown}: {'; '.join(parts)}")
        all_unused = len(unused) == len(self._rules.named_tables)
        if unused and self._ledger.built and all_unused and not _is_watched():
            from ...rules import unused_tables

            tables, built = _as_unused(unused), self._ledger.built
            self._messages.warn(
                OverrideError(
                    unused_tables.message(tables, built),
                    kind="unused-table",
                    where=overrides.shown,
                    hint=unused_tables.unused_hint(tables, built),
                )
            )
        if overrides.form == "txt":
            self._warn_of_idle_lines()
        if os.path.basename(overrides.path) != switch.RULES_OF_RUN:
            for warning in overrides.without_rules:
                self._messages.warn(warning)

    def _described(self, unused: list[Table]) -> str:
        if not self._ledger.built:
            return ", ".join(table.where for table in unused)
        # Already loaded with the step for builds and for wheels that were built before.
        from ...rules import unused_tables

        return unused_tables.described(_as_unused(unused), self._ledger.built)

    def note_hook(self) -> None:
        """Note the file that loaded the shim into this pip, if pip could replace it."""
        path = getattr(sys.modules.get("sitecustomize"), "__file__", None)
        # The file of ``run``, or of an outer pip, is not in an environment. An environment may have a
        # sitecustomize of its own, which does not load the shim.
        if path and self._command.name == "install" and _brings_us(path):
            self._hook = path

    def warn_of_a_lost_hook(self) -> None:
        """Warn if this pip has replaced the file that loaded the shim."""
        if not self._hook or _brings_us(self._hook):
            return
        if any(os.path.exists(os.path.join(path, f"{startup.STEM}.pth")) for path in sys.path):
            # The .pth file loads the shim, too.
            return
        self._messages.warn(
            OverrideError(
                f"this pip has replaced or removed {self._hook}, which loads pip-build-override into"
                " the pips of this environment, so overrides are no longer in force in them",
                kind="hook-lost",
                hint=f"pip-build-override install --python {sys.executable}",
            )
        )

    def leave_word(self, outcome: Outcome) -> None:
        """Report to ``run``, or to the pip whose build backend started this one, what was built."""
        built = self._ledger.built
        if not built or outcome.failed_overridden or outcome.refusal is not None:
            # Builds that failed are reported already; and a rule counts as used in one of them.
            return
        from ..state.left_word import BUILT, USED, BuiltWord

        word = BuiltWord(
            shown=self._rules.shown,
            tables=tuple((table.where, table.name) for table in self._rules.named_tables),
            used=tuple(sorted(self._ledger.used)),
            built=tuple(built),
            overridden=(*self._ledger.done, *self._ledger.prepared, *self._ledger.from_cache),
        )
        switch.tell_watcher(BUILT if word.is_idle else USED, word.to_json())

    def _warn_of_idle_lines(self) -> None:
        for table in self._rules.overrides.tables:
            if table.replace and table.where not in self._ledger.used:
                names = ", ".join(name for name, _ in table.replace)
                self._messages.warn(
                    OverrideError(
                        f"no package that was built in this run declares {names}, so nothing was"
                        " replaced",
                        kind="unused-rule",
                        where=self._rules.overrides.where(table.where),
                    )
                )


def _built_with(build: PackageBuild) -> str:
    """Return the distributions that a build uses; those that it could only import are counted."""
    if not build.has_environment:
        return "what is installed"
    used, rest = [], 0
    for name, version in sorted(build.environment.items()):
        if build.uses(name):
            copy = build.contents.get(name)
            seen = build.seen is not None and copy is not None and build.seen.contains(copy)
            used.append(f"{name} {version} (target)" if seen else f"{name} {version}")
        else:
            rest += 1
    listed = ", ".join(used) or "nothing"
    if build.prepared is not None:
        return f"{listed}, in {build.prepared.name} (which contains {rest} more)"
    return f"{listed} (and {rest} more seen in the target)" if rest else listed


def _brings_us(path: str) -> bool:
    """Return whether a start-up file contains the lines that load the shim."""
    try:
        with open(path, "rb") as file:
            return b">>> pip-build-override" in file.read()
    except OSError:
        return False


def _is_watched() -> bool:
    # Other pips below ``run`` may have used these tables, so ``run`` reports unused ones.
    return os.path.isdir(os.environ.get(switch.WATCH, ""))


def _as_unused(tables: list[Table]) -> list[unused_tables.Unused]:
    from ...rules import unused_tables

    return [unused_tables.Unused(table.where, table.name) for table in tables]
