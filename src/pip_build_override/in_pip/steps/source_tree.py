"""The tree that a package is built in, without results of an earlier build or preparation."""

from __future__ import annotations

import os
import zipfile
from typing import TYPE_CHECKING

from ...errors import OverrideError
from ...files import unique
from ..builds import backend_settings, leftovers, tree_copy
from ..builds.leftovers import Leftovers
from ..builds.tree_state import TreeState
from ..internals import objects, specifiers

if TYPE_CHECKING:
    from ..builds.build import Build
    from ..builds.package_build import PackageBuild
    from ..state.environments import Environments
    from ..state.explained import Explained
    from ..state.messages import Messages
    from ..state.rules_in_force import RulesInForce
    from ..state.run_directory import RunDirectory
    from ..state.trees import Trees

# Since this version, setuptools builds an editable project in temporary directories, and then
# overwrites the files beside the sources.
_SETUPTOOLS_BUILDS_ELSEWHERE = ">=64"
_BELONGS = (
    "if one of them is a source file, add it to version control (git add -f), or build from an sdist"
)
_LIBRARY_ENDINGS = (".pyd", ".dylib", ".dll")


class SourceTree:
    """Provides the tree that a package is built in.

    Args:
        rules_in_force: the rules in force.
        environments: the environments that this pip fills.
        messages: emits warnings.
        explained: what ``explain`` asks for.
        run_directory: the directory that the pips of this run share.
        trees: the directories that only this pip builds in.
    """

    def __init__(
        self,
        rules_in_force: RulesInForce,
        environments: Environments,
        messages: Messages,
        explained: Explained,
        run_directory: RunDirectory,
        trees: Trees,
    ) -> None:
        self._rules = rules_in_force
        self._environments = environments
        self._messages = messages
        self._explained = explained
        self._run_directory = run_directory
        self._trees = trees

    def settle(self, build: Build) -> None:
        """Make sure, before a package is prepared, that its tree contains no results of another build.

        Raises:
            OverrideError: if such results are outside of its directory, or cannot be removed.
        """
        build.leftovers = self._search(build)
        self._refuse_beyond(build)
        if _is_archive(build):
            return
        leave_out = (*build.leftovers.paths, *build.written_by_hooks)
        if not build.req.editable and (leave_out or self._must_be_copied(build)):
            self._leave_out(build, leave_out)
        if not build.moved_from:
            build.tree_before = TreeState(_source_dir(build))

    def _must_be_copied(self, build: Build) -> bool:
        """Return whether even a tree without results of another build must be copied."""
        if build.in_a_copy or self._explained.wanted:
            # Nobody expects files written by the hooks there.
            return True
        if self._environments.current.depth:
            # Its results would be used by the build for the target, which is already prepared.
            return True
        return build.in_place and not self._trees.has_to_itself(_source_dir(build))

    def start_again(self, build: Build) -> None:
        """Provide a tree that no hook has written to, for a source that was prepared before.

        Raises:
            OverrideError: if the hooks have changed files in place.
        """
        if _is_archive(build):
            build.unpack_archive()
            return
        if build.moved_from:
            build.req.source_dir, build.moved_from = build.moved_from, ""
            return
        if build.tree_before is None:
            return
        changes = build.tree_before.changes()
        if changes.changed or (changes.new and build.req.editable):
            raise OverrideError(
                f"{build.label} must be prepared a second time, because its build environment contains"
                " another version of a requirement that its build backend returns, but the backend has"
                f" written to {leftovers.listed(changes.changed or changes.new)} in"
                f" {_source_dir(build)}",
                kind="sources-changed",
                where=self._rules.shown,
                hint="restore those files, and have the requirement installed from the start: put"
                f" {_from_the_start(build)} into the table package.{build.package.name}",
            )
        build.written_by_hooks = changes.new

    def begin_without_leftovers(self, build: Build) -> bool:
        """Check the tree of a package without rules whose build environment is affected by a rule.

        Returns:
            whether it must be prepared again, in a tree without results of an earlier build.
        """
        if build.overridden or build.leaves_nothing or not build.helped:
            return False
        build.leaves_nothing = bool(self._search(build) != Leftovers())
        return build.leaves_nothing

    def check_editable(self, build: Build, hook: str) -> None:
        """Check that an editable project is not built with results of an earlier build.

        Args:
            build: the build of the project; its build environment contains what it declares.
            hook: the hook of the backend that pip is about to call.

        Raises:
            OverrideError: if the backend would use such results.
        """
        if (
            not build.req.editable
            or self._explained.wanted
            or not (build.overridden or build.leaves_nothing)
        ):
            return
        left = build.leftovers
        compiled = left.compiled
        backend = objects.backend_name(build.req)
        setuptools = build.environment.get("setuptools", "0")
        if (
            hook == "get_requires_for_build_editable"
            and backend.startswith("setuptools.")
            and specifiers.satisfies(setuptools, _SETUPTOOLS_BUILDS_ELSEWHERE)
        ):
            compiled = ()
        cython = build.environment.get("cython")
        stale = [
            path for path, release in left.generated if not specifiers.same_version(cython, release)
        ]
        if compiled or stale:
            found = (*compiled, *stale)
            raise OverrideError(
                f"{build.label} is editable, so it is built in {_source_dir(build)}, which contains"
                f" results of an earlier build: {leftovers.listed(found)}; the build backend may reuse"
                " them, whatever they were built against",
                kind="stale-build-files",
                where=self._rules.shown,
                hint=f"remove them from {_source_dir(build)} first: {' '.join(found)}",
            )

    def tell_left_out(self, build: Build) -> None:
        """Warn which files were left out of a build that failed, because one of them may be needed."""
        if build.moved_from and build.leftovers.paths:
            self._messages.warn(
                OverrideError(
                    f"{build.label} was built in a copy of {build.original}, without files that look"
                    f" like results of earlier builds: {build.leftovers.listed}",
                    kind="stale-build-files",
                    hint=_BELONGS,
                )
            )

    def _search(self, build: Build) -> Leftovers:
        tree, project = _source_dir(build), build.source_directory
        settings = backend_settings.effective(build)
        with backend_settings.variables_of(build):
            return self._find(build, tree, project, settings)

    def _find(self, build: Build, tree: str, project: str, settings: dict[str, object]) -> Leftovers:
        if not (objects.link_of(build.req).is_existing_dir() or build.req.editable):
            # An sdist or a fresh checkout, which may still be built in a directory elsewhere.
            return Leftovers(beyond=leftovers.beyond(tree, project, settings))
        return leftovers.find(tree, project, settings, self._run_directory.path)

    def _leave_out(self, build: Build, paths: tuple[str, ...]) -> None:
        original = _source_dir(build)
        if not build.in_place:
            # A checkout, or the copy of a directory that pip 21.2 makes.
            tree_copy.remove(original, paths)
            return
        place = self._run_directory.file(f"sources-{unique()[:8]}")
        self._run_directory.at_end.callback(tree_copy.discard, place)
        copied = tree_copy.copy(original, place, paths)
        build.moved_from = original
        build.req.source_dir = copied

    def _refuse_beyond(self, build: Build) -> None:
        if build.leftovers.beyond:
            listed = ", ".join(build.leftovers.beyond)
            raise OverrideError(
                f"{build.label} is built with {listed}, which is outside its directory and contains"
                " results of an earlier build, possibly compiled against other versions",
                kind="stale-build-files",
                where=self._rules.shown,
                hint=f"remove them first: {' '.join(build.leftovers.beyond)}",
            )


def check_wheel(build: PackageBuild, wheel: str) -> None:
    """Check that a wheel contains all modules that were left out of its source tree.

    Raises:
        OverrideError: if one is missing, because it may belong to the sources.
    """
    if not build.leftovers.modules or build.editable:
        return
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    made = {_stem(name) for name in names if _is_library(name)}
    packages = {part for name in names for part in name.split("/")[:-1]}
    missing = [
        path
        for path in build.leftovers.modules
        if _stem(path) not in made and _is_shipped(path.split("/")[:-1], packages)
    ]
    if missing:
        raise OverrideError(
            f"{build.label} was built without {leftovers.listed(tuple(missing))}, which looks like the"
            f" result of an earlier build in {build.original}, but the wheel does not contain it",
            kind="stale-build-files",
            hint=f"if it is such a result, remove it from {build.original}; {_BELONGS}",
        )


def _is_archive(build: Build) -> bool:
    archive = objects.downloaded_file(build.req)
    return bool(archive) and os.path.isfile(archive)


def _from_the_start(build: Build) -> str:
    """Return the TOML key that puts the requirements of the hook into the first pass."""
    if any("@" in text for text in build.early):
        # A constraint cannot name a file.
        return f"requires = [{', '.join(map(repr, (*build.first_pass,)))}]"
    return f"constrain = [{', '.join(map(repr, build.early))}]"


def _source_dir(build: Build) -> str:
    return str(build.req.source_dir)


def _stem(path: str) -> str:
    return path.rpartition("/")[2].partition(".")[0]


def _is_library(path: str) -> bool:
    return path.endswith(_LIBRARY_ENDINGS) or ".so" in path.rpartition("/")[2]


def _is_shipped(directories: list[str], packages: set[str]) -> bool:
    """Return whether a wheel would contain a file of a source directory, if it were a source file."""
    return directories in ([], ["src"]) or not packages.isdisjoint(directories)
