"""Answers to source tables in this run of pip: the version in the target, or the oldest one."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Callable
from urllib.parse import unquote, urlsplit

from pip._vendor.packaging.specifiers import SpecifierSet

from ...errors import OverrideError
from ...files import sha256_of_unchanged_file
from ...frozen import replace
from ...rules import Answer, Question
from ...urls import bare_url
from ..internals import releases
from ..internals.file_urls import path_of
from .settled import Settled
from .target import Expected, Target

if TYPE_CHECKING:
    from ..internals.protocols import PackageFinder

Lend = Callable[[Question, Expected, Target], Answer]

# The number of skipped releases that a message names.
_SHOWN = 5
_WHEEL = "wheel for this interpreter and platform"


class Settler:
    """Answers the source tables of packages that are built for one target.

    Args:
        target: The environment that the pip run building them installs into.
        lend: Answers the source tables that borrow from it.
    """

    def __init__(self, target: Target, lend: Lend) -> None:
        self.target = target
        self.lend = lend

    def __call__(self, question: Question) -> Answer:
        """Return the answer to a source table, as far as it is known now.

        Raises:
            OverrideError: If it cannot be answered.
        """
        if question.source.origin == "oldest":
            return _oldest(question, self.target.finder)
        source = question.source
        expected = self.target.expected(question.name, source.specifier)
        if expected is None or (source.otherwise and not expected.certain and not self.target.final):
            return self._otherwise(question, expected)
        return self._of_target(question, expected)

    def _of_target(self, question: Question, expected: Expected) -> Answer:
        name, source = question.name, question.source
        if not releases.within([source.specifier], expected.version):
            raise OverrideError(
                f"{name} {expected.version} of the target environment ({expected.reason}) does not"
                f' satisfy specifier = "{source.specifier}"',
                kind="unresolved-source",
                where=question.where,
                hint=f"install another version of {name} in the target environment, or change the"
                " specifier",
            )
        note = ""
        if not releases.within(question.declared, expected.version):
            listed = ", ".join(name + limit for limit in question.declared)
            note = (
                f"{name} {expected.version} is used, although it does not satisfy the declared"
                f" requirement ({listed})"
            )
        elif question.unreadable:
            listed = ", ".join(question.unreadable)
            note = (
                f"{name} {expected.version} is used, although the declared requirement ({listed})"
                " cannot be read and may exclude it"
            )
        answer = self._answer(question, expected)
        return replace(answer, reason=expected.reason, note=note, of_target=True)

    def _answer(self, question: Question, expected: Expected) -> Answer:
        name, source = question.name, question.source
        if source.borrow:
            return self.lend(question, expected, self.target)
        if expected.url:
            return _by_url(question, expected)
        version = expected.version
        if not source.allow_sdist and not releases.has_wheel(name, version, self.target.finder):
            likely = None
            if not expected.certain and not self.target.final:
                likely = releases.newest_wheel(name, [source.specifier], self.target.finder)
            if likely is None:
                raise _no_wheel(question, expected)
            version = likely
        return _exactly(name, version, "target")

    def _otherwise(self, question: Question, likely: Expected | None) -> Answer:
        """Return the answer if the target does not contain the distribution and is not known to get it.

        Args:
            question: The question that the source table asks.
            likely: The version that it may get; None if it is not known to get any.

        Raises:
            OverrideError: If the source table has no ``else``.
        """
        name, otherwise = question.name, question.source.otherwise
        reason, remedy = self._why_not(question, likely)
        if otherwise == "declared":
            return Answer("", "", f"{reason}, so the declared requirement is kept", key=otherwise)
        if otherwise == "oldest":
            return _oldest(question, self.target.finder, f"{reason}; ")
        if otherwise:
            return Answer(otherwise, f"{otherwise} (else)", reason, key=otherwise)
        ways = '"declared", "oldest"' if question.replaces else '"oldest"'
        raise OverrideError(
            f"{reason}, so there is no version to build against",
            kind="unresolved-source",
            where=question.where,
            hint=f"{remedy}; or say what to use instead, with else = {ways} or a requirement;"
            f' or replace the source table by a version, "{name}==VERSION"',
        )

    def _why_not(self, question: Question, likely: Expected | None) -> tuple[str, str]:
        """Return why the target has no version of the distribution, and what to do about it."""
        name, target = question.name, self.target
        if likely is not None:
            return f"which {name} the target environment will contain is not known yet", ""
        absent = f"{name} is not in the target environment"
        if target.legacy:
            return (
                f"{absent}, and the legacy resolver does not know in advance what it will install",
                f"install {name} first",
            )
        if target.resolved:
            return (
                f"{absent}, and nothing in this command requires it",
                f"add {name} to this command, or install it first",
            )
        specifier = question.source.specifier
        limited = [*target.limits(name), *([f'specifier = "{specifier}"'] if specifier else [])]
        fits = f" that satisfies {' and '.join(limited)}" if limited else ""
        if not releases.only_wheels(name, target.finder):
            return (
                f"{absent}, and pip finds no release of {name}{fits} for this interpreter and platform",
                f"let this command install another version of {name}, or install one first",
            )
        remedy = (
            f"let this command install a release of {name} that has one; or allow pip to build it from"
            " source: leave out --only-binary, and set allow-sdist = true in this source table"
        )
        return f"{absent}, and no release of {name}{fits} has a {_WHEEL}", remedy


def _exactly(name: str, version: str, told: str, reason: str = "") -> Answer:
    requirement = f"{name}=={version}"
    # == would also match 1.20.1+local for 1.20.1, and pip prefers that.
    return Answer(
        requirement,
        f"{requirement} ({told})",
        reason,
        exact=f"{name}==={version}",
        key=requirement,
        version=version,
    )


def _by_url(question: Question, expected: Expected) -> Answer:
    """Return an answer with the URL of the same file.

    An index may have another build of the same version.

    Raises:
        OverrideError: If that file cannot be installed in another environment.
    """
    name = question.name
    shown = bare_url(expected.url)
    path = path_of(expected.url)
    there = not path or os.path.exists(path)
    fits = expected.wheel or (question.source.allow_sdist and not os.path.isdir(path))
    if not (there and fits):
        problem = "is not a wheel" if there else "is no longer there"
        if path and os.path.isdir(path):
            problem = "is a directory"
        raise OverrideError(
            f"{name} {expected.version} of the target environment comes from {shown}, which {problem},"
            " so no other environment can get the same build of it",
            kind="unresolved-source",
            where=question.where,
            hint=f'{_BORROW}; or replace the source table by {{ path = "FILE" }} with a wheel of it',
        )
    content = _content(path)
    return Answer(
        f"{name} @ {expected.url}",
        f"{name} {expected.version} @ {shown} (target)",
        key=f"{name}=={expected.version} @ {shown} {content or _rest_of(expected.url)}",
        version="" if expected.by_file_name else expected.version,
        sha256=content or _downloaded(expected),
        files=expected.files,
    )


def _downloaded(expected: Expected) -> str:
    """Return the digest of the file that pip downloaded for the target, or "" if it is unavailable."""
    name = os.path.basename(expected.file)
    named = unquote(urlsplit(expected.url).path).rpartition("/")[2]
    at_hand = name and name == named and os.path.isfile(expected.file)
    return sha256_of_unchanged_file(expected.file) if at_hand else ""


_BORROW = (
    "set borrow = true in this source table, which puts the installed distribution itself into the"
    " build environment"
)


def _no_wheel(question: Question, expected: Expected) -> OverrideError:
    return OverrideError(
        f"{question.name} {expected.version} of the target environment ({expected.reason}) must be"
        f" built from source, because pip finds no {_WHEEL}",
        kind="unresolved-source",
        where=question.where,
        hint=f"{_BORROW}; or set allow-sdist = true to build it from source",
    )


def _oldest(question: Question, finder: PackageFinder, why: str = "") -> Answer:
    """Return an answer with the lowest release that has a wheel, or also an sdist if those are allowed.

    Raises:
        OverrideError: If there is none, with the lowest releases and why each was skipped; or if the
            declared requirements cannot be read.
    """
    name, limits = question.name, [*question.declared, question.source.specifier]
    if question.unreadable:
        raise OverrideError(
            f"the oldest {name} that satisfies the declared requirements is not known, because"
            f" {' and '.join(question.unreadable)} cannot be read",
            kind="unresolved-source",
            where=question.where,
            hint=f'replace the source table by a version, "{name}==VERSION"',
        )
    passed_over = []
    everything = releases.find(name, finder)
    asked_for_pre = any(map(_asks_for_pre_releases, limits))
    for release in everything:
        if not releases.within(limits, release.version):
            continue
        if release.yanked:
            passed_over.append(f"{release.version} is yanked")
        elif release.version.is_prerelease and not asked_for_pre:
            passed_over.append(f"{release.version} is a pre-release")
        elif not release.wheel and not question.source.allow_sdist:
            passed_over.append(f"{release.version} has no {_WHEEL}")
        else:
            listed = ",".join(filter(None, limits))
            wanted = [f"satisfies {name}{listed}"] if listed else []
            wanted += [] if question.source.allow_sdist else [f"has a {_WHEEL}"]
            reason = f"{why}the lowest release{' that ' if wanted else ''}{' and '.join(wanted)}"
            return _exactly(name, str(release.version), "oldest", reason)
    listed = "; ".join(passed_over[:_SHOWN]) + ("; …" if len(passed_over) > _SHOWN else "")
    if not listed:
        versions = [str(release.version) for release in everything]
        listed = f"pip finds only {_range(versions)}" if versions else "pip finds no release at all"
    build = "" if question.source.allow_sdist else ", or set allow-sdist = true to build it from source"
    raise OverrideError(
        f"no release of {name} satisfies {name}{','.join(filter(None, limits))}"
        f"{'' if question.source.allow_sdist else f' and has a {_WHEEL}'}: {listed}",
        kind="unresolved-source",
        where=question.where,
        hint=f'replace the source table by a version, "{name}==VERSION", or change the'
        f" specifier{build}",
    )


def _range(versions: list[str]) -> str:
    return ", ".join(versions) if len(versions) <= _SHOWN else f"{versions[0]} to {versions[-1]}"


def _asks_for_pre_releases(specifier: str) -> bool:
    try:
        return bool(SpecifierSet(specifier).prereleases)
    except ValueError:
        return False


def _rest_of(url: str) -> str:
    """Return a digest of a URL without its host; a query identifies a file but must not be stored."""
    return hashlib.sha256(urlsplit(url)._replace(netloc="").geturl().encode()).hexdigest()


def _content(path: str) -> str:
    """Return the digest of a file, which another run may find changed; "" for no path."""
    return sha256_of_unchanged_file(path) if path else ""


def record(question: Question, answer: Answer, version: str) -> Settled:
    """Return a source table and its answer, to compare it with a new one before a wheel is reused.

    Args:
        question: The question that the source table asks.
        answer: The answer to it.
        version: The version that the build environment contains, even if the answer does not fix it.
    """
    return Settled(question.name, question.source, question.declared, answer.key, version)
