"""One process of pypa/build under an override: its owners, and what it does at each seam."""

from __future__ import annotations

import atexit
import json
import logging
import os
import subprocess
import sys
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, Iterator

from .. import switch
from ..errors import OverrideError
from ..in_pip.builds import backend_settings, contents, generated, rule_checks, wheel_record
from ..in_pip.output.announcements import METADATA_PREPARED, Announcements
from ..in_pip.state import nested_report, rules_in_force, run_report
from ..in_pip.state.environments import Environments, Filling
from ..in_pip.state.ledger import Ledger
from ..in_pip.state.messages import Messages
from ..in_pip.state.nested_report import NestedReport
from ..in_pip.state.outcome import Outcome
from ..in_pip.state.rules_in_force import RulesInForce
from ..in_pip.state.run_directory import RunDirectory
from ..in_pip.state.run_report import RunReport
from ..in_pip.steps.below_backend import PipsBelowBackend
from . import finished, seams, tree
from .filling import EnvironmentFilling, look_into
from .project import SDIST, ProjectBuild, directories_in

if TYPE_CHECKING:
    from ..in_pip.internals.seams import Original
    from ..in_pip.state.loans import Loans
    from .seams import Call

_ON_BUILDER = "_pip_build_override"
_VERBOSE = 15


class Command:
    """What ``Announcements`` asks of a command."""

    name = "build"
    prepares_only_metadata = False


class Session:
    """The owners of the state of one process, and the handlers of its seams.

    Args:
        cwd: the directory to which a relative path of the overrides file refers.

    Raises:
        OverrideError: if the overrides file cannot be used.

    Attributes:
        filling: the installation that is running; None if there is none.
    """

    def __init__(self, cwd: str) -> None:
        _begin_outside_of_backends()
        # What ``run`` watches for are pips without the shim; here, each is checked.
        switch.stop_watching()
        _show_messages()
        self.filling: EnvironmentFilling | None = None
        self._places: dict[str, str] = {}
        self._builds: list[ProjectBuild] = []
        self._failed = False
        self.run_directory = RunDirectory("")
        self.environments = Environments(Filling(), outermost=True)
        self.messages = Messages(self.environments)
        self.outcome = Outcome()
        content, overrides = rules_in_force.read_file(cwd, self.run_directory, self.messages.warn)
        self.rules = RulesInForce(overrides, content, _no_loans)
        self.ledger = Ledger(self.rules)
        self.announcements = Announcements(self.rules, self.ledger, self.messages, Command())
        self._nested = NestedReport(self.environments, self.ledger, self.messages, self.outcome)
        self._report = RunReport(run_report.place(cwd), self.rules, self.environments, None)
        self._pips_below = PipsBelowBackend(self.rules, self.ledger, self.run_directory)
        self._front_end = seams.label(import_module("build"))
        atexit.register(self._end)

    def refused(self, error: OverrideError) -> None:
        """Note that this process ends because of a refusal."""
        self.outcome.refusal = self.outcome.refusal or error

    # The environment

    def enter(self, original: Original, call: Call) -> object:
        """Create a build environment."""
        environment = call.to(original)
        # ``build`` starts the hooks of a project with the interpreter of its environment.
        self._places[environment.python_executable] = environment.path
        return environment

    def make_extra_environ(self, original: Original, call: Call) -> object:
        """Return the variables for build backends, with the shim for the pips that they start."""
        variables = dict(call.to(original) or {})
        # As of 1.3, ``build`` empties this one.
        given = variables.get("PYTHONPATH", os.environ.get("PYTHONPATH", ""))
        if switch.INJECTED not in given.split(os.pathsep):
            given = switch.with_injected({"PYTHONPATH": given})
        variables["PYTHONPATH"] = given
        return variables

    def install(self, original: Original, call: Call) -> object:
        """Fill a build environment, and compare the result with the plan."""
        environment = call["self"]
        wanted = tuple(call["requirements"])
        build = self._build_in(environment.path)
        constraints = self._check_pass(build, wanted)
        complete = build.hook_asked
        build.directories = directories_in(environment.path)
        if not build.directories:
            seams.refuse_bypass(f"{seams.ENVIRONMENT}: has its distributions in an unknown place")
        if wanted:
            with self._note_failure(build):
                result = self._filled(original, call, build, constraints, complete)
        else:
            result = call.to(original)
            look_into(build, complete)
        build.second_pass_done = complete
        build.static_installed = True
        return result

    def _build_in(self, place: str) -> ProjectBuild:
        for build in reversed(self._builds):
            if build.place == place:
                return build
        return seams.refuse_bypass(f"{seams.ENVIRONMENT}.install: called before there is a project")

    def _check_pass(self, build: ProjectBuild, wanted: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
        if not build.overridden:
            return ()
        assert build.plan is not None
        if not build.static_installed:
            if sorted(wanted) != sorted(set(build.first_pass)):
                seams.refuse_bypass(f"{seams.BUILDER}.build_system_requires: bypassed")
            return build.limits
        if not build.hook_asked:
            seams.refuse_bypass(f"{seams.BUILDER}.get_requires_for_build: bypassed")
        if not set(wanted) <= {*build.first_pass, *(build.plan.hook or ())}:
            seams.refuse_bypass(f"{seams.BUILDER}.get_requires_for_build: its result was replaced")
        pins, _ = build.pins_for_second_pass()
        build.pinned = {
            name: version
            for name, version in (
                (text.partition("==")[0], text.partition("==")[2]) for text, _ in pins
            )
            if name in build.plan.touched
        }
        return (*build.limits, *pins)

    def _filled(
        self,
        original: Original,
        call: Call,
        build: ProjectBuild,
        constraints: tuple[tuple[str, str], ...],
        complete: bool,
    ) -> object:
        contents.note_files(build)
        filling = Filling(
            constraints,
            depth=1,
            directories=build.directories,
            built_for=(build.label,),
            hashes=build.wanted_hashes,
            touched=tuple(sorted(build.plan.touched)) if build.plan is not None else (),
            into=build.directories,
            upload_limit=build.limit_of_uploads,
        )
        self.filling = EnvironmentFilling(
            build, self.rules, filling, self.run_directory, self.messages.warn
        )
        try:
            with self.run_directory.handed_to_nested(filling) as directory:
                try:
                    result = call.to(original)
                except subprocess.CalledProcessError as error:
                    self._take(directory, filling)
                    refusal = self.filling.refusal_after(error.returncode)
                    if refusal is not None:
                        raise refusal from None
                    raise seams.shown_plainly(error, build.label) from None
                self._take(directory, filling)
            build.members.extend(filling.members)
            build.matched.extend(filling.matched)
            wheel_record.note_environment(build, filling.distributions, build.directories)
            self.filling.check(complete)
        finally:
            self.filling = None
        return result

    def _take(self, directory: str, filling: Filling) -> None:
        report = nested_report.read(directory)
        if report is not None:
            assert self.filling is not None
            self.filling.has_reported = True
            self._nested.take(report, filling)

    # The project

    def begin(self, original: Original, call: Call) -> None:
        """Begin to build a project, and find the rules that apply to it."""
        call.to(original)
        builder = call["self"]
        place = self._places.get(builder.python_executable, "")
        build = ProjectBuild(builder.source_dir, place, self._front_end)
        setattr(builder, _ON_BUILDER, build)
        self._builds.append(build)
        selection = build.identify(self.rules)
        if selection.applies and not build.isolated:
            self._refuse_without_isolation(build, selection)
        backend_settings.choose(build, selection)
        rule_checks.note_fetched(build)
        if not build.isolated:
            build.plan_without_environment(self.rules)

    def _refuse_without_isolation(self, build: ProjectBuild, selection: Any) -> None:
        rule_checks.refuse_without_isolation(
            build,
            selection,
            self.rules.overrides,
            hint="do not use --no-isolation, or remove the table",
        )
        if selection.fingerprint or selection.as_of:
            self.announcements.warn_of_no_isolation(selection)

    def build_system_requires(self, original: Original, call: Call) -> object:
        """Return the effective static requirements of a project."""
        declared = call.to(original)
        build = self._build_of(call["self"])
        if not build.isolated:
            return declared
        plan = build.plan_declared(self.rules, tuple(sorted(declared)))
        return set(plan.static) if plan.selection.applies else declared

    def get_requires_for_build(self, original: Original, call: Call) -> object:
        """Ask the hook of the build backend, and return the effective requirements."""
        build = self._begun(call)
        if build.isolated and build.overridden and not build.static_installed:
            seams.refuse_bypass(f"{seams.ENVIRONMENT}.install: bypassed")
        tree.settle(build, call["self"], call["distribution"], self.rules, self.run_directory)
        with self._note_failure(build), self._backend(build):
            returned = call.to(original)
        if not build.isolated:
            return returned
        build.hook_asked, build.asked_for = True, call["distribution"]
        build.second_pass_done = False
        plan = build.plan_returned(self.rules, tuple(sorted(returned)))
        build.check_first_pass(self.rules)
        return set(plan.hook or ()) if plan.selection.applies else returned

    def prepare(self, original: Original, call: Call) -> object:
        """Prepare metadata."""
        build = self._begun(call)
        self._check_complete(build, call["distribution"])
        self._refuse_unused(build)
        with self._note_failure(build), self._backend(build):
            directory = call.to(original)
        if directory is not None:
            # Otherwise, the backend has no such hook, and ``build`` builds a wheel.
            self._use(build)
        return directory

    def build(self, original: Original, call: Call) -> object:
        """Build a distribution, check it, and record what it was built with."""
        build = self._begun(call)
        distribution = call["distribution"]
        self._check_complete(build, distribution)
        if distribution != SDIST:
            self._refuse_unused(build)
        self.announcements.announce(build)
        artifact = ""
        try:
            with self._note_failure(build), self._backend(build):
                artifact = str(call.to(original))
            self._finish(build, distribution, artifact)
        except OverrideError:
            finished.remove(artifact)
            raise
        return artifact

    def _refuse_unused(self, build: ProjectBuild) -> None:
        for warning in rule_checks.refuse_unused(build, self.rules.overrides):
            self.messages.warn(warning)

    def _finish(self, build: ProjectBuild, distribution: str, artifact: str) -> None:
        rule_checks.check_not_fetched(build)
        if build.isolated:
            contents.check_unchanged(build)
        finished.check_identity(build, distribution, artifact, self.rules.overrides)
        if distribution == SDIST:
            self._note_built(build, "sdist built")
            return
        tree.check_wheel(build, artifact)
        build.generated = generated.find(build, artifact)
        problems = generated.problems(build.label, build.generated)
        if problems and self.rules.overrides.generated == "error":
            raise problems[0]
        for warning in problems if self.rules.overrides.generated != "ignore" else ():
            self.messages.warn(warning)
        for warning in rule_checks.warnings_of_idle_constraints(build) if build.isolated else ():
            self.messages.warn(warning)
        self._note_built(build, "built")
        wheel_record.put(build, artifact, self.rules.overrides)
        self._report.add(build, artifact)

    def _note_built(self, build: ProjectBuild, verb: str) -> None:
        self.announcements.tell_built(build, verb)
        self._use(build)

    def _use(self, build: ProjectBuild) -> None:
        """Count the tables of a project as used, once it is prepared or built."""
        if not build.counted:
            build.counted = True
            self.ledger.note_built(build.package.name, build.package.version)
        if build.overridden:
            assert build.plan is not None
            self.ledger.use(build.plan.selection.own_tables)
            for change in build.plan.changes:
                if change.kind == "replace":
                    self.ledger.used.update(change.tables)
        self.announcements.leave_word(self.outcome)

    def _begun(self, call: Call) -> ProjectBuild:
        """Give the settings of the tables to a hook that is about to be called."""
        build = self._build_of(call["self"])
        given = dict(call.get("config_settings") or {})
        build.begin(call["distribution"], given)
        merged = backend_settings.merged(build, given)
        if merged != given:
            call["config_settings"] = merged
        return build

    def _check_complete(self, build: ProjectBuild, distribution: str) -> None:
        """Check that what is built has the build environment that was planned for it."""
        if not build.isolated or not build.overridden:
            return
        if not build.static_installed:
            seams.refuse_bypass(f"{seams.ENVIRONMENT}.install: bypassed")
        if build.asked_for != distribution:
            seams.refuse_bypass(f"{seams.BUILDER}.get_requires_for_build: bypassed for {distribution}")
        if not build.second_pass_done:
            seams.refuse_bypass(f"{seams.ENVIRONMENT}.install: bypassed for what the hook returned")

    @contextmanager
    def _backend(self, build: ProjectBuild) -> Iterator[None]:
        """Run a build backend with what the tables set for it, and with its pips under the rules."""
        with self._pips_below.followed(build), backend_settings.variables_of(build):
            yield

    @contextmanager
    def _note_failure(self, build: ProjectBuild) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self._failed = True
            self.announcements.announce(build)
            for problem in rule_checks.unused(build) if build.hook_asked else ():
                self.messages.warn(rule_checks.as_possible_cause(problem))
            raise

    def _build_of(self, builder: object) -> ProjectBuild:
        build = getattr(builder, _ON_BUILDER, None)
        if not isinstance(build, ProjectBuild):
            seams.refuse_bypass(f"{seams.BUILDER}.__init__: bypassed")
        return build

    def _end(self) -> None:
        """End this process with the summary, and remove its files."""
        try:
            if self.ledger.built and not self._failed and self.outcome.refusal is None:
                for build in self._builds:
                    if build.counted:
                        self.announcements.announce(build)
                        self.announcements.tell_built(build, METADATA_PREPARED)
                self.messages.end(succeeded=True)
                self.announcements.summarise()
                self.messages.flush()
        finally:
            self.run_directory.close()


def _no_loans() -> Loans:
    raise NotImplementedError("what the target lends was refused before")


def _begin_outside_of_backends() -> None:
    """Restore what a table sets for the build backend that has started this process."""
    outside = os.environ.get(switch.OUTSIDE)
    if outside:
        switch.give_back(json.loads(outside))
    os.environ.pop(switch.OUTSIDE, None)


def _show_messages() -> None:
    """Show our messages on standard error; standard output may be a document for a program."""
    logger = logging.getLogger("pip_build_override")
    if logger.handlers:
        return
    logger.addHandler(_Shown())
    logger.propagate = False
    logger.setLevel(_VERBOSE if _is_verbose() else logging.INFO)


def _is_verbose() -> bool:
    return any(word.startswith("-v") or word == "--verbose" for word in sys.argv[1:])


class _Shown(logging.Handler):
    """Shows warnings as pip does, where standard error is by then."""

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        sys.stderr.write(f"WARNING: {text}\n" if record.levelno >= logging.WARNING else f"{text}\n")
        sys.stderr.flush()
