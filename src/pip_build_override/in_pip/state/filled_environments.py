"""The build environments that the pips of this run have filled, to fill others like them by copies."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from ... import switch
from ...files import read_json, replace_whole, state_of_file, unique
from ...frozen import replace
from ..builds import compiled, environment_files, filling_key
from ..builds.compiled import Compiled
from ..builds.environment_files import Unfit
from ..builds.filled import Filled
from ..internals.file_urls import path_of

if TYPE_CHECKING:
    from ..builds.environment_files import Listing
    from .environments import Environments, Filling
    from .run_directory import RunDirectory


class FilledEnvironments:
    """Finds environments by their keys, and copies what pip has put there.

    The first environment with a key is copied from where it is, if no build has changed it. If that has
    not been possible, a copy of the next one is kept in the directory of the run.

    Args:
        run_directory: the directory that the pips of this run share.
        environments: the environments that this pip fills.
        wanted: whether environments may be reused; not while ``explain`` plans each of the builds.
    """

    def __init__(
        self, run_directory: RunDirectory, environments: Environments, wanted: bool = True
    ) -> None:
        self._run_directory = run_directory
        self._environments = environments
        self._known: dict[str, Filled] = {}
        self._compiled: dict[str, list[Compiled]] = {}
        # By the directory of the environment, which pip creates for each build.
        self._states: dict[str, tuple[str, str, Listing]] = {}
        self.wanted = wanted and not os.environ.get(switch.NO_REUSE)

    def copy(self, key: str, target: str, root: str) -> Filled | None:
        """Copy what pip has put into an environment with the same key.

        Args:
            key: the key.
            target: the directory that it is copied to.
            root: the directory of the environment to which ``target`` belongs.

        Returns:
            what was copied; None if there is no such environment, or if it cannot be copied. Then
            ``target`` is as it was.
        """
        filled = self._known.get(key) or self._read(key)
        if filled is None or not filled.place or not filled.is_current:
            return None
        try:
            environment_files.copy(
                filled.files, environment_files.contents_in(filled.place), target, root
            )
        except Unfit:
            return None
        self._known[key] = filled
        self._put_compiled(key, filled, target)
        return filled

    def _put_compiled(self, key: str, filled: Filled, target: str) -> None:
        """Put the modules into a copy that Python has compiled in what it was copied from."""
        if key not in self._compiled:
            sources = compiled.modules_in(filled.place, filled.files.files)
            self._compiled[key] = compiled.compile_modules(
                target, sources, environment_files.contents_in(target), os.environ
            )
        compiled.put(target, self._compiled[key])

    def take_compiled(self, key: str, modules: list[Compiled]) -> None:
        """Take modules for the copies of an environment that were compiled in an earlier run.

        Args:
            key: the key of the environment.
            modules: the modules.
        """
        self._compiled[key] = modules

    def note(self, key: str, filling: Filling, files: environment_files.Files, place: str) -> None:
        """Note that pip has filled an environment, before anything has run in it.

        Args:
            key: the key of the environment.
            filling: what is known of it.
            files: what pip has put there.
            place: the directory that pip has installed into.
        """
        if any(member.rules is None for member in filling.members):
            # Nobody can tell whether it would be built from the same sources again.
            return
        if os.environ.get(switch.REPORT) and any(member.source for member in filling.members):
            # The report lists what was built for each environment.
            return
        origins = _states_of_origins(filling)
        if origins is None:
            return
        before = self._known.get(key) or self._read(key)
        filled = Filled(
            place,
            False,
            files,
            tuple(filling.members),
            tuple(filling.distributions),
            tuple(filling.matched),
            tuple(sorted(filling.left_out)),
            filling.installed,
            origins,
        )
        if before is not None and (before.kept or not before.place):
            # Even the copy could not be used.
            filled = replace(filled, place="")
        elif before is not None or not self._environments.outermost:
            # A nested pip removes its environments when it ends, and the outer one goes on.
            filled = self._with_copy(key, filled)
        self._known[key] = filled
        try:
            replace_whole(self._file(key), json.dumps(filled.to_json()).encode())
        except OSError:
            # The other pips of this run fill theirs.
            return

    def note_state(self, root: str, key: str, installed: str, listing: Listing) -> None:
        """Note what an environment contains after the first pass, before anything runs in it.

        Args:
            root: the directory of the environment.
            key: the key of the environment.
            installed: the key of what pip has installed; "" if it is not known.
            listing: what it contains.
        """
        self._states[root] = (key, installed, environment_files.without_compiled(listing))

    def forget_state(self, root: str) -> None:
        """Forget an environment into which something else was put after the first pass."""
        self._states.pop(root, None)

    def keys_if_unchanged(self, root: str, listing: Listing) -> tuple[str, str] | None:
        """Return both keys of an environment after the first pass; None if it is not as it was then.

        A hook of the build backend may have written something there, which pip or a nested build would
        find. What Python compiles does not count.

        Args:
            root: the directory of the environment.
            listing: what it contains now.
        """
        key, installed, before = self._states.pop(root, ("", "", None))
        now = environment_files.without_compiled(listing)
        if before is None or not environment_files.is_unchanged(before, now):
            return None
        return key, installed

    def _with_copy(self, key: str, filled: Filled) -> Filled:
        kept = self._run_directory.file(f"kept-{key[:32]}-{unique()}")
        try:
            contents = environment_files.contents_in(filled.place)
            environment_files.copy(filled.files, contents, kept, filled.files.root)
        except Unfit:
            return replace(filled, place="")
        return replace(filled, place=kept, kept=True)

    def _read(self, key: str) -> Filled | None:
        document = read_json(self._file(key))
        if document is None:
            return None
        try:
            return Filled.from_json(document)
        except (ValueError, RecursionError):
            return None

    def _file(self, key: str) -> str:
        return self._run_directory.file(f"filled-{key}.json")


def _states_of_origins(filling: Filling) -> tuple[tuple[str, str], ...] | None:
    """Return the local files that distributions were installed from, each with its state.

    The requirement of a distribution may name a file that no option and no other requirement names.

    Returns:
        The files; None if one of the distributions may be another one each time, because it was built
        from a directory or a repository, or if a file cannot be found.
    """
    found = {}
    try:
        for origin in filling.distributions:
            if filling_key.is_changeable(origin.url):
                return None
            path = path_of(origin.url)
            if path:
                found[path] = state_of_file(path)
    except OSError:
        return None
    return tuple(found.items())
