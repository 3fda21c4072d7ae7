"""The part of ``explain`` that runs in pip: it plans a build, and builds nothing.

``explain`` runs ``pip download`` with this part switched on, so its answer is computed as in a real
run: from the same sources, with what the same pip reads from them, and with the same plan.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ... import rules, switch
from ...rules.standards import normalise
from ...rules.tables import BY_SETUP_PY
from ..builds import rule_checks
from ..builds.build import Build
from ..internals import releases
from ..internals.endings import DistributionNotFound, InstallationError
from ..internals.seams import Call, Original

if TYPE_CHECKING:
    from ..internals.protocols import InstallRequirement
    from ..state.environments import Environments
    from ..state.explained import Explained
    from ..state.outcome import Outcome
    from ..state.rules_in_force import RulesInForce


_NOT_BUILT = "pip would not build it: it is a wheel, or its marker does not apply to this Python"


class Explain:
    """Writes plans for ``explain``.

    Args:
        rules_in_force: the rules in force.
        environments: the environments that this pip fills.
        explained: what ``explain`` asks for.
        outcome: what makes the command fail.
    """

    def __init__(
        self,
        rules_in_force: RulesInForce,
        environments: Environments,
        explained: Explained,
        outcome: Outcome,
    ) -> None:
        self._rules = rules_in_force
        self._environments = environments
        self._explained = explained
        self._outcome = outcome

    def resolve_each(self, original: Original, call: Call) -> object:
        """Resolve the requirements of the command one by one, each up to its plan.

        For ``matrix``, only the releases of each are listed.

        Returns:
            an empty requirement set, which leaves pip nothing to do.
        """
        if os.environ.get(switch.RELEASES):
            return self._list_releases(original, call)
        everything = list(call["root_reqs"])
        constraints = [req for req in everything if req.constraint]
        wanted = [req for req in everything if not req.constraint]
        for req in wanted:
            # Its own wheels are ignored; wheels of the other packages may be needed to build it.
            self._explained.look_at(normalise(name) for name in [req.name] if name)
            releases.forget(self._environments.current.target.finder)
            call["root_reqs"] = [*constraints, req]
            try:
                call.to(original)
            except PlanWritten:
                continue
            except DistributionNotFound:
                if self._outcome.failures:
                    # pip 21.2 and 21.3 drop a candidate whose build backend fails.
                    raise
                problem, hint = self._not_found(req)
            else:
                problem, hint = _NOT_BUILT, ""
            from ..state.explanation import Unexplained

            kind = "package-not-found" if hint else ""

            self._explained.add(Unexplained(str(req.req or req.link), problem, hint, kind))
        call["root_reqs"] = []
        return call.to(original)

    def _list_releases(self, original: Original, call: Call) -> object:
        """Write the releases of the requirements, for ``matrix``, and resolve nothing."""
        from .available import available

        names = [normalise(req.name) for req in call["root_reqs"] if req.name and not req.constraint]
        finder = self._environments.current.target.finder
        found = available(names, self._rules.environment, finder)
        self._explained.write(found.to_json())
        call["root_reqs"] = []
        return call.to(original)

    def write_before_hook(self, build: Build) -> None:
        """Write the plan for the static requirements, and stop there without ``--hooks``."""
        if not self._explained.asks_hooks:
            self._write(build)
            raise PlanWritten

    def write_after_hook(self, build: Build) -> None:
        """Write the plan after the hook of the build backend has answered, and stop there.

        Raises:
            OverrideError: if the build would be refused, because an environment that exists already
                lacks what the hook asks for.
        """
        plan = build.plan
        if plan is not None and build.prepared is not None:
            build.prepared.check(build.label, (*build.first_pass, *(plan.hook or ())))
        self._write(build)
        raise PlanWritten

    def _write(self, build: Build) -> None:
        from ..state.explanation import (
            ExplainedAnswer,
            ExplainedBuild,
            ExplainedChange,
            ExplainedFile,
        )

        plan = build.plan
        assert plan is not None
        hook = build.declared.hook
        set_aside = list(plan.selection.set_aside)
        changes = build.planned_changes
        if build.moved_to_pep517 and not plan.selection.named:
            # Moved only to show what is declared: a build uses setup.py.
            set_aside += [
                f"{where}: {label} (this pip builds {build.label} by setup.py)"
                for where, label in rule_checks.idle(plan.selection, BY_SETUP_PY)
            ]
            plan = rules.plan(
                self._rules.overrides.settings_only(BY_SETUP_PY),
                build.package,
                build.declared,
                self._rules.environment,
            )
            changes = plan.changes
        self._explained.add(
            ExplainedBuild(
                ready_made=self._is_ready_made(build),
                name=build.package.name,
                version=build.package.version,
                declared=build.declared.static,
                declared_by_hook=hook,
                effective=tuple(map(plan.shown, plan.static)),
                effective_of_hook=None if plan.hook is None else tuple(map(plan.shown, plan.hook)),
                constraints=plan.constraints,
                changes=tuple(
                    ExplainedChange(
                        change.describe(), change.kind, change.where, change.reason, change.because
                    )
                    for change in changes
                ),
                settled=tuple(
                    ExplainedAnswer(
                        question.name,
                        question.source.origin,
                        answer.shown or "the declared requirement",
                        answer.reason,
                    )
                    for question, answer in plan.settled
                ),
                set_aside=tuple(set_aside),
                unused=tuple(map(str, rule_checks.unused(build))) if plan.is_complete else (),
                not_used_so_far=() if plan.is_complete else tuple(map(_shown, plan.unused)),
                regenerate=tuple(
                    ExplainedFile(file.target, file.source, file.was, file.problem)
                    for file in (build.regeneration.files if build.regeneration is not None else ())
                ),
            )
        )

    def _not_found(self, req: InstallRequirement) -> tuple[str, str]:
        """Return why pip finds nothing that it could build for a requirement, and a hint."""
        from ..state.explanation import NOT_FOUND_HINT

        finder = self._environments.current.target.finder
        found = []
        if req.name:
            with self._explained.with_ready_made():
                releases.forget(finder)
                found = releases.find(normalise(req.name), finder)
            releases.forget(finder)
        if not found:
            return "pip finds no release of it at all", NOT_FOUND_HINT
        specifiers = [str(req.specifier)]
        if not any(releases.within(specifiers, release.version) for release in found):
            first, last = found[0].version, found[-1].version
            return f"pip finds only {first} to {last} of it", _other_version_hint(first, last)
        return "pip finds no sdist of it, so it would not build it", ""

    def _is_ready_made(self, build: Build) -> bool:
        """Return whether pip would choose an existing wheel, and build nothing."""
        if build.req.original_link is not None:
            return False
        finder = self._environments.current.target.finder
        try:
            with self._explained.with_ready_made():
                releases.forget(finder)
                return releases.has_wheel(build.package.name, build.package.version or "", finder)
        finally:
            releases.forget(finder)


def _shown(rule: rules.Unused) -> str:
    what = f"{rule.name} in remove" if rule.key == "remove" else rule.key
    return f"{what} ({rule.where})"


def _other_version_hint(first: str, last: str) -> str:
    return f"ask for a version from {first} to {last}"


class PlanWritten(InstallationError):  # type: ignore[misc]  # pip ships no types for its internals
    """The answer for one package is written, and the package is not to be built."""
