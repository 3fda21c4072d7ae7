"""The reader of logs, which returns the failures that they contain.

It makes one pass, line by line, and keeps only what ``output`` collects, because a log may be of any
length.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Iterable, Iterator

from ..build_steps import IMPORT
from ..errors import OverrideError
from ..rules import parse_overrides
from ..rules.place import TOOL
from ..rules.standards import NAME, normalise
from ..rules.written import Table, tables_in
from .failure import Failure
from .idle import idle_in_line
from .lines import clean
from .modules import distribution_of
from .output import Output
from .remedy import name_in
from .removals import removals_in_line
from .signatures import AT_IMPORT, Matcher, known_signatures, without_kind
from .structure import STRUCTURE, fills_environment, name_asked_for, sdist_in, strip
from .trial import tables_for

_MOST_OFFERED = 1000
_DONE = re.compile(r".*(?:\.\.\. done|status 'done')\s*$")
_NAME = re.compile(NAME)
_LISTED = re.compile(rf"(?P<listed>{NAME} [^ ,]+(?:, {NAME} [^ ,]+)*) \(.+\)")
_INSTALLED = re.compile(r"(?P<name>[A-Za-z0-9][\w.-]*?)-(?P<version>v?\d[\w.!+]*)(?:\s|$)", re.ASCII)


def read_log(lines: Iterable[str], matcher: Matcher | None = None) -> list[Failure]:
    """Return the failed builds and failed imports in a log.

    Args:
        lines: Lines of the log, which may have prefixes, times and colours, and may interleave streams.
        matcher: Matcher to use, so that the caller can see how much work it did.
    """
    matcher = matcher or Matcher(known_signatures())
    streams: dict[str, _Stream] = {}
    for raw in lines:
        stream, text = clean(raw)
        if stream not in streams:
            streams[stream] = _Stream(matcher)
        streams[stream].take(text)
    found = [failure for stream in streams.values() for failure in stream.close()]
    return list(_merged(found))


def _if_name(text: str) -> str:
    """Return a text from a log if it is a valid name, otherwise "": it may end up in a command."""
    return text if _NAME.fullmatch(text) else ""


def _merged(failures: Iterable[Failure]) -> Iterator[Failure]:
    """Yield the failures, merging those of the same build, which a log may report twice."""
    merged: dict[tuple[str, str, str], Failure] = {}
    for failure in failures:
        key = (normalise(failure.name), failure.version, failure.module)
        known = merged.get(key)
        if known is None:
            merged[key] = failure
        else:
            hits = (*known.hits, *failure.hits)
            unique = {(hit.signature.name, *hit.caught.items()): hit for hit in hits}
            merged[key] = replace(known, hits=tuple(unique.values()))
    yield from merged.values()


class _Pip:
    """The output of one pip, either the outermost one or one that fills a build environment."""

    def __init__(self, matcher: Matcher, step: str = "") -> None:
        self.matcher = matcher
        self.of_step = step
        self.bare = False
        self.inner: tuple[Failure, ...] = ()
        self.name = ""
        self.step = ""
        self.failing = ""
        self.source = ""
        self.versions: dict[str, str] = {}
        self.asked_by: dict[str, str] = {}
        self.installed: dict[str, str] = {}
        self.loose = Output(matcher)
        self.failures: list[Failure] = []
        self.unnamed = 0

    def begin(self, step: str, name: str = "") -> None:
        self.step = step
        if name:
            self.name = name
        self.loose = Output(self.matcher)

    def fail(self, output: Output, step: str, nested: tuple[Failure, ...] = (), name: str = "") -> None:
        nested, self.inner = nested or self.inner, ()
        name = _if_name(name or self.name or output.unpacked)
        failure = Failure(
            name=name,
            version=self.versions.get(normalise(name), ""),
            step=step,
            hits=output.hits,
            error=output.error,
            cause=output.cause,
            not_found=output.not_found,
            searched=output.searched,
            python=output.python,
            environment=dict(self.installed) or None,
            asked_by=self.asked_by.get(normalise(name), ""),
            nested=nested,
            source=self.source,
            cythonized=output.cythonized,
        )
        self.failures.append(failure)

    def name_last(self, name: str) -> None:
        """Set a name that pip prints only after the output of the failed build."""
        name = _if_name(name)
        if self.failures and not self.failures[-1].name:
            version = self.versions.get(normalise(name), "")
            self.failures[-1] = replace(self.failures[-1], name=name, version=version)


class _Stream:
    """One stream of a log, with nested pips and the output of what failed in them."""

    def __init__(self, matcher: Matcher) -> None:
        self.matcher = matcher
        self.pips = [_Pip(matcher)]
        self.output: Output | None = None
        self.uv = ""
        # What rules took out, by the normalised name of the package that was built.
        self.removed: dict[str, dict[str, str]] = {}
        # Names in rules without effect, likewise.
        self.idle: dict[str, dict[str, bool]] = {}
        # What the shim wrote about the failures, at the end of the run, likewise.
        self.told: dict[str, list[str]] = {}
        self.environments: dict[str, dict[str, str]] = {}
        self._last_told = ""
        self._lists_environment = False
        # The lines of the tables that it offered; None where no such lines are expected.
        self._offer: list[str] | None = None
        self.offered: dict[str, Table] = {}

    @property
    def pip(self) -> _Pip:
        return self.pips[-1]

    def take(self, text: str) -> None:
        text = strip(text)
        if self.output is not None:
            if text in ("[end of output]", "-" * 40):
                self.pip.fail(self.output, self.pip.failing or self.pip.step)
                self.output = None
            else:
                self.output.take(text)
            return
        if self._lists_environment:
            self._lists_environment = self._in_environment(text)
            if self._lists_environment:
                return
        if self._offer is not None:
            self._take_offer(self._offer, text)
            return
        found = STRUCTURE.match(text)
        if found is None:
            self.pip.loose.take(text)
            return
        kind = found.lastgroup or ""
        groups = {name: value for name, value in found.groupdict().items() if value is not None}
        handler = next((name for name in _HANDLERS if name in groups), kind)
        _HANDLERS[handler](self, groups)

    # One handler for each kind of line that pip prints

    def collecting(self, groups: dict[str, str]) -> None:
        name = name_asked_for(groups["collecting"])
        self.pip.begin("", name)
        self.pip.source = groups.get("source", "")
        if not name:
            self.pip.name = ""
        elif groups.get("by"):
            self.pip.asked_by[normalise(name)] = groups["by"]

    def file(self, groups: dict[str, str]) -> None:
        sdist = sdist_in(groups["file"])
        if sdist is not None:
            name, version = sdist
            # Keep pip's own spelling if the name is the same.
            if not self.pip.name or normalise(self.pip.name) != normalise(name):
                self.pip.name = name
            self.pip.versions[normalise(name)] = version

    def began(self, groups: dict[str, str]) -> None:
        name = groups.get("building") or groups.get("running") or ""
        rest = groups.get("rest", "")
        if "still running" in rest:
            # Printed once a minute, while the step goes on.
            return
        installs = groups["step"].startswith("Installing")
        if installs and self.pip.bare and ("status" in rest or "error" in rest):
            self._leave_bare()
        if "error" in rest:
            return
        if _DONE.match(rest):
            self.pip.begin("", name)
            return
        self.pip.begin(groups["step"], name)
        if installs:
            # With --verbose, the pip that fills the environment prints until the step has ended.
            self.pips.append(_Pip(self.matcher, groups["step"]))
            self.pip.bare = True

    def command(self, groups: dict[str, str]) -> None:
        self.pip.loose = Output(self.matcher)

    def failed(self, groups: dict[str, str]) -> None:
        self.pip.failing = groups.get("failed") or groups["ascii"]
        found = re.match(r"Building (?:wheel|editable) for (\S+)", self.pip.failing)
        if found:
            self.pip.name = found[1]

    def _leave_bare(self) -> None:
        inner = self.pips.pop()
        if inner.of_step.startswith("Installing build"):
            self.pip.installed = {}
        self.pip.installed.update(inner.installed)
        self.pip.inner = tuple(inner.failures)

    def box(self, groups: dict[str, str]) -> None:
        if fills_environment(self.pip.failing):
            self.pips.append(_Pip(self.matcher, self.pip.failing))
        else:
            self.output = Output(self.matcher)

    def bare(self, groups: dict[str, str]) -> None:
        # pip repeats this at the end of a run, when the failure is already known.
        known = [normalise(failure.name) for failure in self.pip.failures]
        if self.pip.failing and normalise(self.pip.name) not in known:
            self.pip.fail(self.pip.loose, self.pip.failing)
        self.pip.failing = ""

    def end(self, groups: dict[str, str]) -> None:
        if len(self.pips) > 1:
            if self.pip.bare:
                self._leave_bare()
                return
            inner = self.pips.pop()
            self.pip.fail(inner.loose, inner.of_step, tuple(inner.failures))

    def old(self, groups: dict[str, str]) -> None:
        self.pip.failing = ""

    def invoked(self, groups: dict[str, str]) -> None:
        line = groups["line"]
        hook = re.search(r"_in_process\.py'? (\w+)", line)
        self.pip.failing = hook[1] if hook else "pip install" if " install " in line else self.pip.step

    def cwd(self, groups: dict[str, str]) -> None:
        where = Output(self.matcher)
        where.take(groups["cwd"] + " ")
        if not self.pip.name:
            self.pip.name = where.unpacked

    def unbuilt(self, groups: dict[str, str]) -> None:
        self.pip.name_last(groups.get("unbuilt") or groups["quoted"])

    def change(self, groups: dict[str, str]) -> None:
        """Note what a rule took out, from the shim's own message."""
        found = removals_in_line(groups["change"], groups["place"])
        self.removed.setdefault(normalise(groups["changed"]), {}).update(found)

    def own(self, groups: dict[str, str]) -> None:
        """Note the shim's own message about a failure, which follows all of pip's output."""
        self._last_told = normalise(groups["own"])
        self.told.setdefault(self._last_told, []).append(without_kind(groups["told"])[0])
        failures = self.pips[0].failures
        for index, failure in enumerate(failures):
            if not failure.name:
                failures[index] = replace(failure, name=groups["own"], version=groups["own_version"])
                return

    def contains(self, groups: dict[str, str]) -> None:
        """Expect the list of what the build environment contained, below the shim's own message."""
        self._lists_environment = bool(self._last_told)
        if self._lists_environment:
            self.environments[self._last_told] = {}

    def _in_environment(self, text: str) -> bool:
        found = _LISTED.fullmatch(text)
        if found is not None:
            pairs = (each.split(" ") for each in found["listed"].split(", "))
            there = {normalise(name): version for name, version in pairs}
            self.environments[self._last_told].update(there)
        return found is not None

    def offer(self, groups: dict[str, str]) -> None:
        """Expect the tables that the shim offers at the end of a run."""
        if self._last_told:
            self._offer = []

    def _take_offer(self, lines: list[str], text: str) -> None:
        lines.append(text)
        if text.startswith("then run: ") or len(lines) > _MOST_OFFERED:
            self._offer = None
            content = "\n".join(lines[:-1])
            form = "pyproject" if TOOL in content else "toml"
            try:
                parse_overrides(content.encode(), path=f"/{form}.toml")
            except OverrideError:
                # Other lines are between them.
                return
            self.offered.update(tables_in(content.encode(), form))

    def offered_for(self, failure: Failure) -> tuple[str, ...]:
        """Return the names that the shim offered to add for a package."""
        tables = (self.offered.get(key, {}) for key in tables_for(failure, self.offered))
        added = (each for table in tables for key in ("add", "requires") for each in table.get(key, []))
        return tuple(dict.fromkeys(map(name_in, added)))

    def idle_rule(self, groups: dict[str, str]) -> None:
        """Note the name in a rule without effect, from the shim's own warning."""
        found = idle_in_line(groups["idle"])
        if found is not None:
            package, name, known = found
            names = self.idle.setdefault(package, {})
            # The backend may have been asked in a later run.
            names[name] = known or names.get(name, False)

    def idle_names(self, failure: Failure, known: bool) -> tuple[str, ...]:
        """Return the names in rules for a package that have no effect, or may have none."""
        names = self.idle.get(normalise(failure.name), {})
        return tuple(name for name, decided in names.items() if decided is known)

    def uv_build(self, groups: dict[str, str]) -> None:
        self._end_uv()
        self.uv = groups["uv"]
        self.pip.loose = Output(self.matcher)

    def invoking(self, groups: dict[str, str]) -> None:
        self.pip.fail(self.pip.loose, "build")
        self.pip.loose = Output(self.matcher)

    def installed(self, groups: dict[str, str]) -> None:
        matches = _INSTALLED.finditer(groups["installed"])
        found = {normalise(match["name"]): match["version"] for match in matches}
        self.pip.installed = found
        self.pip.versions.update(found)

    def _end_uv(self) -> None:
        if self.uv:
            name, _, version = self.uv.partition("==")
            name = name_asked_for(name.partition(" @ ")[0])
            if version:
                self.pip.versions[normalise(name)] = version
            self.pip.fail(self.pip.loose, "build", name=name)
            self.uv = ""

    def close(self) -> list[Failure]:
        """End the stream, which may break off anywhere."""
        if self.output is not None:
            self.pip.fail(self.output, self.pip.failing or self.pip.step)
        while len(self.pips) > 1:
            self.end({})
        self._end_uv()
        failures = [
            replace(
                failure,
                removed=self.removed.get(normalise(failure.name), {}),
                idle=self.idle_names(failure, known=True),
                undecided=self.idle_names(failure, known=False),
                offered=self.offered_for(failure),
                told=tuple(self.told.get(normalise(failure.name), ())),
                environment=self.environments.get(normalise(failure.name), failure.environment),
            )
            for failure in self.pip.failures
        ]
        return [*failures, *_failed_imports(self.pip)]


def _failed_imports(pip: _Pip) -> Iterator[Failure]:
    output = pip.loose
    hits = tuple(hit for hit in output.hits if hit.signature.at == AT_IMPORT)
    if not hits or pip.failures:
        return
    # The module that was compiled against another numpy is the last one that is not numpy itself.
    modules = [module for module in output.modules if module not in ("numpy", "_distutils_hack")]
    if modules:
        module = modules[-1]
        name = distribution_of(module)
        if not name and normalise(module) in pip.versions:
            # Only a name in the log is used: on an index, a guessed one may be something else.
            name = module
        version = pip.versions.get(normalise(name), "")
        failure = Failure(name, version, IMPORT, hits, output.error, output.python)
        yield failure if name else replace(failure, module=module)


_HANDLERS = {
    "collecting": _Stream.collecting,
    "file": _Stream.file,
    "step": _Stream.began,
    "command": _Stream.command,
    "failed": _Stream.failed,
    "ascii": _Stream.failed,
    "box": _Stream.box,
    "bare": _Stream.bare,
    "end": _Stream.end,
    "old": _Stream.old,
    "invoked": _Stream.invoked,
    "cwd": _Stream.cwd,
    "complete": _Stream.box,
    "dashes": _Stream.end,
    "unbuilt": _Stream.unbuilt,
    "quoted": _Stream.unbuilt,
    "changed": _Stream.change,
    "own": _Stream.own,
    "contains": _Stream.contains,
    "offer": _Stream.offer,
    "idle": _Stream.idle_rule,
    "uv": _Stream.uv_build,
    "invoking": _Stream.invoking,
    "installed": _Stream.installed,
}
