"""What earlier builds left in a source tree, as far as this can be detected.

Build backends reuse existing object files, extension modules and generated C files, judging them by
modification time alone, whatever they were built against. Files under version control do not count.
"""

from __future__ import annotations

import configparser
import os
import re
from typing import Callable, Iterator, Mapping, NamedTuple

from ...frozen import Frozen
from ...rules.standards import read_toml
from . import cython_output, git_checkout

# Nothing is built in these, or only by builds other than that of the tree.
_PASSED_OVER = frozenset(
    (".git", ".hg", ".svn", ".bzr", ".tox", ".nox", "node_modules", "__pycache__", "site-packages")
)
_ENVIRONMENT_MARKS = frozenset(("pyvenv.cfg", "conda-meta"))

_OBJECTS = frozenset((".o", ".os", ".lo", ".gch", ".pch", ".pyd", ".rlib", ".rmeta"))
# People also put these beside the sources to link with, so they count only if version control is known.
_LIBRARIES = frozenset((".a", ".la", ".dylib", ".dll"))
# 3D models and lists have these endings too, so the first bytes decide.
_AMBIGUOUS = frozenset((".obj", ".lib"))
_OF_A_SOURCE = frozenset((".o", ".os", ".lo"))
_SOURCES = (".c", ".cc", ".cpp", ".cxx", ".C", ".f", ".f90", ".F", ".F90", ".m", ".s", ".S", ".cu")
_COFF = (b"\x64\x86", b"\x4c\x01", b"\x64\xaa", b"\xc4\x01", b"\x00\x00\xff\xff", b"!<arch>\n")
_OF_PYTHON = re.compile(r"\.(?:o|os|lo|pyd|(?:cpython-|pypy|abi3)[^.]*\.so|abi3\.so)$")
_SHARED = re.compile(r"\.so(?:\.\d+)*$")

# Made by a build tool in a directory that contains nothing else.
_BUILD_MARKS = frozenset(
    ("CMakeCache.txt", "CMakeFiles", "build.ninja", ".ninja_log", "meson-private", ".rustc_info.json")
)
_CONFIGURED = frozenset(("config.status", "config.cache"))
_MAKES_MAKEFILES = frozenset(("config.status", "CMakeCache.txt"))
_SOURCE_MARKS = frozenset(("CMakeLists.txt", "meson.build", "setup.py", "pyproject.toml", "Cargo.toml"))
_BUILD_DIRECTORIES = ("build", "_skbuild", "builddir")
# What setuptools and meson-python create in "build", which may also be a directory of sources.
_OF_A_BACKEND = re.compile(r"(?:temp|lib|bdist|src|scripts|cp\d+|pp\d+)(?:[.\-].*)?$")

_C_SOURCES = frozenset((".c", ".cc", ".cpp", ".cxx"))
_SHOWN = 6


class Leftovers(Frozen):
    """What earlier builds left, each path relative to the tree, with ``/``.

    Attributes:
        compiled: Compiled files, and directories that contain only results of builds.
        generated: C and C++ files, each with the release of Cython that generated it.
        modules: The compiled files that are extension modules or libraries beside the sources.
        beyond: Directories outside the tree that its builds use and that contain compiled files.
    """

    compiled: tuple[str, ...] = ()
    generated: tuple[tuple[str, str], ...] = ()
    modules: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()

    @property
    def paths(self) -> tuple[str, ...]:
        """All files and directories in the tree."""
        return (*self.compiled, *(path for path, _ in self.generated))

    @property
    def listed(self) -> str:
        """The same paths, formatted for a message."""
        return listed(self.paths)


def listed(paths: tuple[str, ...]) -> str:
    """Return paths formatted for a message, shortened to a readable number."""
    return ", ".join(paths[:_SHOWN]) + (", …" if len(paths) > _SHOWN else "")


def find(
    tree: str, project: str = "", settings: Mapping[str, object] | None = None, passed_over: str = ""
) -> Leftovers:
    """Return what earlier builds left in a tree.

    Args:
        tree: The root of the sources.
        project: The directory in it that is built; by default the root.
        settings: The user's ``config_settings`` for it.
        passed_over: A directory to ignore, wherever it is.
    """
    project = project or tree
    return _Search(tree, project, configured_directories(project, settings or {}), passed_over).result()


def beyond(
    tree: str, project: str = "", settings: Mapping[str, object] | None = None
) -> tuple[str, ...]:
    """Return the directories outside a tree that its builds use and that contain compiled files.

    Args:
        tree: The root of the sources.
        project: The directory in it that is built; by default the root.
        settings: The user's ``config_settings`` for it.
    """
    project = project or tree
    return _Search(tree, project, configured_directories(project, settings or {}), "").beyond_the_tree


def configured_directories(project: str, settings: Mapping[str, object]) -> tuple[str, ...]:
    """Return the directories that a project is configured to be built in, as written there.

    Args:
        project: The directory of the project.
        settings: The user's ``config_settings`` for it.
    """
    found = [*_of_setuptools(project), *_of_scikit_build(project)]
    found += [os.environ.get("SKBUILD_BUILD_DIR", "")]
    for name in ("build-dir", "builddir", "skbuild.build-dir"):
        value = settings.get(name)
        found += [value] if isinstance(value, str) else []
    # In "build/{wheel_tag}", only the part before the placeholder is known.
    paths = (re.split(r"[/\\]?[^/\\]*\{", value, maxsplit=1)[0] for value in found if value)
    return tuple(dict.fromkeys(path for path in paths if path))


def _of_setuptools(project: str) -> Iterator[str]:
    home = os.path.expanduser("~")
    name = "pydistutils.cfg" if os.name == "nt" else ".pydistutils.cfg"
    extra = os.environ.get("DIST_EXTRA_CONFIG", "")
    for file in filter(None, (os.path.join(home, name), os.path.join(project, "setup.cfg"), extra)):
        parser = configparser.RawConfigParser()
        try:
            with open(file, encoding="utf-8", errors="replace") as text:
                parser.read_file(text)
        except (OSError, configparser.Error):
            continue
        for section, option in _SETUPTOOLS:
            for spelt in (option, option.replace("_", "-")):
                value = parser.get(section, spelt, fallback="")
                if value:
                    yield value


_SETUPTOOLS = (
    ("build", "build_base"),
    ("build", "build_temp"),
    ("build", "build_lib"),
    ("build", "build_platlib"),
    ("build_ext", "build_temp"),
    ("build_ext", "build_lib"),
    ("build_clib", "build_clib"),
    ("build_clib", "build_temp"),
)


def _of_scikit_build(project: str) -> Iterator[str]:
    try:
        with open(os.path.join(project, "pyproject.toml"), encoding="utf-8", errors="replace") as file:
            table: object = read_toml(file.read()).get("tool")
    except (OSError, ValueError):
        return
    for key in ("scikit-build", "build-dir"):
        table = table.get(key) if isinstance(table, dict) else None
    if isinstance(table, str):
        yield table


class Tracked(NamedTuple):
    """What version control tracks in one checkout.

    Attributes:
        top: The root of the checkout.
        files: The tracked files, relative to it.
        directories: The directories that contain them, relative to it.
    """

    top: str
    files: frozenset[str]
    directories: frozenset[str]

    def __contains__(self, path: object) -> bool:
        return os.path.relpath(str(path), self.top).replace(os.sep, "/") in self.files

    def within(self, directory: str) -> bool:
        """Return whether any file in a directory is tracked."""
        return os.path.relpath(directory, self.top).replace(os.sep, "/") in self.directories


def tracked_in(tree: str) -> Tracked | None:
    """Return what version control tracks in a tree, or None if that is unknown or nothing."""
    repository = git_checkout.around(tree)
    files = git_checkout.tracked_files(repository) if repository is not None else None
    if repository is None or not files:
        return None
    directories = {"."}
    for file in files:
        parent = file.rpartition("/")[0]
        while parent and parent not in directories:
            directories.add(parent)
            parent = parent.rpartition("/")[0]
    known = Tracked(repository.top, files, frozenset(directories))
    # The tree itself may be ignored, such as an unpacked sdist in a scratch directory.
    return known if known.within(os.path.realpath(tree)) else None


class _Search:
    def __init__(self, tree: str, project: str, configured: tuple[str, ...], passed_over: str) -> None:
        self.tree = os.path.realpath(tree)
        project = os.path.realpath(project)
        self.passed_over = os.path.realpath(passed_over) if passed_over else ""
        self.compiled: list[str] = []
        self.generated: list[tuple[str, str]] = []
        self.modules: list[str] = []
        self.beyond: list[str] = []
        self.build_directories = {os.path.join(project, name) for name in _BUILD_DIRECTORIES}
        self.whole: set[str] = set()
        for path in configured:
            directory = os.path.normpath(os.path.join(project, os.path.expanduser(path)))
            if os.path.isabs(path) or not _is_in(directory, self.tree):
                self._look_beyond(directory)
            elif directory not in (project, self.tree):
                self.build_directories.add(directory)
                self.whole.add(directory)

    def result(self) -> Leftovers:
        self._look(self.tree, tracked_in(self.tree))
        return Leftovers(
            tuple(self.compiled),
            tuple(self.generated),
            tuple(self.modules),
            self.beyond_the_tree,
        )

    @property
    def beyond_the_tree(self) -> tuple[str, ...]:
        return tuple(sorted(set(self.beyond)))

    def _relative(self, path: str) -> str:
        return os.path.relpath(path, self.tree).replace(os.sep, "/")

    def _look(self, directory: str, tracked: Tracked | None) -> None:
        entries = _entries(directory)
        names = {entry.name for entry in entries}
        if directory != self.tree and ".git" in names:
            # For a submodule, or a clone of something else, only its own index knows.
            tracked = tracked_in(directory)
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                self._look_at_directory(entry.path, entry.name, tracked)
            elif entry.is_symlink() and os.path.isdir(entry.path):
                self._look_at_link(entry.path, tracked)
            else:
                self._look_at_file(entry.path, entry.name, names, tracked)

    def _look_at_directory(self, path: str, name: str, tracked: Tracked | None) -> None:
        if self._is_passed_over(path, name):
            return
        if self._is_left(path, name, tracked):
            self.compiled.append(self._relative(path))
        elif path in self.build_directories and tracked is None and _holds_compiled(path):
            # It may be a directory of sources, such as a package of that name.
            for entry in _entries(path):
                if entry.is_dir(follow_symlinks=False) and _OF_A_BACKEND.match(entry.name):
                    self.compiled.append(self._relative(entry.path))
                elif entry.is_dir(follow_symlinks=False):
                    self._look_at_directory(entry.path, entry.name, tracked)
                else:
                    self._look_at_file(entry.path, entry.name, set(), tracked)
        else:
            self._look(path, tracked)

    def _is_passed_over(self, path: str, name: str) -> bool:
        if name in _PASSED_OVER or path == self.passed_over:
            return True
        return any(os.path.lexists(os.path.join(path, mark)) for mark in _ENVIRONMENT_MARKS)

    def _is_left(self, path: str, name: str, tracked: Tracked | None) -> bool:
        """Return whether a directory as a whole is the result of a build."""
        if tracked is not None and tracked.within(path):
            return False
        if name == ".eggs":
            # Old setuptools puts the contents before the build environment on sys.path.
            return any(".egg" in entry.name for entry in _entries(path))
        if name in _BUILD_MARKS:
            return True
        if path in self.whole or name == "_skbuild":
            return _holds_compiled(path)
        names = {entry.name for entry in _entries(path)}
        if names & _BUILD_MARKS and not names & _SOURCE_MARKS:
            return True
        return tracked is not None and path in self.build_directories and _holds_compiled(path)

    def _look_at_link(self, path: str, tracked: Tracked | None) -> None:
        """Look at the target of a link, which is not part of a copy of the tree."""
        real = os.path.realpath(path)
        if _is_in(real, self.tree) or _is_in(self.tree, real):
            return
        if self._is_passed_over(real, os.path.basename(path)):
            return
        if path in self.build_directories and (tracked is None or path not in tracked):
            if _holds_compiled(real):
                self.compiled.append(self._relative(path))
        elif _holds_compiled(real, _is_of_python):
            self.beyond.append(path)

    def _look_at_file(self, path: str, name: str, beside: set[str], tracked: Tracked | None) -> None:
        known = tracked is not None
        stem, ending = os.path.splitext(name)
        # Without version control, an object file that has no source may itself be a source.
        compiled = _is_compiled(path, name, known=known) and (
            known or ending not in _OF_A_SOURCE or any(f"{stem}{of}" in beside for of in _SOURCES)
        )
        if compiled or _is_of_a_build_tool(name, beside):
            if tracked is None or path not in tracked:
                self.compiled.append(self._relative(path))
                if ending in (".pyd", ".dylib", ".dll") or _SHARED.search(name):
                    self.modules.append(self._relative(path))
        elif tracked is not None and ending in _C_SOURCES and {f"{stem}.pyx", f"{stem}.py"} & beside:
            release = cython_output.version_of(path)
            if release and path not in tracked:
                self.generated.append((self._relative(path), release))

    def _look_beyond(self, directory: str) -> None:
        if os.path.isdir(directory) and _holds_compiled(directory):
            self.beyond.append(directory)


def _is_of_a_build_tool(name: str, beside: set[str]) -> bool:
    """Return whether a file beside the sources is a build tool's state from an earlier run."""
    if name in _BUILD_MARKS or name in _CONFIGURED:
        return True
    return name in ("Makefile", "cmake_install.cmake") and bool(beside & _MAKES_MAKEFILES)


def _holds_compiled(directory: str, is_compiled: Callable[[str, str], bool] | None = None) -> bool:
    """Return whether a directory contains anything compiled, or a build tool's state.

    Args:
        directory: The path of the directory.
        is_compiled: Decides by the path and name of a file.
    """
    decides = is_compiled or _is_any
    for entry in _entries(directory):
        if entry.name in _BUILD_MARKS:
            return True
        if entry.is_dir(follow_symlinks=False):
            if entry.name not in _PASSED_OVER and _holds_compiled(entry.path, decides):
                return True
        elif decides(entry.path, entry.name):
            return True
    return False


def is_compiled(name: str) -> bool:
    """Return whether a file of that name is an object file or a module that Python loads."""
    return _OF_PYTHON.search(name) is not None


def _is_any(path: str, name: str) -> bool:
    return _is_compiled(path, name, known=True)


def _is_of_python(_: str, name: str) -> bool:
    # System libraries, to which a link may lead, do not count.
    return is_compiled(name)


def _is_compiled(path: str, name: str, *, known: bool) -> bool:
    """Return whether a file is compiled.

    Args:
        path: The path of the file.
        name: The name of the file.
        known: Whether it is known not to be shipped with the sources.
    """
    ending = os.path.splitext(name)[1].lower()
    if ending in _OBJECTS or _SHARED.search(name):
        return True
    if not known:
        return False
    if ending in _AMBIGUOUS:
        try:
            with open(path, "rb") as file:
                return file.read(8).startswith(_COFF)
        except OSError:
            return False
    return ending in _LIBRARIES


def _entries(directory: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(directory) as found:
            return sorted(found, key=lambda entry: entry.name)
    except OSError:
        return []


def _is_in(path: str, directory: str) -> bool:
    return path == directory or path.startswith(os.path.join(directory, ""))
