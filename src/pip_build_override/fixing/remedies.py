"""What the failures themselves say: remedies of known kinds, tried one after the other."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Iterable, Iterator

from ..diagnosis import Failure, diagnose
from ..diagnosis.bounds import Contradiction
from ..diagnosis.findings import Finding, together
from ..diagnosis.remedy import Rules
from ..rules.standards import NAME, normalise
from .result import GENERATED, MODULE, SEARCH, SIGNATURE
from .search import Search, Tried, mark_of
from .tables import REGENERATE, key_of
from .targets import without_missing_target

_REQUIRED = re.compile(
    r"\b(?:requires?|needs?|wants?|must (?:be|use|have))\b[^\n]{0,40}?"
    rf"\b({NAME})\s*((?:<=?|==|~=)\s*\d[\w.]*)"
)


@dataclass(frozen=True)
class Remedy:
    """Rules that may fix a failure.

    Attributes:
        rules: The rules.
        reasons: The reason of each rule, by the name of its distribution.
        means: ``SIGNATURE``, ``MODULE`` or ``SEARCH``.
    """

    rules: Rules
    reasons: tuple[tuple[str, str], ...]
    means: str


def remedies(failure: Failure, python: str) -> list[Remedy]:
    """Return the remedies of a failure, the most promising first."""
    found = diagnose(failure, python).findings
    helping = [finding for finding in found if finding.rules]
    several: list[list[Finding]] = [helping] if helping else []
    several += [[finding] for finding in helping] if len(helping) > 1 else []
    result = [_remedy(findings) for findings in several]
    return [*result, *_said(failure)]


def _remedy(findings: list[Finding]) -> Remedy:
    rules = together(finding.rules for finding in findings)
    reasons: dict[str, str] = {}
    for finding in findings:
        for name in (*finding.rules.names, *[REGENERATE] * finding.rules.regenerate):
            reasons.setdefault(name, f"it {finding.says}: {finding.because}")
    if all("module" in finding.signature.pattern.groupindex for finding in findings):
        return Remedy(rules, tuple(reasons.items()), MODULE)
    means = GENERATED if rules.regenerate else SIGNATURE
    return Remedy(rules, tuple(reasons.items()), means)


def _said(failure: Failure) -> Iterator[Remedy]:
    """Yield limits that the error itself asks for, on what is in the build environment."""
    for text in (failure.error, failure.cause):
        for name, specifier in _REQUIRED.findall(text):
            normal = normalise(name)
            if normal in (failure.environment or {}):
                limit = normal + specifier.replace(" ", "").rstrip(".")
                yield Remedy(Rules(constrain=(limit,)), ((normal, f"its error says: {text}"),), SEARCH)


def follow(search: Search, start: Tried, most: int) -> list[Tried]:
    """Try the remedies of a failure, then those of what fails next, and so on.

    A remedy with which the same error comes again is taken out before the next one is tried.

    Args:
        search: The search.
        start: What failed.
        most: How many attempts to make.

    Returns:
        What the chain consists of, each a step further than the one before; the first is the start. The
        last one works, if a remedy was found.
    """
    chain = [start]
    marks = {mark_of(start.failure)}
    left = most
    while not chain[-1].works:
        for table, remedy in _next(search, chain[-1]):
            if not left:
                return chain
            left -= search.tried(table) is None
            made = search.attempt(table)
            if made.works or (made.failure is not None and mark_of(made.failure) not in marks):
                for name, reason in remedy.reasons:
                    search.explain(name, reason, remedy.means)
                marks.add(mark_of(made.failure))
                chain.append(made)
                break
            search.useless.add((mark_of(chain[-1].failure), remedy.rules))
        else:
            return chain
    return chain


def _next(search: Search, last: Tried) -> Iterable[tuple[dict[str, object], Remedy]]:
    """Yield the tables with which to go on after a failure."""
    if last.failure is None:
        return
    for remedy in remedies(last.failure, search.python):
        if (mark_of(last.failure), remedy.rules) in search.useless:
            continue
        if search.nowhere.intersection(remedy.rules.added):
            continue
        try:
            rules = without_missing_target(search, remedy.rules)
            table = rules.joined_to(last.table, search.lines)
        except Contradiction:
            continue
        if key_of(table) != key_of(last.table) and search.permits(table):
            yield table, remedy
