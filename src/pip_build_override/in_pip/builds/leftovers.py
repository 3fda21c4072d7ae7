"""What earlier builds have left in a source tree, as far as a tree tells it.

Build backends take object files, extension modules and generated C files as they find them, by their
time alone, whatever they were made against. What the tree's version control tracks is no such file.
"""

from __future__ import annotations

import configparser
import os
import re
from typing import Callable, Iterator, Mapping, NamedTuple

from ...frozen import Frozen
from ...rules.standards import read_toml
from . import cython_output, git_checkout

# Nothing is built in these, or by other builds than that of the tree.
_PASSED_OVER = frozenset(
    (".git", ".hg", ".svn", ".bzr", ".tox", ".nox", "node_modules", "__pycache__", "site-packages")
)
_ENVIRONMENT_MARKS = frozenset(("pyvenv.cfg", "conda-meta"))

_OBJECTS = frozenset((".o", ".os", ".lo", ".gch", ".pch", ".pyd", ".rlib", ".rmeta"))
# Also what somebody puts beside the sources to link with, so only where version control says otherwise.
_LIBRARIES = frozenset((".a", ".la", ".dylib", ".dll"))
# Also the endings of 3D models and of lists: by their first bytes.
_AMBIGUOUS = frozenset((".obj", ".lib"))
_OF_A_SOURCE = frozenset((".o", ".os", ".lo"))
_SOURCES = (".c", ".cc", ".cpp", ".cxx", ".C", ".f", ".f90", ".F", ".F90", ".m", ".s", ".S", ".cu")
_COFF = (b"\x64\x86", b"\x4c\x01", b"\x64\xaa", b"\xc4\x01", b"\x00\x00\xff\xff", b"!<arch>\n")
_OF_PYTHON = re.compile(r"\.(?:o|os|lo|pyd|(?:cpython-|pypy|abi3)[^.]*\.so|abi3\.so)$")
_SHARED = re.compile(r"\.so(?:\.\d+)*$")

# Made by a build tool in a directory that is all its own.
_BUILD_MARKS = frozenset(
    ("CMakeCache.txt", "CMakeFiles", "build.ninja", ".ninja_log", "meson-private", ".rustc_info.json")
)
_CONFIGURED = frozenset(("config.status", "config.cache"))
_MAKES_MAKEFILES = frozenset(("config.status", "CMakeCache.txt"))
_SOURCE_MARKS = frozenset(("CMakeLists.txt", "meson.build", "setup.py", "pyproject.toml", "Cargo.toml"))
_BUILD_DIRECTORIES = ("build", "_skbuild", "builddir")
# What setuptools and meson-python make in "build", which may be a directory of sources, too.
_OF_A_BACKEND = re.compile(r"(?:temp|lib|bdist|src|scripts|cp\d+|pp\d+)(?:[.\-].*)?$")

_C_SOURCES = frozenset((".c", ".cc", ".cpp", ".cxx"))
_SHOWN = 6


class Leftovers(Frozen):
    """What earlier builds have left, each path relative to the tree, with ``/``.

    Attributes:
        compiled: files, and directories that hold nothing else.
        generated: C and C++ files, each with the release of Cython that made it.
        modules: of the files, the extension modules and libraries beside the sources.
        beyond: directories outside of the tree that a build of it uses, and that hold the like.
    """

    compiled: tuple[str, ...] = ()
    generated: tuple[tuple[str, str], ...] = ()
    modules: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()

    @property
    def paths(self) -> tuple[str, ...]:
        """All that lies in the tree."""
        return (*self.compiled, *(path for path, _ in self.generated))

    @property
    def listed(self) -> str:
        """The same for a message."""
        return listed(self.paths)


def listed(paths: tuple[str, ...]) -> str:
    """Put paths together for a message, no more of them than can be read."""
    return ", ".join(paths[:_SHOWN]) + (", …" if len(paths) > _SHOWN else "")


def find(
    tree: str, project: str = "", settings: Mapping[str, object] | None = None, passed_over: str = ""
) -> Leftovers:
    """Look for what earlier builds have left in a tree.

    Args:
        tree: root of the sources.
        project: the directory in it that is built; the root, if it is no other.
        settings: the user's ``config_settings`` for it.
        passed_over: a directory that is not looked at, wherever it is.
    """
    project = project or tree
    return _Search(tree, project, configured_directories(project, settings or {}), passed_over).result()


def configured_directories(project: str, settings: Mapping[str, object]) -> tuple[str, ...]:
    """List the directories that a project is set to be built in, as they are written there.

    Args:
        project: its directory.
        settings: the user's ``config_settings`` for it.
    """
    found = [*_of_setuptools(project), *_of_scikit_build(project)]
    found += [os.environ.get("SKBUILD_BUILD_DIR", "")]
    for name in ("build-dir", "builddir", "skbuild.build-dir"):
        value = settings.get(name)
        found += [value] if isinstance(value, str) else []
    # "build/{wheel_tag}": what stands before is known.
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
    """What version control knows of one checkout; without any, nothing is known."""

    top: str
    files: frozenset[str]
    directories: frozenset[str]

    def __contains__(self, path: object) -> bool:
        return os.path.relpath(str(path), self.top).replace(os.sep, "/") in self.files

    def within(self, directory: str) -> bool:
        """Whether any file in a directory is tracked."""
        return os.path.relpath(directory, self.top).replace(os.sep, "/") in self.directories


def tracked_in(tree: str) -> Tracked | None:
    """Say what version control tracks in a tree; None if that is not known, or nothing."""
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
    # A tree that is itself ignored, such as an unpacked sdist in a scratch directory.
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
            tuple(sorted(set(self.beyond))),
        )

    def _relative(self, path: str) -> str:
        return os.path.relpath(path, self.tree).replace(os.sep, "/")

    def _look(self, directory: str, tracked: Tracked | None) -> None:
        entries = _entries(directory)
        names = {entry.name for entry in entries}
        if directory != self.tree and ".git" in names:
            # A submodule, or a clone of something else: only its own index knows.
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
            # It may be one of sources, such as a package of that name.
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
        """Whether a directory as a whole is what a build has left."""
        if tracked is not None and tracked.within(path):
            return False
        if name == ".eggs":
            # Old setuptools puts what is in there before the build environment.
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
        """Look behind a link: what it leads to is not part of a copy of the tree."""
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
        # Of what version control knows nothing of, an object file with no source may be one of them.
        compiled = _is_compiled(path, name, known=known) and (
            known or ending not in _OF_A_SOURCE or any(f"{stem}{of}" in beside for of in _SOURCES)
        )
        if compiled or _is_of_a_build_tool(name, beside):
            if tracked is None or path not in tracked:
                self.compiled.append(self._relative(path))
                if ending in (".pyd", ".dylib", ".dll") or _SHARED.search(name):
                    self.modules.append(self._relative(path))
        elif tracked is not None and ending in _C_SOURCES and {f"{stem}.pyx", f"{stem}.py"} & beside:
            release = generated_by(path)
            if release and path not in tracked:
                self.generated.append((self._relative(path), release))

    def _look_beyond(self, directory: str) -> None:
        if os.path.isdir(directory) and _holds_compiled(directory):
            self.beyond.append(directory)


def _is_of_a_build_tool(name: str, beside: set[str]) -> bool:
    """Whether a file beside the sources is what a build tool knows its last run by."""
    if name in _BUILD_MARKS or name in _CONFIGURED:
        return True
    return name in ("Makefile", "cmake_install.cmake") and bool(beside & _MAKES_MAKEFILES)


def generated_by(path: str) -> str:
    """Say which release of Cython a C file says that it was generated by; "" if it says nothing."""
    try:
        with open(path, "rb") as file:
            return cython_output.version_in(file.read(cython_output.HEAD_BYTES))
    except OSError:
        return ""


def _holds_compiled(directory: str, is_compiled: Callable[[str, str], bool] | None = None) -> bool:
    """Whether anything compiled, or what a build tool keeps of its last run, is in a directory.

    Args:
        directory: the path of it.
        is_compiled: decides by path and name of a file.
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
    """Whether a file of that name is an object file or a module that Python loads."""
    return _OF_PYTHON.search(name) is not None


def _is_any(path: str, name: str) -> bool:
    return _is_compiled(path, name, known=True)


def _is_of_python(_: str, name: str) -> bool:
    # And no library of the system, which a link may lead to.
    return is_compiled(name)


def _is_compiled(path: str, name: str, *, known: bool) -> bool:
    """Whether a file is compiled.

    Args:
        path: of the file.
        name: of the file.
        known: that it is none that comes with the sources.
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
