"""Projects that have only a setup.py, which pips before 25.3 build without a build environment."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Callable

from ...build_steps import WHEEL
from ...errors import OverrideError
from ...rules import Selection
from ...rules.tables import BY_SETUP_PY
from ..builds import backend_settings, rule_checks
from ..builds.build import Build
from ..internals import objects
from ..internals.seams import Original

if TYPE_CHECKING:
    from ..state.explained import Explained
    from ..state.messages import Messages
    from ..state.pip_command import PipCommand
    from ..state.rules_in_force import RulesInForce


class SetupPy:
    """Moves projects that have only a setup.py to PEP 517.

    Args:
        rules_in_force: the rules in force.
        messages: emits warnings.
        command: the pip command.
        explained: what ``explain`` asks for.
    """

    def __init__(
        self,
        rules_in_force: RulesInForce,
        messages: Messages,
        command: PipCommand,
        explained: Explained,
    ) -> None:
        self._rules = rules_in_force
        self._messages = messages
        self._command = command
        self._explained = explained

    def load(self, build: Build, selection: Selection | None, original: Callable[[], object]) -> object:
        """Load what a source declares, using PEP 517 if its own rules need a build environment.

        A project with no table but ``*`` is not moved: it builds without a build environment, and may
        fail to build by PEP 517, for which pip must find setuptools.

        Args:
            build: the build of the project.
            selection: the rules for the project; None if none applies.
            original: pip's own loading, which decides between PEP 517 and setup.py.

        Returns:
            what pip's own loading returns.

        Raises:
            OverrideError: if the user's options rule out PEP 517.
        """
        req = build.req
        asked = objects.pep517_choice(req)
        result = original()
        if selection is None or objects.uses_pep517(req):
            return result
        option = (
            "--no-use-pep517"
            if asked is not None
            else objects.setup_py_option(self._command.options, req)
        )
        if selection.applies and not selection.named:
            if self._explained.here:
                # explain shows what such a project declares, too.
                return _move(build, original)
            if selection.needs_pep517:
                self._warn(selection, option)
            return result
        if option:
            tables = (table.where for table in selection.tables)
            raise OverrideError(
                f"{build.label} has only a setup.py and is built without a build environment, because"
                f" of {option}",
                kind="setup-py-only",
                where=self._rules.overrides.where(*tables),
                hint=f"do not use {option}, or remove the table",
            )
        return _move(build, original)

    def _warn(self, selection: Selection, option: str) -> None:
        """Warn, once for all such projects, that the rules for all packages do not act on them."""
        tables = (table.where for table in selection.tables if table.name == "*")
        where = self._rules.overrides.where(*tables)
        because = f", because of {option}" if option else ""
        self._messages.warn(
            OverrideError(
                "this pip builds projects that have only a setup.py without a build"
                f" environment{because}, so these have no effect on them:"
                f" {rule_checks.without_effect(selection, BY_SETUP_PY)}",
                kind="setup-py-only",
                where=where,
                hint=(f"do not use {option}, and " if option else "")
                + "use --use-pep517, or write them into a table that names the project",
            )
        )

    def warn_of_the_move(self, build: Build) -> None:
        """Warn that the move to PEP 517 may be why pip did not find what a project is built with."""
        assert build.plan is not None
        where = self._rules.overrides.where(*(table.where for table in build.plan.selection.tables))
        self._messages.warn(
            OverrideError(
                f"{build.label} has only a setup.py and is built with PEP 517 because of its table, so"
                " pip must find setuptools and wheel and does not use the installed ones",
                kind="setup-py-only",
                where=where,
                hint="give pip an index or --find-links with setuptools and wheel, or remove the table",
            )
        )


def set_variables(build: Build) -> None:
    """Have pip run the setup.py of a project with the environment variables of its tables."""

    def with_variables(method: Original) -> Original:
        @functools.wraps(method)
        def run(*args: object, **kwargs: object) -> object:
            with backend_settings.variables_of(build):
                return method(*args, **kwargs)

        return run

    objects.wrap_setup_py(build.req, with_variables)


def watch_install(build: Build, note: Callable[[], None]) -> None:
    """Have it noted if pip runs the setup.py of a project to install it, and that fails.

    Pips before 23.1 do this if they cannot build a wheel, for which wheel has to be installed; others
    for an editable installation.

    Args:
        build: the build of the project.
        note: notes what is known of the failure.
    """

    def watched(method: Original) -> Original:
        @functools.wraps(method)
        def run(*args: object, **kwargs: object) -> object:
            if method.__name__ != "install" or build.stage == WHEEL:
                # A wheel was built, or pip tries this after a build that failed and was noted.
                return method(*args, **kwargs)
            build.stage = WHEEL
            build.being_built = True
            try:
                return method(*args, **kwargs)
            except Exception:
                note()
                raise
            finally:
                build.being_built = False

        return run

    objects.wrap_setup_py(build.req, watched)


def _move(build: Build, original: Callable[[], object]) -> object:
    objects.move_to_pep517(build.req)
    build.moved_to_pep517 = True
    return original()
