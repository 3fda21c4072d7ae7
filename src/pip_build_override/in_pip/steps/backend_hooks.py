"""The hooks of a build backend (PEP 517), wrapped on the object through which pip calls them."""

from __future__ import annotations

import functools
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Callable, Iterator

from ... import rules
from ...errors import OverrideError
from ...rules.tables import PINS
from ..builds import backend_settings, checks, contents, generated, pins, rule_checks
from ..builds.build import Build
from ..internals import hook_processes, objects, seams
from ..internals.seams import Original

if TYPE_CHECKING:
    from ..state.explained import Explained
    from ..state.imported_backends import ImportedBackends
    from ..state.outcome import Outcome
    from ..state.pip_command import PipCommand
    from ..state.prepared_metadata import PreparedMetadata
    from ..state.rules_in_force import RulesInForce
    from .below_backend import PipsBelowBackend
    from .explain import Explain
    from .other_environment import OtherEnvironment
    from .regenerate import Regenerate
    from .source_tree import SourceTree


_GET_REQUIRES = ("get_requires_for_build_wheel", "get_requires_for_build_editable")
_METADATA = ("prepare_metadata_for_build_wheel", "prepare_metadata_for_build_editable")
_BUILD = ("build_wheel", "build_editable")
_HOOKS = (*_GET_REQUIRES, *_METADATA, *_BUILD)


class BackendHooks:
    """Wraps the hooks of build backends.

    Args:
        rules_in_force: the rules in force.
        command: the pip command.
        outcome: the outcome of the command.
        explained: what ``explain`` asks for.
        source_tree: provides the tree that a package is built in.
        pips_below: overrides the pips that build backends start.
        explain: writes the plans for ``explain``.
        other_environment: finds what builds use that pip does not install.
        make_regenerate: returns the step that generates files of Cython again.
        prepared_metadata: the metadata that the rules narrow.
        make_imported_backends: returns the processes that have imported a build backend.
    """

    def __init__(
        self,
        rules_in_force: RulesInForce,
        command: PipCommand,
        outcome: Outcome,
        explained: Explained,
        source_tree: SourceTree,
        pips_below: PipsBelowBackend,
        explain: Explain,
        other_environment: OtherEnvironment,
        make_regenerate: Callable[[], Regenerate],
        prepared_metadata: PreparedMetadata,
        make_imported_backends: Callable[[], ImportedBackends],
    ) -> None:
        self._rules = rules_in_force
        self._command = command
        self._outcome = outcome
        self._explained = explained
        self._source_tree = source_tree
        self._pips_below = pips_below
        self._explain = explain
        self._other_environment = other_environment
        self._make_regenerate = make_regenerate
        self._prepared_metadata = prepared_metadata
        self._make_imported_backends = make_imported_backends

    def hold(self, build: Build) -> None:
        """Wrap the hooks of one backend object, because the class of pip's vendored caller varies."""
        if build.req.pep517_backend is None:
            return
        if build.prepared is not None:
            objects.run_backend_with(build.req, build.prepared.interpreter.python)
        if build.regeneration is not None:
            for name in _HOOKS:
                objects.wrap_hook(build.req, name, lambda hook: self._regenerating(build, hook))
        for name in _HOOKS:
            objects.wrap_hook(build.req, name, lambda hook: self._followed(build, hook))
        if build.config_settings:
            self._pass_config_settings(build)
        if build.variables:
            for name in _HOOKS:
                objects.wrap_hook(build.req, name, lambda hook: _with_variables(build, hook))
        for name in _GET_REQUIRES if build.isolated else ():
            objects.wrap_hook(build.req, name, lambda hook: self._returning_effective(build, hook))
        for name in _METADATA if build.has_environment else ():
            objects.wrap_hook(build.req, name, lambda hook: self._narrowing(build, hook))
        for name in _BUILD:
            objects.wrap_hook(build.req, name, lambda hook: self._guarded(build, hook))

    def _followed(self, build: Build, hook: Original) -> Original:
        """Wrap a hook to put the pips that it starts under the override too."""

        @functools.wraps(hook)
        def followed(*args: object, **kwargs: object) -> object:
            try:
                with self._other_environment.entered(build), self._pips_below.followed(
                    build
                ), self._in_copies(build, hook.__name__):
                    return hook(*args, **kwargs)
            except OverrideError as error:
                raise self._outcome.refuse(error) from None

        return followed

    @contextmanager
    def _in_copies(self, build: Build, hook: str) -> Iterator[None]:
        """Return a context in which a hook may run where its build backend was imported already."""
        if (
            build.has_environment
            and not build.regeneration
            and build.prepared is None
            and build.seen is None
            and not objects.has_backend_in_tree(build.req)
        ):
            backends = self._make_imported_backends()
            with hook_processes.answered(functools.partial(backends.start, build)):
                yield
            if hook in hook_processes.LAST:
                backends.end(build)
        else:
            yield

    def _regenerating(self, build: Build, hook: Original) -> Original:
        """Wrap a hook to generate files again before it runs, with what it can use."""

        @functools.wraps(hook)
        def after_cython(*args: object, **kwargs: object) -> object:
            step = self._make_regenerate()
            step.before_hook(build, hook.__name__)
            try:
                result = hook(*args, **kwargs)
            except Exception:
                step.after_failure(build)
                raise
            step.after_hook(build, hook.__name__, generated.wheel_of(args, kwargs, result))
            return result

        return after_cython

    def _pass_config_settings(self, build: Build) -> None:
        """Give the settings of the tables to each hook, and check that each hook gets them."""
        calls: list[None] = []
        objects.pass_config_settings(
            build.req,
            _HOOKS,
            lambda given: backend_settings.merged(build, given),
            lambda: calls.append(None),
        )

        def checked(hook: Original) -> Original:
            @functools.wraps(hook)
            def call(*args: object, **kwargs: object) -> object:
                calls.clear()
                result = hook(*args, **kwargs)
                if not calls:
                    try:
                        seams.refuse_bypass(seams.BACKEND_HOOK, "_call_hook was bypassed")
                    except OverrideError as error:
                        raise self._outcome.refuse(error) from None
                return result

            return call

        for name in _HOOKS:
            objects.wrap_hook(build.req, name, checked)

    def _returning_effective(self, build: Build, hook: Original) -> Original:
        @functools.wraps(hook)
        def get_requires(*args: object, **kwargs: object) -> list[str]:
            try:
                self._source_tree.check_editable(build, hook.__name__)
                build.begin_in_a_copy()
            except OverrideError as error:
                raise self._outcome.refuse(error) from None
            returned = tuple(hook(*args, **kwargs))
            build.hook_asked = True
            build.declared = rules.Declared(static=build.declared.static, hook=returned)
            try:
                plan = self._rules.plan(build)
                if self._explained.here:
                    self._explain.write_after_hook(build)
                build.check_first_pass()
            except OverrideError as error:
                raise self._outcome.refuse(error) from None
            return list(plan.hook or ()) if plan.selection.applies else list(returned)

        return get_requires

    def _narrowing(self, build: Build, hook: Original) -> Original:
        """Wrap the hook that prepares metadata, to narrow it before pip reads it."""

        @functools.wraps(hook)
        def prepare_metadata(*args: object, **kwargs: object) -> object:
            directory = hook(*args, **kwargs)
            if not pins.asked_for(build):
                return directory
            try:
                place = str(kwargs.get("metadata_directory", args[0] if args else ""))
                self._prepared_metadata.narrow(build, os.path.join(place, str(directory)))
                self._check_editable(build, hook.__name__)
            except OverrideError as error:
                raise self._outcome.refuse(error) from None
            return directory

        return prepare_metadata

    def _check_editable(self, build: Build, hook: str) -> None:
        """Check that the metadata that is installed is what the hook has prepared."""
        if build.pins and build.req.editable and hook in _METADATA[:1] and self._command.installs:
            # By setup.py develop, which writes metadata that nothing narrows.
            raise OverrideError(
                f"{build.label} is installed as editable by its setup.py, which writes metadata of its"
                f" own, so {PINS} cannot act on it",
                kind="pin-failed",
                where=build.pins[0].where,
                hint="install it without -e, or with pip 21.3 or later and a build backend that has"
                " build_editable (setuptools 64 or later)",
            )

    def _guarded(self, build: Build, hook: Original) -> Original:
        """Wrap the hook that builds, to check when it is called and what it builds."""

        @functools.wraps(hook)
        def build_artifact(*args: object, **kwargs: object) -> object:
            try:
                if not build.being_built:
                    seams.refuse_bypass(seams.BUILD)
                try:
                    with self._prepared_metadata.as_written(build):
                        artifact = hook(*args, **kwargs)
                finally:
                    checks.check_borrowed(build)
                rule_checks.check_not_fetched(build)
                contents.check_unchanged(build)
                wheel = generated.wheel_of(args, kwargs, artifact)
                self._prepared_metadata.narrow_wheel(build, wheel)
                build.generated = generated.find(build, wheel)
                if build.generated and self._rules.overrides.generated == "error":
                    raise generated.problems(build.label, build.generated)[0]
                return artifact
            except OverrideError as error:
                # pip logs this and treats the build as failed, so it stores no wheel; the outcome
                # remembers the refusal.
                raise self._outcome.refuse(error) from None

        return build_artifact


def _with_variables(build: Build, hook: Original) -> Original:
    """Wrap a hook to set the environment variables of the tables while it runs."""

    @functools.wraps(hook)
    def run(*args: object, **kwargs: object) -> object:
        with backend_settings.variables_of(build):
            return hook(*args, **kwargs)

    return run
