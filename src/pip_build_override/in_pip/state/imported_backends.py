"""The processes that have imported a build backend, each for the hooks of one build."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, Callable, NamedTuple, Sequence

from ... import switch
from ..builds import environment_files, known_backends
from ..internals import hook_processes

if TYPE_CHECKING:
    from contextlib import ExitStack

    from ..builds.build import Build
    from ..builds.environment_files import Listing
    from ..internals.hook_processes import Command, Imported

# Each of them holds a backend in memory. pip prepares all packages before it builds any of them.
_MOST = 8


class _Waiting(NamedTuple):
    """A process that waits for further hooks.

    Args:
        imported: The process.
        surroundings: What it was started with.
        listing: What was in the build environment after the import.
    """

    imported: Imported
    surroundings: tuple[object, ...]
    listing: Listing


class ImportedBackends:
    """Runs the hooks of a build in copies of one process, if that is the same as a new one for each.

    Args:
        at_end: closed when the command ends.
        wanted: whether processes may be reused.
    """

    def __init__(self, at_end: ExitStack, wanted: bool) -> None:
        # What a copy needs to know of its process is in /proc; and elsewhere, libraries of the system
        # do not work in copies.
        self._wanted = wanted and sys.platform == "linux" and not os.environ.get(switch.NO_REUSE)
        self._waiting: dict[str, _Waiting] = {}
        # The environments in which an import leaves something behind that a copy lacks.
        self._left_alone: set[str] = set()
        if self._wanted:
            at_end.callback(self._close_all)

    def start(self, build: Build, command: Command, own: Callable[[], Any]) -> Any:
        """Start a process for a hook, or use one that was started before.

        Args:
            build: the build.
            command: pip's command for the hook.
            own: has pip start its own process.
        """
        root = build.environment_root
        if not self._wanted or not root or not _is_below_pip(command.keywords["env"]):
            return own()
        waiting = self._waiting.get(root)
        alone = command.hook in hook_processes.LAST or root in self._left_alone
        if waiting is None and alone:
            return own()
        if waiting is not None:
            now = environment_files.listing(root)
            if waiting.surroundings == command.surroundings and _is_current(root, waiting.listing, now):
                copy = waiting.imported.start(command)
                if copy is not None:
                    return copy
            self._close(root)
        if alone:
            return own()
        listing: dict[str, os.stat_result] = {}

        def accept(loaded: Sequence[str]) -> bool:
            listing.update(environment_files.listing(root))
            return known_backends.are_known(root, loaded)

        process, imported = hook_processes.start_first(command, root, accept)
        if imported is None:
            self._left_alone.add(root)
        else:
            if len(self._waiting) >= _MOST:
                self._close(next(iter(self._waiting)))
            self._waiting[root] = _Waiting(imported, command.surroundings, listing)
        return process

    def end(self, build: Build) -> None:
        """End the process for a build, after its last hook."""
        self._close(build.environment_root)

    def _close(self, root: str) -> None:
        waiting = self._waiting.pop(root, None)
        if waiting is not None:
            waiting.imported.close()

    def _close_all(self) -> None:
        for root in list(self._waiting):
            self._close(root)


def _is_current(root: str, before: Listing, now: Listing) -> bool:
    """Return whether a build environment is as it was, except for further compiled modules."""
    kept = {path: seen for path, seen in now.items() if path in before}
    return environment_files.is_unchanged(before, kept) and all(
        environment_files.is_compiled(root, path, seen)
        for path, seen in now.items()
        if path not in before
    )


def _is_below_pip(environment: dict[str, str]) -> bool:
    """Return whether the start-up hook leaves all that a hook starts to the pips below.

    It looks at the command line of a process only if there is no pip above that has loaded the shim.
    """
    return bool(environment.get(switch.FOLLOWED)) and any(map(environment.get, switch.BUILD_TRACKERS))
