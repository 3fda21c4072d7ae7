"""One pip command under an override: its file, its builds, its environments, and what it says."""

from __future__ import annotations

import functools
import json
import logging
import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Iterable

from .. import rules, switch
from ..errors import OverrideError
from ..files import Json, read_json, write_json
from ..rules.standards import normalise
from ..urls import without_secrets
from .internals import seams
from .internals.endings import EndOfRun, Refusal
from .internals.file_names import version_in_file_name
from .output import announcements
from .state import rules_in_force, run_directory
from .state.run_directory import Filling, RunDirectory

if TYPE_CHECKING:
    from .builds.build import Build
    from .builds.manifest import Manifest
    from .lending.lender import Lender
    from .target.target import Target

# Not one of pip's loggers: it levels those of what it vendors by itself.
_logger = logging.getLogger("pip_build_override")

_ON_REQUIREMENT = "_pip_build_override"

HANDLERS = (
    (seams.PREPARE, "prepare.prepare"),
    (seams.UNPACK, "unpack.ensure_has_source_dir"),
    (seams.LOAD, "prepare.load"),
    (seams.CONFIGURE_BACKEND, "prepare.configure_backend"),
    (seams.RESOLVE, "resolve.resolve"),
    (seams.LEGACY_RESOLVE, "resolve.resolve"),
    (seams.CANDIDATES, "resolve.make_link_evaluator"),
    (seams.BEST_CANDIDATE, "resolve.find_best_candidate"),
    (seams.BUILD, "prepare.build_one"),
    (seams.CACHE_ENTRY, "cache_lookup.get_cache_entry"),
    (seams.CACHE_PATH, "cache_lookup.get_path_for_link"),
    (seams.CACHE_DIRECTORY, "cache_lookup.get_cache_dir"),
    (seams.INSTALL, "build_environment.install_requirements"),
)
"""What is done at each seam: a function of one of the steps."""


class Session:
    """What the patches of one pip command share.

    Args:
        command: the name of pip's command.
        options: those that it was given.
        cwd: where a relative path of the overrides file is taken from.
    """

    def __init__(self, command: str, options: Any, cwd: str) -> None:
        self.command = command
        self.options = options
        self.caches_wheels = command != "download"
        self.explain = os.environ.get(switch.EXPLAIN, "")
        self.explain_hooks = bool(os.environ.get(switch.EXPLAIN_HOOKS))
        self.explained_names: frozenset[str] = frozenset()
        self.run, self.report_to = RunDirectory.open()
        self.at_end = ExitStack()
        self.lines: list[tuple[int, str]] = []
        self.builds: list[Build] = []
        self.stack: list[Build] = []
        self.chosen: list[Build] = []
        self.used: set[str] = set()
        self.done: list[str] = []
        self.prepared: list[str] = []
        self.from_cache: list[str] = []
        # Name and version of each package that was built, now or before, under rules or not.
        self.built: list[tuple[str, str]] = []
        self.warned: set[str] = set()
        self.misfits: list[str] = []
        self.origins: dict[str, Any] = {}
        self.approved: dict[str, tuple[str, Manifest]] = {}
        self.places: dict[str, tuple[Build, str]] = {}
        self.looked_up: set[str] = set()
        self.trees: set[str] = set()
        # The directory below pip's key that the present look-up is about, and whether pip asked for it.
        self.look_up_in = ""
        self.was_led_there = False
        self.evaluated: set[str] = set()
        self.refusal: OverrideError | None = None
        self.failures: list[Json] = []
        self.failure: Exception | None = None
        self.failed_overridden = False
        root = run_directory.read_handed(self.report_to) if self.report_to else Filling()
        self.fillings: list[Filling] = [root]
        self.file_content = b""
        if self.outermost:
            self.file_content, self.overrides = rules_in_force.read_file(cwd, self.run, self.warn)
        else:
            self.overrides = rules_in_force.read_handed(self.run)
        self.report = _report(cwd)
        self.no_binary_names = self.overrides.no_binary_names
        self.named_packages = frozenset(table.name for table in self.overrides.tables)

    @property
    def outermost(self) -> bool:
        return self.report_to is None

    @functools.cached_property
    def environment(self) -> dict[str, str]:
        """What markers are evaluated in: that of the interpreter that builds."""
        from pip._vendor.packaging.markers import default_environment

        return dict(default_environment())

    @functools.cached_property
    def lender(self) -> Lender:
        """What the target lends to the build environments of this run."""
        from .lending.lender import Lender

        lender = Lender(self.run.file("lent"))
        self.at_end.callback(lender.close)
        return lender

    # Builds

    def begin(self, req: Any, isolated: bool) -> Build:
        """Enter the preparation of one source; it is the innermost until ``end``."""
        from .builds.build import Build
        from .output import failures

        if not self.builds:
            self.at_end.enter_context(failures.listening(self))
        build = Build(req, isolated, self.filling.target)
        self.builds.append(build)
        self.stack.append(build)
        # On pip's own object, because pip copies that where extras are asked for.
        setattr(req, _ON_REQUIREMENT, build)
        return build

    def refuse(self, error: OverrideError) -> Refusal:
        """Remember the refusal, and give the exception for it: pip swallows some on their way up."""
        self.refusal = self.refusal or error
        return Refusal(error)

    def end_if_failed(self) -> None:
        """End the run where pip, past a failed build under an override, is trying something else.

        Raises:
            EndOfRun: with that failure. pip 21.2 and 21.3 try older releases, as 22.0 and 22.1 do
                with backtrack-on-build-failures.
        """
        if self.failure is not None:
            raise EndOfRun(self.failure)

    def build_of(self, req: Any) -> Build | None:
        build: Build | None = getattr(req, _ON_REQUIREMENT, None)
        return build

    def selection(self, name: str, version: str | None) -> rules.Selection:
        """Choose the rules of today for one package.

        Raises:
            OverrideError: where no table can be chosen for it.
        """
        return rules.select(self.overrides, rules.package(name, version), self.environment)

    def rules_digest(self, name: str, version: str | None, *, isolated: bool = True) -> str | None:
        """Digest the rules of today for one package.

        Args:
            isolated: whether it gets a build environment; without one, rules on what is in it do
                not act.

        Returns:
            "" where no rule applies, None where what is built under them cannot be told apart.

        Raises:
            OverrideError: where no table can be chosen for it.
        """
        selection = self.selection(name, version)
        if not selection.applies and not selection.besides:
            return ""
        from .builds import wheels

        if not isolated:
            return wheels.digest_of_rules("", (), selection.besides)
        return wheels.digest_of_rules(selection.fingerprint, selection.paths, selection.besides)

    def still_fits(self, members: Iterable[Json]) -> bool:
        """Whether each distribution of an old build environment would be made the same way today."""
        return all(map(self._member_still_fits, members))

    def _member_still_fits(self, member: Json) -> bool:
        from .builds import link_contents
        from .state import judgements

        if not link_contents.is_as_it_was(member) or judgements.would_stop(
            self, member.get("told", {})
        ):
            return False
        borrowed = member.get("borrowed")
        if borrowed:
            lent = self.lender.digest_of(member["name"], self.filling.target.directories)
            return bool(lent == borrowed)
        if not member["source"]:
            return member["name"] not in self.no_binary_names
        try:
            today = self.rules_digest(member["name"], member["version"])
        except OverrideError:
            return False
        if today is None or today != member["rules"]:
            return False
        # Its own target was the build environment, whose other members are as they were then.
        asked = [entry for entry in member.get("settled", ()) if entry["origin"] != "target"]
        return self.settled_alike(asked, self.filling.target)

    def note_generated(self, build: Build) -> None:
        """Note, for what this pip fills, that a rule on Cython could not act on one of its members."""
        from .state import judgements

        for member in self.filling.members if build.generated else ():
            if member["source"] and member["name"] == build.package.name:
                told = judgements.of_generated(self, build)
                member["told"] = judgements.put_together(member.get("told", {}), told)

    def no_rule_can_matter(self) -> bool:
        """Whether nothing in the file could have a part in any build."""
        return not any(table.builds or table.besides for table in self.overrides.tables)

    def choose(self, build: Build) -> None:
        """Note that a source is one that pip has settled on."""
        if build not in self.chosen:
            self.chosen.append(build)
            self.built.append((build.package.name, build.package.version or ""))
        if build.plan is not None:
            tables = build.plan.selection.tables
            self.used.update(table.where for table in tables if table.name != "*")
            for change in build.plan.changes:
                if change.kind == "replace":
                    self.used.update(change.tables)

    def mark_used_members(self, members: Iterable[Json]) -> None:
        """Count the tables by which the build dependencies of a cached wheel were built."""
        for member in members:
            if member["rules"]:
                package = rules.package(member["name"], member["version"])
                for table in rules.select(self.overrides, package, self.environment).tables:
                    if table.name != "*":
                        self.used.add(table.where)

    # Source tables

    def settle(self, question: rules.Question, target: Target) -> rules.Answer:
        """Answer a source table for what is built into a target.

        Raises:
            OverrideError: where it cannot be answered.
        """
        from .target import source_tables

        return source_tables.Settler(target, lambda *asked: self.lender.lend(*asked))(question)

    def settled_alike(self, records: Iterable[Json], target: Target) -> bool:
        """Whether source tables come to today what they came to when a wheel was built."""
        from .target import source_tables

        for recorded in records:
            try:
                answer = self.settle(source_tables.question_of(recorded), target)
            except OverrideError:
                return False
            if answer.key != recorded["key"] or "version" not in recorded:
                return False
        return True

    def is_settled(self, req: Any) -> bool:
        """Whether what pip has settled on was built for what the target gets.

        Raises:
            OverrideError: where it was not, and cannot be built again.
        """
        build = self.build_of(req)
        target = self.filling.target
        if build is not None:
            settled = build.is_settled(lambda question: self.settle(question, target))
            if settled:
                from .lending import lender

                lender.check_kept(build.label, build.members, target, self.overrides.shown)
            return settled
        if req.link is not None and req.link.is_file and req.link.file_path in self.approved:
            stored = self.approved[req.link.file_path][1]
            kept = not any(
                one.get("borrowed") and target.changes(one["name"]) for one in stored.members
            )
            return kept and self.settled_alike(stored.settled, target)
        return True

    def version_of(self, req: Any) -> str | None:
        """Give the version of a requirement that pip has settled on, None before it is prepared."""
        build = self.build_of(req)
        if build is not None:
            return build.package.version
        return req.link and version_in_file_name(req.link.filename, normalise(req.name or ""))

    # Environments

    @property
    def filling(self) -> Filling:
        return self.fillings[-1]

    def record_members(self, chosen: list[Any]) -> None:
        """Write down what a build environment is filled with, and how each of it comes about."""
        if not self.filling.depth:
            # Nobody asks what the user's own environment is filled with.
            return
        for req in chosen:
            if req.link is not None:
                self.filling.members.extend(self._members(req))
                if req.link.is_file and req.link.file_path in self.approved:
                    stored = self.approved[req.link.file_path][1]
                    label = f"{normalise(req.name)} {version_in_file_name(req.link.filename, '')}"
                    self.filling.matched.extend(_matched(label, stored.settled))

    def note_matched(self, filling: Filling) -> None:
        """Write down which versions of the environment that is filled its packages were built with.

        Once they are built: if an index serves the metadata of sdists, they are prepared no sooner.
        """
        for build in self.chosen:
            if filling.is_target(build.target):
                filling.matched.extend(_matched(build.label, build.settled))

    def _members(self, req: Any) -> list[Json]:
        build = self.build_of(req)
        if build is not None or (req.link.is_file and req.link.file_path in self.approved):
            from .state import members

            return members.of_built(self, req)
        from .builds import link_contents

        name = normalise(req.name)
        version = version_in_file_name(req.link.filename, name) or ""
        if not req.link.is_wheel:
            # An index that serves the metadata of sdists: prepared only after all is resolved, so
            # nothing is known yet of what it will be built with.
            return [{"name": name, "version": version, "source": True, "rules": None}]
        member = {"name": name, "version": version, "source": False, "rules": ""}
        stand_in = self.filling.stand_in_at(req.link.file_path) if req.link.is_file else None
        if stand_in is not None:
            return [{**member, "borrowed": stand_in.digest}]
        return [{**member, **link_contents.noted(req, req.link, None)}]

    # Trees

    def has_to_itself(self, tree: str) -> bool:
        """Whether no other pip builds in a directory, from now on until this one ends.

        What two of them leave there at the same time, each would take for its own.
        """
        if tree in self.trees:
            return True
        try:
            import fcntl

            directory = os.open(tree, os.O_RDONLY)
        except (ImportError, OSError):
            # On Windows a directory cannot be locked.
            return True
        self.at_end.callback(os.close, directory)
        try:
            fcntl.flock(directory, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            # Some network file systems have no such locks.
            return True
        self.trees.add(tree)
        return True

    # What is said

    def say(self, level: int, text: str) -> None:
        """Say one thing, once the outermost pip can be heard."""
        text = without_secrets(text)
        if level >= logging.WARNING:
            if text in self.warned:
                return
            self.warned.add(text)
        self.lines.append((level, text))
        self.flush()

    def warn(self, text: str) -> None:
        self.say(logging.WARNING, f"pip-build-override: {text}")

    def flush(self) -> None:
        # Inside an environment that this very process fills, pip captures what is logged.
        if self.outermost and len(self.fillings) == 1:
            lines, self.lines = self.lines, []
            for level, text in lines:
                _logger.log(level, "%s", text)

    # From and to other pips

    def take_report(self, report: Json, filling: Filling) -> None:
        """Take over what a nested pip handed up."""
        filling.resolved = filling.resolved or report["resolved"]
        filling.members.extend(report["members"])
        filling.distributions.extend(report["distributions"])
        filling.matched.extend(report["matched"])
        filling.refusal = report["refusal"]
        self.failed_overridden = self.failed_overridden or report["failed"]
        self.failures.extend(report["failures"])
        self.used.update(report["used"])
        self.done.extend(label for label in report["done"] if label not in self.done)
        self.from_cache.extend(item for item in report["cached"] if item not in self.from_cache)
        self.built.extend((name, version) for name, version in report["built"])
        for level, text in report["lines"]:
            self.say(level, text)

    def close(self, succeeded: bool) -> None:
        """End the command: hand the report up, or close with a summary."""
        try:
            for misfit in self.misfits if succeeded else ():
                self.warn(misfit)
            if self.report_to is not None:
                run_directory.write_report(self.report_to, self._report_up())
            else:
                if not self.explain:
                    if succeeded:
                        announcements.summarise(self)
                        announcements.warn_of_a_lost_hook(self)
                    announcements.leave_word(self)
                self.flush()
        finally:
            # Also if there is no room for a report: what is lent must be gone when pip cleans up.
            self.at_end.close()
            self.run.close()

    def _report_up(self) -> Json:
        root = self.fillings[0]
        self.note_matched(root)
        return {
            **run_directory.blank_report(self.refusal),
            "resolved": root.resolved,
            "members": root.members,
            "distributions": root.distributions,
            "matched": root.matched,
            "lines": self.lines,
            "used": sorted(self.used),
            "done": self.done,
            "cached": self.from_cache,
            "built": self.built,
            "failed": self.failed_overridden,
            "failures": self.failures,
        }

    def write_explained(self, record: Json) -> None:
        """Add one package to the answer of ``explain``."""
        answer = read_json(self.explain) or {"packages": []}
        answer["packages"].append(record)
        write_json(self.explain, json.loads(json.dumps(answer)))


def _report(cwd: str) -> str:
    """Give the file of the run's report, "" for none."""
    if not os.environ.get(switch.REPORT):
        return ""
    from .state import run_report

    return run_report.place(cwd)


def _matched(label: str, settled: Iterable[Json]) -> list[Json]:
    """List what a package was built with in answer to source tables that ask for its target."""
    return [
        {"package": label, "name": entry["name"], "version": entry["version"]}
        for entry in settled
        if entry["origin"] == "target" and entry.get("version")
    ]
