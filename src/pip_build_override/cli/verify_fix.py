"""``verify --fix``: rebuild what does not fit, with an override that was tried before it is used."""

from __future__ import annotations

import argparse
import dataclasses
import os
import shlex
import subprocess
import sys
from datetime import date
from functools import partial
from typing import Any, Iterator, Mapping, Sequence

from ..diagnosis import Failure
from ..diagnosis.bounds import Contradiction
from ..diagnosis.failed_command import FailedCommand
from ..errors import OverrideError
from ..files import Json, read_whole, replace_whole, shown_path
from ..fixing.attempt_rules import rules_of_attempt
from ..fixing.attempts import BUILT, REFUSED, Attempt, TimeIsUp
from ..fixing.clock import Clock
from ..fixing.found_rules import FoundRules
from ..fixing.joining import joined
from ..fixing.journal import Journal
from ..fixing.package import fix_package
from ..fixing.result import SIGNATURE, Fixed
from ..fixing.workbench import PipWorkbench
from ..fixing.workplace import Workplace
from ..rules import read_file
from ..rules.place import listing
from ..rules.standards import normalise
from ..rules.written import Table, tables_in
from ..verifying.judging import Environment, Finding
from . import file_of_tables, fix_messages
from .child import Child
from .fix import MINUTES, Interrupts, check_writable, has_rules, merged, minutes_of, write

_ASKS = "import os, pip, sys; print(os.path.dirname(os.path.abspath(pip.__file__)))"
_ASKING_SECONDS = 60
# What some packages declare in place of numpy, with a pin of it.
_NUMPY_BY_ANOTHER_NAME = "oldest-supported-numpy"


def fix(
    environment: Environment, findings: Sequence[Finding], args: argparse.Namespace
) -> dict[str, str]:
    """Rebuild what does not fit.

    Args:
        environment: The environment.
        findings: What does not fit in it.
        args: The arguments of ``verify``.

    Returns:
        Why it was not rebuilt, for each distribution of which that was tried.

    Raises:
        OverrideError: If the overrides file cannot be used, or there is no pip.
    """
    file = args.write or environment.file
    minutes = minutes_of(args.limit or str(MINUTES))
    existing = file_of_tables.read(file)
    check_writable(file)
    before = read_whole(file)
    pip = _pip_of(environment.python)
    unfit = [*_unfit(environment, findings)]
    if not unfit:
        return {}
    fix_messages.say(
        f"building {listing(each.label for each in unfit)} against what is installed, in a temporary"
        " directory; a build runs code of the package and of its build requirements"
    )
    wrong: dict[str, str] = {}
    with Child() as child, Workplace() as place:
        rules = FoundRules(
            shown_path(file), has_rules(file), existing, partial(merged, file), place.new
        )
        journal = Journal(fix_messages.say)
        clock = Clock(minutes)
        right = []
        with Interrupts(clock, child):
            for each in unfit:
                trial = _Trial(each, environment.python, pip, place, rules, clock, journal)
                wrong[each.name] = trial.why_not()
                if not wrong[each.name]:
                    right.append(each)
        if child.received:
            return wrong
        if right:
            write(file, rules, before)
            fix_messages.show_rules(rules, file, written=True)
        for each in right:
            command = shlex.split(each.rebuild(environment, file))
            fix_messages.say(f"running {shlex.join(command)}")
            # The command of this very package, whatever is first on PATH.
            command[:1] = [sys.executable, "-m", "pip_build_override"]
            # Standard output is for the answer of verify.
            status = child.status(command, dict(os.environ), sys.stderr.fileno())
            if status:
                wrong[each.name] = f"the command that rebuilds it ended with status {status}"
    return {name: why for name, why in wrong.items() if why}


def without_remedy(finding: Finding, wrong: Mapping[str, str]) -> Finding:
    """Return a finding without the remedy that was tried and is none.

    Args:
        finding: The finding.
        wrong: What ``fix`` returned.
    """
    why = wrong.get(finding.distribution, "")
    if not why:
        return finding
    reason = f"{finding.reason}; a build against what is installed was tried: {why}"
    return dataclasses.replace(finding, reason=reason, override="", command="", file="")


@dataclasses.dataclass(frozen=True)
class _Unfit:
    """A distribution that is to be built against what is installed.

    Attributes:
        distribution: What is known of it.
        version: Its version.
        wanted: The versions to build it against.
        offered: The lines of the override that is offered for it; "" for none.
        uncached: Whether pip must not use its cache.
        requirement: What pip is given to build it.
    """

    distribution: Json
    version: str
    wanted: Mapping[str, str]
    offered: str
    uncached: bool
    requirement: str

    @property
    def name(self) -> str:
        return normalise(self.distribution["name"])

    @property
    def label(self) -> str:
        return f"{self.name} {self.version}"

    @property
    def against(self) -> str:
        return listing(f"{name} {version}" for name, version in self.wanted.items())

    def tables(self) -> Iterator[Table]:
        """Yield tables with which it may be built against that, the one that is offered first."""
        offered = tables_in(self.offered.encode(), "toml").get(self.name)
        if offered:
            yield offered
        pins = {name: f"{name}=={version}" for name, version in self.wanted.items()}
        # What it declares is not known: a rule for what it does not declare is refused.
        yield {"replace": pins}
        if "numpy" in pins:
            others = {name: pin for name, pin in pins.items() if name != "numpy"}
            table: dict[str, Any] = {"add": [pins["numpy"]], "remove": [_NUMPY_BY_ANOTHER_NAME]}
            yield {**table, "replace": others} if others else table
        yield {"add": [*pins.values()]}

    def rebuild(self, environment: Environment, file: str) -> str:
        return environment.rebuild(self.distribution, ("--overrides", file), self.uncached)


def _unfit(environment: Environment, findings: Sequence[Finding]) -> Iterator[_Unfit]:
    """Yield what can be built against what is installed: no editable, whose sources are the user's."""
    there = {normalise(each["name"]): each for each in environment.distributions}
    for name in dict.fromkeys(finding.distribution for finding in findings):
        own = [finding for finding in findings if finding.distribution == name and finding.present]
        wanted = {each.against: each.present for each in own if each.against not in ("", name)}
        *option, requirement = environment.requirement(there[name])
        if wanted and not option:
            yield _Unfit(
                there[name],
                own[0].version,
                wanted,
                own[0].override,
                "--no-cache-dir" in shlex.split(own[0].command),
                requirement.partition(" @ ")[2] or requirement,
            )


class _Trial:
    """Tries to build one distribution against what is installed.

    Args:
        unfit: The distribution.
        python: The interpreter of the environment.
        pip: The pip of it.
        place: Where to work.
        rules: The rules that were found so far.
        clock: The time that there is.
        journal: Who is told about it.
    """

    def __init__(
        self,
        unfit: _Unfit,
        python: str,
        pip: str,
        place: Workplace,
        rules: FoundRules,
        clock: Clock,
        journal: Journal,
    ) -> None:
        self._unfit = unfit
        self._place = place
        self._rules = rules
        self._clock = clock
        self._journal = journal
        options = ("--no-cache-dir",) if unfit.uncached else ()
        self._failure = Failure(unfit.name, unfit.version, requirement=unfit.requirement)
        self._command = FailedCommand(python, pip, options, (self._failure,), os.getcwd())

    def why_not(self) -> str:
        """Add the rules with which it builds and can be imported; return why there are none, or ""."""
        try:
            table, why = self._searched()
        except TimeIsUp:
            return "the search ended before that was known"
        if table is None:
            return why
        reason = f"it runs with {self._unfit.against}"
        table = {**table, "reason": table.get("reason") or reason}
        try:
            self._rules.add(
                Fixed(self._unfit.name, self._unfit.version, table, SIGNATURE), self._failure
            )
        except OverrideError as error:
            return str(error).replace("\n", "; ")
        return ""

    def _searched(self) -> tuple[Table | None, str]:
        bench = self._bench(self._failure, self._rules.in_force)
        why = "no rule acts on what it is built against"
        for table in self._unfit.tables():
            attempt = bench.build(table, f"against {self._unfit.against}")
            if attempt.state == REFUSED or not self._is_against(attempt):
                continue
            if attempt.state == BUILT:
                imported = bench.imported(attempt)
                return (table, "") if imported.works else (None, f"import fails: {imported.reason}")
            return self._fixed(table, attempt)
        return None, why

    def _is_against(self, attempt: Attempt) -> bool:
        """Return whether a wheel was built with what is wanted; True if none was built."""
        built = attempt.environment
        return attempt.state != BUILT or all(
            built.get(normalise(name)) == version for name, version in self._unfit.wanted.items()
        )

    def _fixed(self, table: Table, attempt: Attempt) -> tuple[Table | None, str]:
        """Look for more rules, with which it builds under those that are needed."""
        assert attempt.failure is not None
        force = self._rules.in_force
        text = rules_of_attempt(self._unfit.name, table, force, read_file(force) if force else b"")
        path = f"{self._place.new('rules')}.toml"
        replace_whole(path, text.encode(), mode=0o600)
        found = fix_package(
            attempt.failure,
            (),
            lambda failure: self._bench(failure, path),
            attempt.failure.python,
            date.today(),
        )
        if not isinstance(found, Fixed):
            return None, f"{self._unfit.label} {found.reason}"
        try:
            return joined(table, found.table), ""
        except Contradiction:
            return None, "what it needs to be built contradicts that"

    def _bench(self, failure: Failure, overrides: str) -> PipWorkbench:
        return PipWorkbench(self._command, failure, self._place, overrides, self._clock, self._journal)


def _pip_of(python: str) -> str:
    """Return the directory of the pip of an interpreter.

    Raises:
        OverrideError: If it has none.
    """
    done = subprocess.run(
        [python, "-I", "-c", _ASKS],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=_ASKING_SECONDS,
        check=False,
    )
    if done.returncode:
        raise OverrideError(
            f"{python} has no pip, with which --fix could build anything",
            kind="tool-not-installed",
            hint=f"install pip there: {shlex.quote(python)} -m ensurepip",
        )
    return done.stdout.strip().splitlines()[-1]
