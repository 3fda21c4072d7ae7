"""Lends distributions of the target environment to the build environments of a run."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Iterable, Iterator, Mapping

from pip._vendor.packaging.requirements import InvalidRequirement, Requirement

from ...errors import OverrideError
from ...files import directories_above
from ...rules import Answer, Question
from ...rules.standards import normalise
from ..internals import commands, objects, seams, specifiers
from ..target.installed import Unclear
from ..target.target import Expected, Target
from . import distribution, stand_ins
from .distribution import Recorded
from .links import Links
from .snapshot import Lent
from .stand_ins import StandIn

if TYPE_CHECKING:
    from ..internals.protocols import BuildEnvironment


_INSTALL_FIRST = "install {} first, in a separate command, or remove borrow from the source table"


@dataclass
class Loan:
    """An installed distribution that is lent.

    Args:
        distribution: The installed distribution.
        stand_in: The wheel that pip installs in its place.
        directories: The library directories of the environment that it is installed in.
        lent: Its files, as they were before anything was built with them.
    """

    distribution: Recorded
    stand_in: StandIn
    directories: tuple[str, ...]
    lent: Lent


class Lender:
    """Lends distributions to the build environments that one pip fills.

    Args:
        room: A directory of the run, for the stand-ins.
    """

    def __init__(self, room: str) -> None:
        self._room = room
        self._loans: dict[tuple[str, tuple[str, ...]], Loan] = {}
        self._by_url: dict[str, Loan] = {}
        self._links = Links()

    def lend(self, question: Question, expected: Expected, target: Target) -> Answer:
        """Lend an installed distribution, and return an answer that names its stand-in.

        Args:
            question: The source table that asks for it.
            expected: The version that the target will contain, as far as is known.
            target: The environment that it is installed in.

        Raises:
            OverrideError: If it cannot be lent, or if the run changes it.
        """
        name = question.name
        try:
            loan = self._loan(name, target.directories)
        except Unclear as error:
            raise OverrideError(
                f"{name} {error.problem}, so it cannot be borrowed",
                kind="unresolved-source",
                where=question.where,
                hint=f"{error.hint}; or remove borrow from the source table",
            ) from None
        if loan is None:
            raise OverrideError(
                f"{name} is not installed yet ({expected.reason}), so it cannot be borrowed",
                kind="unresolved-source",
                where=question.where,
                hint=_INSTALL_FIRST.format(name),
            )
        version = loan.distribution.version
        if target.changes(name) or (expected.certain and not _is_kept(version, expected, target)):
            raise _about_to_be_changed(question, version, expected)
        self._by_url[loan.stand_in.url] = loan
        return Answer(
            f"{name} @ {loan.stand_in.url}",
            f"{name}=={version} (borrowed)",
            key=f"{name}=={version} borrowed {self._digest(loan)}",
            version=version,
        )

    def _digest(self, loan: Loan) -> str:
        """Return a digest of a loan and of all its dependencies that would be lent, for all extras.

        Dependencies that are not installed or cannot be lent come from the index; the digest covers
        their names.
        """
        needed = self._closure([(loan, loan.distribution.extras())])
        lines = [f"{name} {one.stand_in.digest if one else ''}\n" for name, one in needed.items()]
        return hashlib.sha256("".join(sorted(lines)).encode()).hexdigest()

    def digest_of(self, name: str, directories: tuple[str, ...]) -> str:
        """Return a digest of what is installed now, or "" if nothing is that could be lent."""
        try:
            loan = self._loan(name, directories)
        except Unclear:
            return ""
        return loan.stand_in.digest if loan is not None else ""

    def asked_for(self, requirements: Iterable[str]) -> list[Loan]:
        """Return the loans that requirements ask for, with their dependencies at run time."""
        queue = list(_with_url(requirements))
        asked = [(self._by_url[req.url], req.extras) for req in queue if req.url in self._by_url]
        return [loan for loan in self._closure(asked).values() if loan is not None]

    def _closure(self, asked: Iterable[tuple[Loan, Iterable[str]]]) -> dict[str, Loan | None]:
        """Return loans, each for some extras, with all dependencies; None for those not lent."""
        found: dict[str, Loan | None] = {}
        queue, seen = list(asked), set()
        while queue:
            loan, extras = queue.pop()
            found[loan.distribution.name] = loan
            for requirement in loan.distribution.requirements(extras):
                name = normalise(requirement.name)
                entry = (name, frozenset(requirement.extras))
                if entry in seen:
                    continue
                seen.add(entry)
                needed = self._needed(requirement, loan.directories)
                if needed is None:
                    found.setdefault(name, None)
                else:
                    queue.append((needed, requirement.extras))
        return found

    def _needed(self, requirement: Requirement, directories: tuple[str, ...]) -> Loan | None:
        """Return the loan of a dependency of a borrowed distribution, or None if pip is to find it."""
        try:
            return self._loan(normalise(requirement.name), directories)
        except Unclear:
            return None

    def _loan(self, name: str, directories: tuple[str, ...]) -> Loan | None:
        key = (name, directories)
        if key not in self._loans:
            found = distribution.find(name, directories)
            if found is None:
                return None
            hashes = {path: row[1] for path, row in found.rows.items()}
            lent = Lent(found.site, found.files(), hashes)
            if lent.leads_to:
                raise distribution.editable(f"{lent.leads_to} is a link to its sources")
            stand_in = stand_ins.write(found, lent.files, self._room)
            self._loans[key] = Loan(found, stand_in, directories, lent)
        return self._loans[key]

    def link(
        self, environment: BuildEnvironment, directories: tuple[str, ...], loans: list[Loan]
    ) -> list[Loan]:
        """Put in the files of each loan whose stand-in pip installed in a build environment.

        Args:
            environment: pip's build environment.
            directories: The directories of its distributions.
            loans: The loans that were offered to pip.

        Returns:
            The loans that pip used.
        """
        python = objects.interpreter_of(environment)
        by_name = {loan.distribution.name: loan for loan in loans}
        taken: dict[str, Loan] = {}
        for site in dict.fromkeys(directories):
            for name, info in stand_ins.placed_in(site).items():
                loan = by_name.get(name)
                if loan is None:
                    continue
                prefix = _prefix(environment, site)
                self._links.put(loan.distribution, loan.lent, site, info, prefix, python)
                taken[name] = loan
        return list(taken.values())

    def close(self) -> None:
        """Remove all links."""
        self._links.take_away()


def _with_url(requirements: Iterable[str]) -> Iterator[Requirement]:
    for text in requirements:
        if "@" in text:
            try:
                yield Requirement(text)
            except InvalidRequirement:
                # pip reports what is wrong with it.
                continue


def check_kept(label: str, borrowed: Iterable[tuple[str, str]], target: Target, where: str) -> None:
    """Raise an error if a build borrowed a distribution that the run changes in the target.

    Args:
        label: The label of the package that is built.
        borrowed: The name and version of each borrowed distribution in its build environment.
        target: The environment that the run installs into, once its contents are known.
        where: The overrides file.

    Raises:
        OverrideError: If so; the message names the distribution.
    """
    for name, version in borrowed:
        if target.changes(name):
            expected = target.expected(name)
            becomes = f"{name} {expected.version}" if expected else f"another {name}"
            raise OverrideError(
                f"{label} was prepared with the {name} {version} of the target environment, which it"
                f" borrowed as a dependency, but this run installs {becomes} there",
                kind="unsettled-target",
                where=where,
                hint=_INSTALL_FIRST.format(name),
            )


def check_untouched(label: str, loans: Iterable[Loan], where: Mapping[str, str]) -> None:
    """Raise an error if a build wrote to what it was lent.

    Args:
        label: The label of the package that was built.
        loans: The loans that it was built with.
        where: The table that each distribution was asked for by, by its name. Others are lent because
            one of these needs them.

    Raises:
        OverrideError: If it did; the message names a file.
    """
    for loan in loans:
        path = loan.lent.changed()
        if path:
            name, version = loan.distribution.name, loan.distribution.version
            raise OverrideError(
                f"{label}: its build changed {path}, a file of the {name} {version} that it borrowed"
                " from the target environment",
                kind="target-changed",
                where=where.get(name) or ", ".join(dict.fromkeys(where.values())),
                hint=f"reinstall {name}: {commands.reinstall(f'{name}=={version}')}; then build without"
                " borrow, or fix the build so that it does not write to its build requirements",
            )


def _is_kept(version: str, expected: Expected, target: Target) -> bool:
    if target.resolved:
        return version == expected.version
    # As for a requirement of the run: pip keeps an installed 1.0+local for 1.0.
    return version == expected.version or specifiers.satisfies(version, f"=={expected.version}")


def _about_to_be_changed(question: Question, version: str, expected: Expected) -> OverrideError:
    name = question.name
    version_changes = expected.version != version
    change = f"replaces it by {name} {expected.version}" if version_changes else "reinstalls it"
    return OverrideError(
        f"{name} {version} is installed, but this run {change} ({expected.reason}), so a package built"
        " with the former would run with the latter",
        kind="unsettled-target",
        where=question.where,
        hint=_INSTALL_FIRST.format(name),
    )


def _prefix(environment: BuildEnvironment, site: str) -> str:
    """Return the prefix, of a build environment or a part of it, that contains a library directory."""
    for path in objects.prefixes_of(environment):
        if site.startswith(os.path.join(path, "")):
            return path
    for directory in directories_above(site):
        if os.path.isfile(os.path.join(directory, "pyvenv.cfg")):
            return directory
    return seams.refuse_bypass(seams.INSTALL, f"{site} is in no known environment")
