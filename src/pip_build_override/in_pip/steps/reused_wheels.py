"""The choice of wheels that were built before and are used again.

``wheels`` stores them in pip's wheel cache, and ``cache_lookup`` is called when pip looks for one.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Iterable, Iterator, NamedTuple

from ...errors import OverrideError
from ...files import sha256_of_file
from ...rules.standards import normalise
from ...rules.tables import PINS
from ..builds import link_contents, manifest, rule_checks, wheel_record, wheels
from ..builds.manifest import Manifest
from ..internals import seams
from ..internals.file_names import version_in_file_name
from ..internals.objects import builds_by_setup_py, isolates_builds, looks_for_wheels
from ..internals.seams import Call, Original
from ..state.cached_wheels import Approved

if TYPE_CHECKING:
    from ..builds.member import Member
    from ..internals.protocols import CacheEntry, Link, WheelCache
    from ..state.cached_wheels import CachedWheels
    from ..state.environments import Environments
    from ..state.judgements import Judgements
    from ..state.loans import Loans
    from ..state.pip_command import PipCommand
    from ..state.rules_in_force import RulesInForce
    from ..target.settled import Settled


class ReusedWheels:
    """Decides which wheels that were built before are used again.

    Args:
        rules_in_force: the rules in force.
        environments: the environments that this pip fills.
        cached_wheels: the cached wheels that this command finds.
        command: the pip command.
        loans: the distributions that the target lends.
        judgements: the problems reported about builds.
    """

    def __init__(
        self,
        rules_in_force: RulesInForce,
        environments: Environments,
        cached_wheels: CachedWheels,
        command: PipCommand,
        loans: Loans,
        judgements: Judgements,
    ) -> None:
        self._rules = rules_in_force
        self._environments = environments
        self._cached_wheels = cached_wheels
        self._command = command
        self._loans = loans
        self._judgements = judgements

    def built_before(self, original: Original, call: Call) -> object:
        """Look for a wheel that was built under the current rules.

        Args:
            original: pip's own look-up.
            call: the call of the look-up, for a source that has a name and is not a directory.

        Returns:
            pip's cache entry; None if there is none.
        """
        cache, link, name = call["self"], call["link"], call["package_name"]
        if normalise(name) in self._environments.current.hashes:
            # The hashes are those of the sdist, and cannot be compared with a wheel built from it.
            return None
        version = version_in_file_name(link.filename, name)
        try:
            today = self._today(name, version)
        except OverrideError:
            # The table needs a version that only the sources contain, or two tables contradict each
            # other: the preparation of the sources, if pip gets there, raises this again.
            return None
        self._check_redirected(original, call)
        for key in self._keys(cache, link):
            for directory, stored in wheels.stored_under(key):
                if not self._fits(stored, today):
                    continue
                entry = self._entry(original, call, directory)
                if entry is not None and _is(stored, entry.link.file_path):
                    return self._approved(entry, stored, link)
        if self._is_as_plain_pip_builds(today):
            entry = call.to(original)
            return None if entry is None else self._approved(entry, Manifest(""), link)
        return None

    def _approved(self, entry: CacheEntry, stored: Manifest, link: Link) -> CacheEntry:
        self._cached_wheels.approve(entry.link.file_path, Approved(stored.rules, stored, link))
        return entry

    def _today(self, name: str, version: str | None) -> _Today:
        isolated = isolates_builds(self._command.options)
        without_isolation = self._rules.digest(name, version, isolated=False) or ""
        rules = self._rules.digest(name, version)
        selection = self._rules.selection(name, version)
        if not isolated and not rule_checks.against_no_isolation(selection):
            # Rules for all packages do not act without a build environment.
            rules = without_isolation
        pinned = frozenset(selection.values(PINS))
        return _Today(rules, without_isolation, isolated, selection.named, pinned)

    def _fits(self, stored: Manifest, today: _Today) -> bool:
        """Return whether a build under the current rules would have the same result."""
        return (
            self._may_use(stored.attempt)
            and self._is_built_alike(stored, today)
            and link_contents.is_same_file(stored.source)
            and self._rules.settled_alike(stored.settled, self._environments.current.target)
            and stored.recorded
            == wheel_record.wanted(self._rules.overrides.record, stored.rules, stored.members)
            and not self._judgements.would_stop(stored.told)
            and not any(self._is_guessed(one) for one in stored.settled if one.name in today.pinned)
        )

    def _may_use(self, mark: str) -> bool:
        attempts = self._cached_wheels.attempts
        return not mark or (attempts is not None and attempts.may_use(mark))

    def _is_guessed(self, settled: Settled) -> bool:
        """Return whether a wheel is pinned to a version that the target may not get.

        Its metadata would keep pip's resolver from finding that out.
        """
        target = self._environments.current.target
        if settled.source.origin != "target" or target.resolved:
            return False
        expected = target.expected(settled.name)
        return expected is None or not expected.certain

    def _is_built_alike(self, stored: Manifest, today: _Today) -> bool:
        if stored.environment == manifest.ISOLATED and today.isolated:
            return stored.rules == today.rules and self._still_fit(stored.members)
        if stored.environment == manifest.ISOLATED and today.rules != today.without_isolation:
            # Its own table refuses a build without isolation, but this wheel was built with isolation,
            # as the table requires.
            return stored.rules == today.rules and self._still_fit(stored.members)
        if stored.environment == manifest.ISOLATED:
            # pip itself ignores isolation when it reuses wheels, and no rule affected this one.
            return stored.rules == today.without_isolation and not any(m.helped for m in stored.members)
        if stored.environment == manifest.SETUP_PY and today.isolated and not today.named:
            # Rules for all packages do not move it away from its setup.py.
            return stored.rules == today.without_isolation and builds_by_setup_py(self._command.options)
        if today.rules != today.without_isolation or stored.rules != today.without_isolation:
            return False
        if stored.environment == manifest.NO_ISOLATION and today.isolated:
            # Now it would get a build environment, in which rules could act.
            return self._rules.none_can_matter
        return stored.environment == manifest.NO_ISOLATION or builds_by_setup_py(self._command.options)

    def _still_fit(self, members: Iterable[Member]) -> bool:
        """Return whether each distribution of an old build environment would be the same now."""
        return all(map(self._still_fits, members))

    def _still_fits(self, member: Member) -> bool:
        if not link_contents.is_as_it_was(member.content) or self._judgements.would_stop(member.told):
            return False
        target = self._environments.current.target
        if member.borrowed:
            return self._loans.lender.digest_of(member.name, target.directories) == member.borrowed
        if not member.source:
            return member.name not in self._rules.no_binary_names
        try:
            today = self._rules.digest(member.name, member.version)
        except OverrideError:
            return False
        if today is None or today != member.rules:
            return False
        # Its own target was the build environment, whose other members are unchanged.
        asked = [one for one in member.settled if one.source.origin != "target"]
        return self._rules.settled_alike(asked, target)

    def _is_as_plain_pip_builds(self, today: _Today) -> bool:
        """Return whether a wheel without a manifest, built by pip without the shim, may be used."""
        overrides = self._rules.overrides
        if overrides.record == "all":
            # Such a wheel carries no record.
            return False
        if not today.isolated:
            return today.rules == ""
        # Without a record, a mismatch cannot be detected.
        return self._rules.none_can_matter and overrides.mismatch != "error"

    def _keys(self, cache: WheelCache, link: Link) -> Iterator[str]:
        if cache.cache_dir and not (self._environments.current.depth and link_contents.changes(link)):
            yield cache.get_path_for_link(link)
        yield cache.get_ephem_path_for_link(link)

    def _entry(self, original: Original, call: Call, directory: str) -> CacheEntry | None:
        with self._cached_wheels.led_to(directory):
            entry: CacheEntry | None = call.to(original)
            return entry

    def _check_redirected(self, original: Original, call: Call) -> None:
        """Check that pip's look-up follows our redirection, so that it cannot return a wrong wheel."""
        if not looks_for_wheels(call["self"], normalise(call["package_name"])):
            return
        found = self._entry(original, call, wheels.NOWHERE)
        if found is not None or not self._cached_wheels.was_led:
            seams.refuse_bypass(seams.CACHE_PATH)


class _Today(NamedTuple):
    """How a source would be built now if no wheel of it were found.

    Args:
        rules: the digest of the rules of its build; None if their builds cannot be told apart.
        without_isolation: the digest of the rules that also act without a build environment.
        isolated: whether it gets a build environment, by the options of the pip command.
        named: whether a table that names the package has a rule for it.
        pinned: the names of its run-time requirements that are narrowed.
    """

    rules: str | None
    without_isolation: str
    isolated: bool
    named: bool
    pinned: frozenset[str]


def _is(stored: Manifest, path: str) -> bool:
    try:
        return stored.wheels.get(os.path.basename(path)) == sha256_of_file(path)
    except OSError:
        return False
