"""Judgement on which distributions of an environment do not fit, and what would fix that."""

from __future__ import annotations

import os
import re
import shlex
from dataclasses import dataclass
from typing import Callable, Iterator, Mapping, Sequence

from .. import records, rules
from ..errors import OverrideError
from ..files import Json, unused_name
from ..rules.lines import parts_of
from ..rules.standards import normalise
from . import editable, remedy
from .imports import FAILED, Failure
from .messages import Meaning, is_no_module, meaning
from .origin import origin
from .trial import Misfit

_FILE = ("--overrides", remedy.FILE)

BY_RECORD = "abi-mismatch"
"""The kind of a finding by record."""

# meson-python and scikit-build-core run build tools at import, which were in a temporary directory.
_BUILD_FAILED = re.compile(
    r"meson-python editable wheel package failed|_editable(?:_loader|_skbc_\w+)?\.py"
)


def _needs_build_environment(text: str) -> bool:
    return _BUILD_FAILED.search(text) is not None


@dataclass(frozen=True)
class Finding:
    """A distribution that does not fit.

    Attributes:
        distribution: Normalised name of the distribution.
        version: Version of the distribution.
        kind: The name of its kind: ``abi-mismatch`` for a finding by record, otherwise
            ``import-failed``, ``import-crashed`` or ``import-hung``.
        reason: The reason in words.
        module: The module that cannot be imported; "" for a finding by record.
        against: Name of the distribution that it was built against; "" if it is not known.
        wants: What it needs of that distribution.
        present: Installed version of that distribution; "" if there is none.
        override: Lines of an overrides file; "" if none would help or the command needs none.
        file: The new file that the lines are for; "" if there are none.
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
    file: str = ""


@dataclass(frozen=True)
class Unchecked:
    """A distribution of which something was not checked, and the reason."""

    distribution: str
    version: str
    reason: str


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

    def __init__(self, answer: Json, python: str, directory: str = "") -> None:
        """Describe an environment.

        Args:
            answer: What ``in_target_listing`` prints.
            python: The interpreter.
            directory: The directory in which the user types commands; by default the current one.
        """
        self.python = python
        self.distributions: Sequence[Json] = answer["distributions"]
        self._directory = directory
        self._markers: Mapping[str, str] = answer["markers"]
        self.versions = {normalise(each["name"]): each["version"] for each in self.distributions}
        self._lists_files = {
            normalise(each["name"]): bool(each["top_level"]) for each in self.distributions
        }
        self._linkable = {
            normalise(each["name"]): records.is_linkable(each.get("linkable", ()))
            for each in self.distributions
        }
        self._owners: dict[str, set[str]] = {}
        for each in self.distributions:
            for top in each["top_level"]:
                self._owners.setdefault(top, set()).add(normalise(each["name"]))

    @property
    def file(self) -> str:
        """The name of an overrides file that does not exist yet, in the current directory."""
        return unused_name(remedy.FILE, self._directory)

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
            if held is None or not present:
                continue
            if not records.has_abi(name, held.linkable, self._linkable.get(name, False)):
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

    def by_record(
        self, distribution: Json, unfit: Sequence[Built], record: records.Record
    ) -> list[Finding]:
        """Return the findings for the comparisons of a distribution that do not fit.

        One override is for all of them, since the distribution is rebuilt as a whole.
        """
        wanted = {one.against: one.present for one in unfit}
        override, file, command = self._remedy(distribution, record, wanted) if wanted else ("", "", "")
        return [
            Finding(
                one.distribution,
                one.version,
                BY_RECORD,
                f"it was built against {one.against} {one.built}, but {one.against} {one.present} is"
                f" installed: {one.reason}",
                against=one.against,
                wants=f"{one.against} {one.built}",
                present=one.present,
                override=override,
                file=file,
                command=command,
            )
            for one in unfit
        ]

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
        if known is None and is_no_module(said):
            return None
        name, version = normalise(distribution["name"]), distribution["version"]
        first = (failure.text.strip().splitlines() or ["no message"])[0]
        reason = f"{failure.module}: {first.rstrip('.')}"
        held = None
        against = self._owner(known) if known is not None else ""
        if against and record is not None:
            held = record.held(against)
        present = self.versions.get(against, "")
        absent = bool(against) and against != name and against not in self.versions
        if absent:
            # It says nothing about versions, but that the other one is not there.
            known = None
        missing = absent or failure.exception == "ModuleNotFoundError"
        if known is None and failure.kind == FAILED and not package_fails():
            # A dependency of an optional part need not be installed.
            return None if missing else Note(name, version, failure.module, reason)
        wants = known.wants if known is not None else ""
        if wants:
            reason += f"; it needs {wants}"
            reason += f", but {against} {present} is installed" if present else ""
        elif absent:
            wants = f"{against} {held.version}" if held is not None else against
            reason += f"; {against} is not installed"
        override = file = command = ""
        if distribution.get("editable") and _needs_build_environment(said):
            reason += "; it is rebuilt when it is imported, and its build environment no longer exists"
            command = self._without_isolation(distribution, record)
        elif present and against != name:
            # The record is wrong, and pip's cache may have the same wheel for the same rules.
            uncached = held is not None and records.fits(against, held.version, present).fits
            override, file, command = self._remedy(distribution, record, {against: present}, uncached)
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
            file=file,
            command=command,
        )

    def _remedy(
        self,
        distribution: Json,
        record: records.Record | None,
        wanted: Mapping[str, str],
        uncached: bool = False,
    ) -> tuple[str, str, str]:
        """Return the override that builds a distribution against what is installed, and the command.

        Args:
            distribution: The distribution to rebuild.
            record: Its record, if it has one.
            wanted: The installed versions to build against, by the names of their distributions.
            uncached: Whether pip must not use its cache.

        Returns:
            The lines of the override, the file that they are for, and the command; "" for each that is
            not needed or not known.
        """
        file = self.file
        settings = [f"{normalise(distribution['name'])}: {against}@target" for against in wanted]
        options = [word for setting in settings for word in ("--set", setting)]
        if record is not None and all(record.held(against) is not None for against in wanted):
            if self._works_under(record, settings, wanted):
                # The other tables of the file are needed again, for what it is built with as well.
                return (
                    "",
                    "",
                    self.rebuild(distribution, ("--overrides", record.rules, *options), uncached),
                )
            try:
                table = remedy.table_of(record)
            except ValueError:
                # Not a record of ours.
                return "", "", ""
            new = remedy.File.of_tables({record.name: table} if table else {})
            found, problems = remedy.find_for_all(self._misfit(record), wanted, new)
            if found is None or problems:
                return "", "", ""
            command = self.rebuild(distribution, ("--overrides", file), uncached)
            return found.text, file, command
        # What it declares is not known; --set works whether it declares that or not.
        if "numpy" not in wanted:
            return "", "", self.rebuild(distribution, options)
        # Some packages declare numpy under this name, with a pin that would conflict. In the table for
        # "*" the rule is not an error if a package does not.
        override = f'[package."*"]\nreplace.oldest-supported-numpy = "numpy=={wanted["numpy"]}"'
        return override, file, self.rebuild(distribution, ("--overrides", file, *options))

    def _works_under(
        self, record: records.Record, settings: Sequence[str], wanted: Mapping[str, str]
    ) -> bool:
        """Return whether the file that a build was made under is here, and is enough with settings."""
        path = os.path.abspath(os.path.join(self._directory, record.rules))
        try:
            content = rules.read_file(path) if record.rules.endswith((".toml", ".txt")) else b""
        except OverrideError:
            return False
        file = remedy.File(content, path, record.rules, rules.CommandLine(set=tuple(settings)))
        return bool(content) and remedy.fits_under(self._misfit(record), wanted, file)

    def _misfit(self, record: records.Record) -> Misfit:
        return Misfit(record, self._markers, self.versions.get)

    def _without_isolation(self, distribution: Json, record: records.Record | None) -> str:
        """Return the command that installs an editable with build requirements that stay installed."""
        *option, url = self.requirement(distribution)
        if not option:
            return ""
        # What it needs at run time stays in the installed version, which it then is built against.
        kept = set(self.needed(distribution)) & self.versions.keys()
        lacking = [
            f"{one.name} @ {one.url}" if one.direct else f"{one.name}=={one.version}"
            for one in (record.environment if record is not None else ())
            if one.name not in kept and self.versions.get(one.name) != one.version
        ]
        return editable.reinstall(self.python, lacking, url)

    def package_of(self, distribution: Json, module: str) -> str:
        """Return the outermost package that contains a module, or "" if only namespaces do."""
        parts = module.split(".")
        above = [".".join(parts[:number]) for number in range(1, len(parts))]
        packages = distribution.get("packages")
        return next((name for name in above if packages is None or name in packages), "")

    def unchecked(self, distribution: Json) -> Unchecked | None:
        """Return why the modules of a distribution are not imported, or None if nothing is left out."""
        name, version = normalise(distribution["name"]), distribution["version"]
        if distribution.get("error"):
            return Unchecked(name, version, f"its metadata cannot be read: {distribution['error']}")
        if distribution.get("editable") and not distribution["modules"]:
            return Unchecked(
                name, version, "it is an editable installation, whose modules are not known"
            )
        if not distribution.get("listed", True):
            return Unchecked(
                name, version, "it has no readable RECORD, and its modules are not found by its name"
            )
        return None

    def _owner(self, known: Meaning) -> str:
        """Return the distribution that a module belongs to, or "" if it is not known."""
        owners, same = self._owners.get(known.module, set()), normalise(known.module)
        if len(owners) > 1:
            # They share a namespace package.
            return same if same in owners else ""
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
        return " ".join(map(shlex.quote, [*parts, *self.requirement(distribution)]))

    def requirement(self, distribution: Json) -> list[str]:
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
