"""What of an environment does not fit, and what would put it right."""

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
    """One distribution that does not fit.

    :param kind: ``record``, ``import``, ``crash`` or ``hang``.
    :param module: that cannot be imported; "" for a finding by record.
    :param against: name of the distribution that it was built against; "" where it is not known.
    :param wants: what of that it wants.
    :param present: version of that which is here; "" where there is none.
    :param reason: in words.
    :param override: lines of an overrides file; "" where none would help, or the command says it all.
    :param command: that builds it anew under them; "" where it is not known what would help.
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
    """A module that cannot be imported by itself, in a package that can be.

    :param text: the module, and what it says.
    """

    distribution: str
    version: str
    module: str
    text: str


@dataclass(frozen=True)
class Built:
    """What a record says that a distribution was built against, and what of that is here."""

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
        """Return the record of a distribution, None where it has none that can be read."""
        try:
            return records.from_cyclonedx((distribution["record"] or "").encode())
        except ValueError:
            return None

    def needed(self, distribution: Json) -> list[str]:
        """Return the names of what a distribution needs here."""
        names = []
        for line in distribution["requires"]:
            needed = parts_of(line)
            # If that is not known it may be needed, and what does not fit is to be found.
            if needed.name and needed.applies(self._markers):
                names.append(needed.name)
        return list(dict.fromkeys(names))

    def built(self, distribution: Json, record: records.Record) -> Iterator[Built]:
        """Compare a record with what is here."""
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
        """Give the finding for a record that does not fit."""
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
        """Judge a module that cannot be imported, None where that tells nothing.

        A message that is known as one of a misfit counts by itself, a crash or a hang too. Any other
        may be meant: parts for tests, or for what is not set up here, refuse to be imported. It counts
        where all of the package cannot be imported.

        :param record: of the distribution, where it has one.
        :param package_fails: whether the package that the module is in cannot be imported either.
        """
        said = f"{failure.said}\n{failure.text}"
        known = meaning(said)
        if known is None and (failure.exception == "ModuleNotFoundError" or is_no_module(said)):
            # What an optional part of it needs is not installed.
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
            # Its record is not true, and the same wheel may be in pip's cache under the same rules.
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
        """Return the override that has a distribution built against what is here, and the command.

        :param uncached: whether no wheel of pip's cache is to be used.
        """
        setting = ("--set", f"{normalise(distribution['name'])}: {against}@target")
        if record is not None and record.held(against) is not None:
            mend = records.mend(record, against, present)
            if mend.lines[1].startswith("add") and record.rules.endswith(".toml"):
                # Its table adds that already, and what else it says is needed as before.
                options = ("--overrides", record.rules, *setting)
                return "", self.rebuild(distribution, options, uncached)
            return mend.text, self.rebuild(distribution, uncached=uncached)
        # What it declares is not known, and --set holds whether it declares that or not.
        if against != "numpy":
            return "", self.rebuild(distribution, setting)
        # Under this name others declare numpy, with a pin that would contradict. In the table of "*" it
        # is no error where they do not.
        override = f'[package."*"]\nreplace.oldest-supported-numpy = "numpy=={present}"'
        return override, self.rebuild(distribution, (*_FILE, *setting))

    def _owner(self, known: Meaning) -> str:
        """Return the distribution that a module belongs to; "" if nothing tells which one it is."""
        owners = self._owners.get(known.module, set())
        if len(owners) > 1:
            # Parts of a namespace.
            return ""
        same = normalise(known.module)
        if not owners and self._lists_files.get(same):
            # A distribution of that name is here, and it has no such module.
            return ""
        return next(iter(owners), same)

    def rebuild(
        self, distribution: Json, options: Sequence[str] = _FILE, uncached: bool = False
    ) -> str:
        """Return the command that builds a distribution anew.

        :param options: of ``run``.
        :param uncached: whether no wheel of pip's cache is to be used.
        """
        name = normalise(distribution["name"])
        parts = ["pip-build-override", "run", *options, "--", self.python]
        parts += ["-m", "pip", "install", "--force-reinstall", "--no-deps", "--no-binary", name]
        parts += ["--no-cache-dir"] if uncached else []
        return " ".join(map(shlex.quote, [*parts, *self._requirement(distribution)]))

    def _requirement(self, distribution: Json) -> list[str]:
        """Return how pip is asked for the sources that a distribution came from."""
        name = normalise(distribution["name"])
        try:
            url, editable = origin(distribution["direct_url"])
        except (KeyError, TypeError, AttributeError, ValueError):
            # Not as PEP 610 has it.
            url, editable = "", False
        if not url:
            return [f"{name}=={distribution['version']}"]
        return ["--editable", url] if editable else [f"{name} @ {url}"]
