"""Judgement on which distributions of an environment do not fit, and what would fix that."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Callable, Iterator, Mapping, Sequence

from .. import records
from ..files import Json
from ..rules.lines import parts_of
from ..rules.standards import normalise
from .imports import Failure
from .messages import Meaning, is_no_module, meaning
from .origin import origin

_FILE = ("--overrides", "build-overrides.toml")


@dataclass(frozen=True)
class Finding:
    """A distribution that does not fit.

    Attributes:
        distribution: Normalised name of the distribution.
        version: Version of the distribution.
        kind: ``record``, ``import``, ``crash`` or ``hang``.
        reason: The reason in words.
        module: The module that cannot be imported; "" for a finding by record.
        against: Name of the distribution that it was built against; "" if it is not known.
        wants: What it needs of that distribution.
        present: Installed version of that distribution; "" if there is none.
        override: Lines of an overrides file; "" if none would help or the command needs none.
        command: The command that rebuilds it with them; "" if it is not known what would help.
    """

    distribution: str
    version: str
    kind: str
    reason: str
    module: str = ""
    against: str = ""
    wants: str = ""
    present: str = ""
    override: str = ""
    command: str = ""


@dataclass(frozen=True)
class Note:
    """A module that cannot be imported, in a package that can be.

    Attributes:
        distribution: Normalised name of the distribution.
        version: Version of the distribution.
        module: Name of the module.
        text: The module and its error message.
    """

    distribution: str
    version: str
    module: str
    text: str


@dataclass(frozen=True)
class Built:
    """A comparison of what a distribution was built against, by its record, with what is installed."""

    distribution: str
    version: str
    against: str
    built: str
    present: str
    fits: bool
    reason: str


class Environment:
    """An environment as ``in_target_listing`` describes it."""

    def __init__(self, answer: Json, python: str) -> None:
        self.python = python
        self.distributions: Sequence[Json] = answer["distributions"]
        self._markers: Mapping[str, str] = answer["markers"]
        self.versions = {normalise(each["name"]): each["version"] for each in self.distributions}
        self._lists_files = {
            normalise(each["name"]): bool(each["top_level"]) for each in self.distributions
        }
        self._owners: dict[str, set[str]] = {}
        for each in self.distributions:
            for top in each["top_level"]:
                self._owners.setdefault(top, set()).add(normalise(each["name"]))

    def record(self, distribution: Json) -> records.Record | None:
        """Return the record of a distribution, or None if it has no readable one."""
        try:
            return records.from_cyclonedx((distribution["record"] or "").encode())
        except ValueError:
            return None

    def needed(self, distribution: Json) -> list[str]:
        """Return the names of the distributions that a distribution requires in this environment."""
        names = []
        for line in distribution["requires"]:
            needed = parts_of(line)
            # A requirement whose marker cannot be evaluated is included, so that no misfit is missed.
            if needed.name and needed.applies(self._markers):
                names.append(needed.name)
        return list(dict.fromkeys(names))

    def built(self, distribution: Json, record: records.Record) -> Iterator[Built]:
        """Yield the comparisons of a record with what is installed."""
        for name in self.needed(distribution):
            held, present = record.held(name), self.versions.get(name)
            if held is None or present is None:
                continue
            verdict = records.fits(name, held.version, present)
            label = normalise(distribution["name"])
            yield Built(
                label,
                distribution["version"],
                name,
                held.version,
                present,
                verdict.fits,
                verdict.reason,
            )

    def by_record(self, distribution: Json, one: Built, record: records.Record) -> Finding:
        """Return the finding for a comparison that does not fit."""
        override, command = self._remedy(distribution, record, one.against, one.present)
        return Finding(
            one.distribution,
            one.version,
            "record",
            f"it was built against {one.against} {one.built}, and here is {one.against}"
            f" {one.present}: {one.reason}",
            against=one.against,
            wants=f"{one.against} {one.built}",
            present=one.present,
            override=override,
            command=command,
        )

    def by_failure(
        self,
        distribution: Json,
        failure: Failure,
        record: records.Record | None,
        package_fails: Callable[[], bool],
    ) -> Finding | Note | None:
        """Return the judgement on a module that cannot be imported, or None if it means nothing.

        A message that is known to mean a misfit is a finding, as is a crash or a hang. Any other error
        may be intended: modules for tests, or for something that is not set up here, refuse to be
        imported. It is a finding if the whole package cannot be imported.

        Args:
            distribution: The distribution with the module.
            failure: The failure of the module.
            record: The record of the distribution, if it has one.
            package_fails: Returns whether the package of the module cannot be imported either.
        """
        said = f"{failure.said}\n{failure.text}"
        known = meaning(said)
        if known is None and (failure.exception == "ModuleNotFoundError" or is_no_module(said)):
            # A dependency of an optional part is not installed.
            return None
        name, version = normalise(distribution["name"]), distribution["version"]
        first = (failure.text.strip().splitlines() or ["it says nothing"])[0]
        reason = f"{failure.module}: {first}"
        if known is None and failure.kind == "import" and not package_fails():
            return Note(name, version, failure.module, reason)
        against = self._owner(known) if known is not None else ""
        present = self.versions.get(against, "")
        wants = known.wants if known is not None else ""
        if wants:
            reason += f"; it wants {wants}"
            reason += f", and here is {against} {present}" if present else ""
        override = command = ""
        if present and against != name:
            held = record.held(against) if record is not None else None
            # The record is wrong, and pip's cache may have the same wheel for the same rules.
            uncached = held is not None and records.fits(against, held.version, present).fits
            override, command = self._remedy(distribution, record, against, present, uncached)
        return Finding(
            name,
            version,
            failure.kind,
            reason,
            module=failure.module,
            against=against,
            wants=wants,
            present=present,
            override=override,
            command=command,
        )

    def _remedy(
        self,
        distribution: Json,
        record: records.Record | None,
        against: str,
        present: str,
        uncached: bool = False,
    ) -> tuple[str, str]:
        """Return the override that builds a distribution against what is installed, and the command.

        Args:
            distribution: The distribution to rebuild.
            record: Its record, if it has one.
            against: Name of the distribution to build against.
            present: Installed version of that distribution.
            uncached: Whether pip must not use its cache.
        """
        setting = ("--set", f"{normalise(distribution['name'])}: {against}@target")
        if record is not None and record.held(against) is not None:
            mend = records.mend(record, against, present)
            if mend.lines[1].startswith("add") and record.rules.endswith(".toml"):
                # The table already adds that requirement, and the rest of the table is still needed.
                options = ("--overrides", record.rules, *setting)
                return "", self.rebuild(distribution, options, uncached)
            return mend.text, self.rebuild(distribution, uncached=uncached)
        # What it declares is not known; --set works whether it declares that or not.
        if against != "numpy":
            return "", self.rebuild(distribution, setting)
        # Some packages declare numpy under this name, with a pin that would conflict. In the table for
        # "*" the rule is not an error if a package does not.
        override = f'[package."*"]\nreplace.oldest-supported-numpy = "numpy=={present}"'
        return override, self.rebuild(distribution, (*_FILE, *setting))

    def _owner(self, known: Meaning) -> str:
        """Return the distribution that a module belongs to, or "" if it is not known."""
        owners = self._owners.get(known.module, set())
        if len(owners) > 1:
            # They share a namespace package.
            return ""
        same = normalise(known.module)
        if not owners and self._lists_files.get(same):
            # A distribution of that name is installed, but has no such module.
            return ""
        return next(iter(owners), same)

    def rebuild(
        self, distribution: Json, options: Sequence[str] = _FILE, uncached: bool = False
    ) -> str:
        """Return the command that rebuilds a distribution.

        Args:
            distribution: The distribution.
            options: Options of ``run``.
            uncached: Whether pip must not use its cache.
        """
        name = normalise(distribution["name"])
        parts = ["pip-build-override", "run", *options, "--", self.python]
        parts += ["-m", "pip", "install", "--force-reinstall", "--no-deps", "--no-binary", name]
        parts += ["--no-cache-dir"] if uncached else []
        return " ".join(map(shlex.quote, [*parts, *self._requirement(distribution)]))

    def _requirement(self, distribution: Json) -> list[str]:
        """Return the arguments with which pip installs the sources that a distribution came from."""
        name = normalise(distribution["name"])
        try:
            url, editable = origin(distribution["direct_url"])
        except (KeyError, TypeError, AttributeError, ValueError):
            # Not valid by PEP 610.
            url, editable = "", False
        if not url:
            return [f"{name}=={distribution['version']}"]
        return ["--editable", url] if editable else [f"{name} @ {url}"]
