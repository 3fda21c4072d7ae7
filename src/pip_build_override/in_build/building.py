"""What is done around each step in which a front end other than pip builds a project."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Callable, Iterable, Iterator

from ..errors import OverrideError
from ..in_pip.builds import backend_settings, contents, generated, rule_checks, wheel_record
from ..in_pip.output.announcements import METADATA_PREPARED, Announcements
from ..in_pip.state import nested_report
from ..in_pip.state.environments import Environments, Filling
from ..in_pip.state.ledger import Ledger
from ..in_pip.state.messages import Messages
from ..in_pip.state.nested_report import NestedReport
from ..in_pip.state.outcome import Outcome
from ..in_pip.state.rules_in_force import RulesInForce
from ..in_pip.state.run_directory import RunDirectory
from ..in_pip.state.run_report import RunReport
from ..in_pip.steps.below_backend import PipsBelowBackend
from . import finished, foreign, tree
from .filling import PIP, EnvironmentFilling, look_into
from .project import SDIST, ProjectBuild

if TYPE_CHECKING:
    from typing import MutableMapping

    from .. import rules
    from ..in_pip.state.loans import Loans
    from .front_end import FrontEnd

    Read = Callable[[RunDirectory, Callable[[OverrideError], None]], "tuple[bytes, rules.Overrides]"]
    Variables = MutableMapping[str, str]


class Command:
    """What ``Announcements`` asks of a command."""

    name = "build"
    prepares_only_metadata = False


class Building:
    """The owners of the state of one front end, and its steps.

    Args:
        front_end: the front end.
        read: returns the content of the overrides file, and the rules.
        report: the path of the report; "" for none.
        make_messages: makes what shows messages.

    Raises:
        OverrideError: if the overrides file cannot be used.

    Attributes:
        filling: the installation that is running; None if there is none.
    """

    def __init__(
        self,
        front_end: FrontEnd,
        read: Read,
        report: str,
        make_messages: Callable[[Environments], Messages] = Messages,
    ) -> None:
        self._front_end = front_end
        self.filling: EnvironmentFilling | None = None
        self._builds: list[ProjectBuild] = []
        self._failed = False
        self.run_directory = RunDirectory("")
        self.environments = Environments(Filling(), outermost=True)
        self.messages = make_messages(self.environments)
        self.outcome = Outcome()
        content, overrides = read(self.run_directory, self.messages.warn)
        self.rules = RulesInForce(overrides, content, _no_loans)
        self.ledger = Ledger(self.rules)
        self.announcements = Announcements(self.rules, self.ledger, self.messages, Command())
        self._nested = NestedReport(self.environments, self.ledger, self.messages, self.outcome)
        self._report = RunReport(report, self.rules, self.environments, None)
        self._pips_below = PipsBelowBackend(self.rules, self.ledger, self.run_directory)

    def refused(self, error: OverrideError) -> None:
        """Note that this process ends because of a refusal."""
        self.outcome.refusal = self.outcome.refusal or error

    @property
    def builds(self) -> tuple[ProjectBuild, ...]:
        """The projects, in the order in which they were begun."""
        return tuple(self._builds)

    # The project

    def begin(self, build: ProjectBuild) -> None:
        """Find the rules that apply to a project that is about to be built.

        Args:
            build: the build of the project.

        Raises:
            OverrideError: if no table can be chosen for it, or a rule cannot be in force.
        """
        self._builds.append(build)
        selection = build.identify(self.rules)
        if selection.applies and not build.isolated:
            if build.is_foreign:
                foreign.check(build, selection, self.rules.overrides)
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

    def static(self, build: ProjectBuild, declared: Iterable[str]) -> tuple[str, ...]:
        """Return the effective static requirements of a project.

        Args:
            build: the build of the project, in a build environment.
            declared: what the project declares.
        """
        lines = tuple(sorted(declared))
        plan = build.plan_declared(self.rules, lines)
        return plan.static if plan.selection.applies else lines

    def ask(
        self,
        build: ProjectBuild,
        distribution: str,
        given: dict[str, object],
        call: Callable[[dict[str, object]], Iterable[str]],
        move: Callable[[str, str], None],
        environ: Variables = os.environ,
    ) -> tuple[str, ...]:
        """Ask the hook of the build backend, and return the effective requirements.

        Args:
            build: the build of the project.
            distribution: what is built.
            given: the configuration settings of the user.
            call: calls the hook with configuration settings.
            move: makes hooks run in a copy of the sources; it is given the directory and the copy.
            environ: the environment variables with which the backend is started.
        """
        settings = self._begun(build, distribution, given)
        if build.isolated and build.overridden and not build.static_installed:
            self._front_end.refuse_bypass("the static requirements were not installed")
        tree.settle(build, move, distribution, self.rules, self.run_directory)
        with self._note_failure(build), self.backend(build, environ):
            returned = tuple(sorted(call(settings)))
        if not build.isolated:
            return returned
        build.hook_asked, build.asked_for = True, distribution
        build.second_pass_done = False
        plan = build.plan_returned(self.rules, returned)
        build.check_first_pass(self.rules)
        return (plan.hook or ()) if plan.selection.applies else returned

    def prepare(
        self,
        build: ProjectBuild,
        distribution: str,
        given: dict[str, object],
        call: Callable[[dict[str, object]], object],
        environ: Variables = os.environ,
    ) -> object:
        """Prepare metadata, and return what the hook returns.

        Args:
            build: the build of the project.
            distribution: what the metadata are for.
            given: the configuration settings of the user.
            call: calls the hook with configuration settings.
            environ: the environment variables with which the backend is started.
        """
        settings = self._begun(build, distribution, given)
        self._check_complete(build, distribution)
        self._refuse_unused(build)
        with self._note_failure(build), self.backend(build, environ):
            found = call(settings)
        if found is not None:
            # Otherwise, the backend has no such hook, and the front end builds a wheel.
            self._use(build)
        return found

    def build(
        self,
        build: ProjectBuild,
        distribution: str,
        given: dict[str, object],
        call: Callable[[dict[str, object]], str],
        environ: Variables = os.environ,
    ) -> str:
        """Build a distribution, check it, and record what it was built with.

        Args:
            build: the build of the project.
            distribution: what is built.
            given: the configuration settings of the user.
            call: calls the hook with configuration settings, and returns the path of what it has built.
            environ: the environment variables with which the backend is started.
        """
        settings = self._begun(build, distribution, given)
        self._check_complete(build, distribution)
        if distribution != SDIST:
            self._refuse_unused(build)
        self.announcements.announce(build)
        artifact = ""
        try:
            with self._note_failure(build), self.backend(build, environ):
                artifact = call(settings)
            self._finish(build, distribution, artifact)
        except OverrideError:
            finished.remove(artifact)
            raise
        return artifact

    def _refuse_unused(self, build: ProjectBuild) -> None:
        build.note_sdist(self._sdist_of(build))
        for warning in rule_checks.refuse_unused(build, self.rules.overrides):
            self.messages.warn(warning)

    def _finish(self, build: ProjectBuild, distribution: str, artifact: str) -> None:
        rule_checks.check_not_fetched(build)
        if build.isolated:
            contents.check_unchanged(build)
        finished.check_identity(build, distribution, artifact, self.rules.overrides)
        if distribution == SDIST:
            build.made_sdist = True
            self._note_built(build, "sdist built")
            return
        tree.check_wheel(build, artifact)
        build.generated = generated.find(build, artifact)
        problems = generated.problems(build.label, build.generated, build.by_pip)
        if problems and self.rules.overrides.generated == "error":
            raise problems[0]
        for warning in problems if self.rules.overrides.generated != "ignore" else ():
            self.messages.warn(warning)
        for warning in rule_checks.warnings_of_idle_constraints(build) if build.isolated else ():
            self.messages.warn(warning)
        self._note_built(build, "built")
        wheel_record.put(build, artifact, self.rules.overrides)
        self._report.add(build, artifact)

    def _sdist_of(self, build: ProjectBuild) -> ProjectBuild | None:
        """Return the build in which this process has made the sdist that a wheel is built from."""
        return next(
            (one for one in reversed(self._builds) if one.made_sdist and one.package == build.package),
            None,
        )

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

    def _begun(
        self, build: ProjectBuild, distribution: str, given: dict[str, object]
    ) -> dict[str, object]:
        """Return the settings for a hook that is about to be called, with those of the tables."""
        build.begin(distribution, given)
        return backend_settings.merged(build, given)

    def _check_complete(self, build: ProjectBuild, distribution: str) -> None:
        """Check that what is built has the build environment that was planned for it."""
        if not build.isolated or not self._is_overridden(build):
            return
        if not build.static_installed:
            self._front_end.refuse_bypass("the static requirements were not installed")
        if build.asked_for != distribution:
            self._front_end.refuse_bypass(f"the hook was not asked what a {distribution} needs")
        if not build.second_pass_done:
            self._front_end.refuse_bypass("what the hook returned was not installed")

    @contextmanager
    def backend(self, build: ProjectBuild, environ: Variables) -> Iterator[None]:
        """Run a build backend with what the tables set for it, and with its pips under the rules.

        Args:
            build: the build of the project.
            environ: the environment variables with which the backend is started.
        """
        followed = self._pips_below.followed(build, environ)
        with followed, backend_settings.variables_of(build, environ):
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

    # Its build environment

    def fill(
        self,
        build: ProjectBuild,
        wanted: tuple[str, ...],
        start: Callable[[], object],
        environ: Variables = os.environ,
        kept: str = "",
    ) -> object:
        """Install requirements into a build environment, compare it with the plan, return the result.

        Args:
            build: the build whose environment it is.
            wanted: the effective requirements.
            start: starts the installer; with ``kept``, it returns False if everything was there.
            environ: the environment variables with which the installer is started.
            kept: a directory that keeps what the installer reports, for a later process that finds
                everything there; "" for none.
        """
        constraints = self._check_pass(build, wanted)
        complete = build.hook_asked
        if not build.directories:
            self._front_end.refuse_bypass("its build environment has distributions in an unknown place")
        if wanted:
            with self._note_failure(build):
                result = self._filled(build, start, constraints, complete, environ, kept)
        else:
            result = start()
            look_into(build, complete)
        build.second_pass_done = complete
        build.static_installed = True
        return result

    def _is_overridden(self, build: ProjectBuild) -> bool:
        """Return whether rules apply to a build, and refuse one that was not planned under them."""
        if build.plan is None and build.selection is not None and build.selection.applies:
            self._front_end.refuse_bypass("the static requirements were not asked for")
        return build.overridden

    def _check_pass(self, build: ProjectBuild, wanted: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
        if not self._is_overridden(build):
            return ()
        assert build.plan is not None
        if not build.static_installed:
            if sorted(wanted) != sorted(set(build.first_pass)):
                self._front_end.refuse_bypass("other static requirements are installed")
            return build.limits
        if not build.hook_asked:
            self._front_end.refuse_bypass("the hook was not asked what else is needed")
        if not set(wanted) <= {*build.first_pass, *(build.plan.hook or ())}:
            self._front_end.refuse_bypass("other requirements than those of the hook are installed")
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
        build: ProjectBuild,
        start: Callable[[], object],
        constraints: tuple[tuple[str, str], ...],
        complete: bool,
        environ: Variables,
        kept: str,
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
            build,
            self.rules,
            filling,
            self.run_directory,
            self.messages.warn,
            self._front_end,
        )
        try:
            with self.run_directory.handed_to_nested(filling, environ) as directory:
                try:
                    result = start()
                except subprocess.CalledProcessError as error:
                    self._take(directory, filling)
                    refusal = self.filling.refusal_after(error.returncode)
                    if refusal is not None:
                        raise refusal from None
                    raise self._front_end.failed_to_fill(error, build.label) from None
                if kept and result is False:
                    self._take_kept(kept, filling)
                else:
                    self._take(directory, filling)
                if kept and result is not False:
                    nested_report.keep(directory, kept)
            build.members.extend(filling.members)
            build.matched.extend(filling.matched)
            wheel_record.note_environment(build, filling.distributions, build.directories)
            self.filling.check(complete)
        finally:
            self.filling = None
        return result

    def look_again(self, build: ProjectBuild) -> None:
        """Compare a build environment with the plan again, because more was installed in it since.

        Args:
            build: the build whose environment it is.
        """
        wheel_record.note_environment(build, [], build.directories)
        look_into(build, build.second_pass_done)

    def _take(self, directory: str, filling: Filling) -> None:
        report = nested_report.read(directory)
        if report is not None:
            assert self.filling is not None
            self.filling.has_reported = True
            self._nested.take(report, filling)

    def _take_kept(self, kept: str, filling: Filling) -> None:
        assert self.filling is not None
        report = nested_report.read(kept)
        self.filling.installer = PIP
        if report is not None:
            self.filling.has_reported = True
            self._nested.take(nested_report.of_an_earlier_run(report), filling)

    def end(self) -> None:
        """End with the summary, and remove the files that are no longer needed."""
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
