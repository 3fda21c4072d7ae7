"""Copies of source trees, without the results of earlier builds.

From inside, a copy looks like the original, which is not written to. A tree that Git tracks is copied
starting at the root of its checkout, with its own ``.git``: a build backend gets the same answers from
Git, and finds the same files at ``../``. What is beside the checkout is available through links.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
from typing import Iterable

from ...errors import OverrideError
from . import git_checkout, leftovers
from .leftovers import Tracked

# The number of directories above the copy that exist too, with links to what is in the originals.
_LEVELS_ABOVE = 3
# Large, and used by no build backend.
_LEFT_OUT = frozenset((".tox", ".nox"))


def copy(tree: str, place: str, leave_out: Iterable[str]) -> str:
    """Copy a source tree.

    Args:
        tree: The root of the sources.
        place: The directory for the copy, which must not exist yet.
        leave_out: Paths relative to the tree, with ``/``.

    Returns:
        The root of the sources in the copy.

    Raises:
        OverrideError: If the tree cannot be copied.
    """
    tree = os.path.realpath(tree)
    out = {os.path.normpath(os.path.join(tree, path)) for path in leave_out}
    known = leftovers.tracked_in(tree)
    top = known.top if known is not None else tree
    try:
        new_top = _surroundings(top, place)
        copying = _Copying(top, tree, known, out, os.path.realpath(place))
        copying.directory(top, new_top)
    except OSError as error:
        raise _not_copied(error, tree, sorted(leave_out)) from None
    return os.path.join(new_top, os.path.relpath(tree, top)) if tree != top else new_top


def remove(tree: str, paths: Iterable[str]) -> None:
    """Remove files and directories from a tree that is already a copy.

    Raises:
        OverrideError: If one of them cannot be removed.
    """
    for path in paths:
        full = os.path.join(tree, path)
        try:
            if os.path.isdir(full) and not os.path.islink(full):
                shutil.rmtree(full)
            elif os.path.lexists(full):
                os.unlink(full)
        except OSError as error:
            raise OverrideError(
                f"cannot remove {full}, which is the result of an earlier build: {error}",
                kind="stale-build-files",
                hint=f"remove {path} from the original sources",
            ) from None


def discard(place: str) -> None:
    """Remove a copy as far as possible."""
    shutil.rmtree(place, ignore_errors=True)


def _surroundings(top: str, place: str) -> str:
    """Make the directories above a copy, with links to what is beside the original.

    Returns:
        The root of the copy, which is empty.
    """
    above: list[str] = []
    directory = top
    while len(above) < _LEVELS_ABOVE and os.path.dirname(directory) != directory:
        above.append(os.path.basename(directory))
        directory = os.path.dirname(directory)
    new = place
    os.makedirs(new)
    here = directory
    for name in reversed(above):
        # A .git there belongs to a checkout that does not track the tree.
        _link_all(here, new, {name, ".git"})
        new, here = os.path.join(new, name), os.path.join(here, name)
        os.mkdir(new)
    return new


def _link_all(directory: str, new: str, leave_out: set[str]) -> None:
    try:
        names = os.listdir(directory)
    except OSError:
        # No build can read this directory either.
        return
    for name in names:
        if name not in leave_out:
            _link(os.path.join(directory, name), os.path.join(new, name))


def _link(path: str, new: str) -> None:
    try:
        os.symlink(path, new, target_is_directory=os.path.isdir(path))
    except (OSError, NotImplementedError):
        # On Windows, not every user may create links.
        pass


class _Copying:
    """Copies one tree, as part of the checkout that it is in.

    Args:
        top: The root of the checkout, or of the tree if there is none.
        tree: The root of the sources, which are all copied.
        known: What version control tracks.
        leave_out: The paths that are not copied.
        place: Where the copy is made, which may be below the tree.
    """

    def __init__(
        self, top: str, tree: str, known: Tracked | None, leave_out: set[str], place: str
    ) -> None:
        self.tree = tree
        self.prefix = os.path.join(top, "")
        self.leave_out = leave_out | {place, os.path.dirname(place)}
        self.known = known
        self.leads_to_tree = {top}
        directory = tree
        while directory != top:
            self.leads_to_tree.add(directory)
            directory = os.path.dirname(directory)

    def directory(self, source: str, to: str) -> None:
        """Copy one directory into an existing one."""
        inside = source == self.tree or source.startswith(os.path.join(self.tree, ""))
        with os.scandir(source) as found:
            entries = list(found)
        for entry in entries:
            new = os.path.join(to, entry.name)
            if entry.path in self.leave_out or entry.name in _LEFT_OUT:
                continue
            if entry.name == ".git" and self._history(source, to):
                continue
            is_directory = entry.is_dir(follow_symlinks=False)
            if is_directory and os.path.lexists(os.path.join(entry.path, "pyvenv.cfg")):
                continue
            if not inside and not self._is_needed(entry.path, is_directory):
                if not leftovers.is_compiled(entry.name):
                    _link(entry.path, new)
            elif is_directory:
                os.mkdir(new)
                self.directory(entry.path, new)
                shutil.copystat(entry.path, new)
                os.chmod(new, stat.S_IMODE(os.stat(new).st_mode) | stat.S_IRWXU)
            elif entry.is_symlink():
                self._symbolic_link(entry.path, new)
            elif entry.is_file(follow_symlinks=False):
                shutil.copy2(entry.path, new)
            # Sockets and pipes are not sources.

    def _is_needed(self, path: str, is_directory: bool) -> bool:
        """Return whether something beside the tree must be copied, so that Git sees no change in it."""
        assert self.known is not None
        if not is_directory:
            return path in self.known
        return path in self.leads_to_tree or self.known.within(path)

    def _history(self, source: str, to: str) -> bool:
        repository = git_checkout.at(source)
        if repository is None:
            return False
        git_checkout.copy_history(repository, to)
        return True

    def _symbolic_link(self, path: str, new: str) -> None:
        target = os.readlink(path)
        if os.path.isabs(target) and os.path.realpath(path).startswith(os.path.join(self.tree, "")):
            # It would lead from the copy into the original.
            target = os.path.relpath(os.path.realpath(path), os.path.realpath(os.path.dirname(path)))
        elif (
            os.path.exists(path)
            and not os.path.realpath(path).startswith(self.prefix)
            and not os.path.exists(os.path.join(os.path.dirname(new), target))
        ):
            # It leads farther away than the links around the copy reach.
            target = os.path.realpath(path)
        os.symlink(target, new)


def _not_copied(error: OSError, tree: str, leave_out: list[str]) -> OverrideError:
    what = f"{error.filename}: {error.strerror}" if error.filename else str(error)
    listed = " ".join(leave_out)
    hint = f"remove the results of earlier builds there ({listed}), so that no copy is needed"
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", None)):
        hint += "; or set TMPDIR to a directory with more room"
    return OverrideError(
        f"cannot copy {tree} to build it without the results of earlier builds: {what}",
        kind="stale-build-files",
        hint=hint,
    )
