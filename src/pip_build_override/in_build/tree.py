"""The tree that a project is built in, without results of an earlier build."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Callable

from ..errors import OverrideError
from ..files import unique
from ..in_pip.builds import backend_settings, leftovers, tree_copy
from ..in_pip.steps.source_tree import check_wheel as check_wheel
from . import seams
from .project import EDITABLE, SDIST

if TYPE_CHECKING:
    from ..in_pip.state.rules_in_force import RulesInForce
    from ..in_pip.state.run_directory import RunDirectory
    from .project import ProjectBuild


def settle(
    build: ProjectBuild,
    move: Callable[[str, str], None],
    distribution: str,
    rules_in_force: RulesInForce,
    run_directory: RunDirectory,
) -> None:
    """Make sure, before a hook runs, that a project is not built with results of another build.

    It is built in a copy of the tree if there are such results, and so is an sdist, which would contain
    C code that another Cython has generated.

    Args:
        build: the build of the project.
        move: makes hooks run in a copy of the sources; it is given the directory and the copy.
        distribution: what is built.
        rules_in_force: the rules in force.
        run_directory: the directory of this run.

    Raises:
        OverrideError: if such results would be used.
    """
    if build.settled or not (build.overridden or build.helped):
        return
    build.settled = True
    directory = build.source_directory
    with backend_settings.variables_of(build):
        found = leftovers.find(
            directory, directory, backend_settings.effective(build), run_directory.path
        )
    build.leftovers = found
    if found.beyond and distribution != SDIST:
        raise OverrideError(
            f"{build.label} is built with {', '.join(found.beyond)}, which is outside its directory and"
            " contains results of an earlier build, possibly compiled against other versions",
            kind="stale-build-files",
            where=rules_in_force.shown,
            hint=f"remove them first: {' '.join(found.beyond)}",
        )
    if not found.paths:
        return
    if distribution == EDITABLE:
        raise OverrideError(
            f"{build.label} is editable, so it is built in {directory}, which contains results of an"
            f" earlier build: {found.listed}; the build backend may reuse them, whatever they were"
            " built against",
            kind="stale-build-files",
            where=rules_in_force.shown,
            hint=f"remove them from {directory} first: {' '.join(found.paths)}",
        )
    place = run_directory.file(f"sources-{unique()[:8]}")
    run_directory.at_end.callback(tree_copy.discard, place)
    copy = tree_copy.copy(directory, place, found.paths)
    move(directory, copy)
    build.move_to(copy)


def move(caller: Any, directory: str, copy: str) -> None:
    """Make pypa/build run the hooks of a build backend in a copy of the sources.

    Args:
        caller: the object through which it calls hooks.
        directory: the directory of the sources.
        copy: the copy.

    Raises:
        OverrideError: if the object is not as known.
    """
    if os.path.abspath(caller.source_dir) != os.path.abspath(directory):
        seams.refuse_bypass(f"{seams.BUILDER}.{seams.CALLER}: is for another directory")
    caller.source_dir = copy
    if caller.backend_path:
        caller.backend_path = [
            os.path.join(copy, os.path.relpath(path, directory)) for path in caller.backend_path
        ]
