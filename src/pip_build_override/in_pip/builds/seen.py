"""What an isolated build environment sees of the target, behind its own contents.

pip's resolver is offered a stand-in for each distribution that is seen, so what satisfies a requirement
is not installed again, at any depth of dependencies. What pip chose is then taken out of the build
environment, in which Python finds the distribution itself, behind everything that pip installed.
"""

from __future__ import annotations

import functools
import os
import shutil
import sysconfig
from contextlib import contextmanager
from typing import TYPE_CHECKING, Iterable, Iterator, Sequence

from pip._vendor.packaging.requirements import InvalidRequirement, Requirement
from pip._vendor.packaging.version import InvalidVersion, Version

from ... import switch
from ...errors import OverrideError
from ...rules.standards import normalise
from ..internals import commands, functions, objects, specifiers
from ..lending import stand_ins
from ..lending.snapshot import has_recorded_content
from ..target import installed
from ..target.installed import Copy
from .tree_state import TreeState

if TYPE_CHECKING:
    from ..internals.protocols import BuildEnvironment
    from ..lending.stand_ins import StandIn

# The last of its kind in a directory, because the directories of later ones would come behind.
_PATH_FILE = "~pip-build-override-target.pth"
_MARK = "# Added by pip-build-override: what the target has installed, behind all else."
_LINES = """
{mark}
import site
for path in {directories!a}:
    site.addsitedir(path)
"""


class Seen:
    """What the build environment of one package sees of the target.

    Args:
        directories: The directories of the target, in the order of ``sys.path``.
        room: A directory of the run, for the stand-ins.
        where: The table that lets it see that, for messages.

    Attributes:
        taken: The normalised names of the distributions that pip chose instead of installing them.
    """

    def __init__(self, directories: Iterable[str], room: str, where: str) -> None:
        paths = sysconfig.get_paths()
        standard = (paths["stdlib"], paths["platstdlib"])
        self.directories = installed.library_directories(directories, standard)
        self.taken: set[str] = set()
        self._room = room
        self._where = where
        self._commands = tuple(_commands_of(self.directories))
        self._own_commands: tuple[str, ...] = ()

    @functools.cached_property
    def all_copies(self) -> dict[str, list[Copy]]:
        """All distributions in the target."""
        return installed.copies(self.directories)

    @functools.cached_property
    def copies(self) -> dict[str, Copy]:
        """The distributions that are seen, except for those whose files cannot be told apart."""
        found = installed.told_apart(self.all_copies)
        return {name: copy for name, copy in found.items() if not copy.has_no_files}

    @functools.cached_property
    def _stand_ins(self) -> dict[str, StandIn]:
        found = {}
        for name, copy in self.copies.items():
            metadata = _metadata(copy)
            if metadata:
                found[name] = stand_ins.write_for_seen(name, copy.version, metadata, self._room)
        return found

    def stand_ins_without(self, names: Iterable[str]) -> tuple[StandIn, ...]:
        """Return what pip's resolver is offered, except for some names."""
        left_out = set(names)
        return tuple(one for name, one in self._stand_ins.items() if name not in left_out)

    def contains(self, copy: Copy) -> bool:
        """Return whether a distribution is one that is seen, and not the build environment's own."""
        return copy.site in self.directories

    def satisfies(self, text: str) -> bool:
        """Return whether what is seen satisfies a requirement by itself."""
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            return False
        copy = self.copies.get(normalise(requirement.name))
        return (
            copy is not None
            and not requirement.url
            and specifiers.satisfies(copy.version, str(requirement.specifier))
        )

    def withdraw(self, directories: Iterable[str], lent: Iterable[str]) -> None:
        """Take the stand-ins that pip installed out of a build environment.

        Args:
            directories: The library directories of the environment itself.
            lent: The normalised names of what is borrowed, whose stand-ins get files.
        """
        kept = set(lent)
        for site in dict.fromkeys(directories):
            for name, info in stand_ins.placed_in(site).items():
                if name in self._stand_ins and name not in kept:
                    shutil.rmtree(os.path.join(site, info))
                    self.taken.add(name)

    def hide(self, environment: BuildEnvironment) -> None:
        """Keep the target from a pip that is run in an environment with an interpreter of its own."""
        if not objects.sitecustomize_of(environment):
            path = _path_file(environment)
            if os.path.exists(path):
                os.remove(path)

    def show(self, environment: BuildEnvironment) -> None:
        """Put the target behind the contents of a build environment, for every Python run in it."""
        self._own_commands = objects.script_directories(environment)
        start = objects.sitecustomize_of(environment)
        if not start:
            # In one line, because each line of such a file is a program.
            calls = [f"site.addsitedir({directory!a})" for directory in self.directories]
            with open(_path_file(environment), "w", encoding="ascii") as file:
                file.write("; ".join(["import site", *calls]) + "\n")
            return
        with open(start, encoding="utf-8") as file:
            text = file.read()
        if _MARK not in text:
            with open(start, "a", encoding="utf-8") as file:
                file.write(_LINES.format(mark=_MARK, directories=list(self.directories)))

    @contextmanager
    def entered(self, label: str, sources: str) -> Iterator[None]:
        """Let hooks find the commands of the target, and check that they write nothing there.

        Args:
            label: The label of the package that is built.
            sources: The directory of its sources.

        Raises:
            OverrideError: If they do.
        """
        path = os.pathsep.join(
            filter(None, [*self._own_commands, *self._commands, os.environ.get("PATH", "")])
        )
        # Python would compile into the target what it imports from there.
        changes = {"PATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
        states = [TreeState(place) for place in self._watched(sources)]
        try:
            with switch.Changed(changes):
                yield
        finally:
            for state in states:
                changed = state.changes()
                for path in (*changed.new, *changed.changed):
                    raise _written(label, _below(state.tree, path), self._where)
                suspected = [_below(state.tree, path) for path in changed.touched]
                # Without a hash, another link is all that is known to have changed.
                linked = [_below(state.tree, path) for path in changed.linked]
                for path in (*suspected, *(path for path in linked if self._hashes.get(path))):
                    if not has_recorded_content(path, self._hashes.get(path, "")):
                        raise _written(label, path, self._where)

    @functools.cached_property
    def _hashes(self) -> dict[str, str]:
        """The hashes of the files that are seen, from RECORD."""
        return {
            os.path.normpath(os.path.join(os.path.realpath(copy.site), path)): row.hash
            for copy in self.copies.values()
            for path, row in copy.rows.items()
        }

    def _watched(self, sources: str) -> list[str]:
        """Return the directories in which nothing may change while a hook runs."""
        # The sources of an editable are on the path, too, and are not part of the target.
        libraries = filter(_has_distributions, self.directories)
        places = [*libraries, *self._commands, *_header_directories()]
        own = os.path.realpath(sources)
        kept = [
            place
            for place in dict.fromkeys(map(os.path.realpath, places))
            if os.path.isdir(place)
            and place != own
            and not installed.is_below(place, own)
            and not installed.is_below(own, place)
        ]
        return [place for place in kept if not any(installed.is_below(place, other) for other in kept)]


def _commands_of(directories: Sequence[str]) -> Iterator[str]:
    """Yield the directories of the commands that belong to library directories."""
    found = []
    own = set(map(os.path.realpath, functions.library_directories()))
    for directory in directories:
        if os.path.realpath(directory) in own:
            found.append(sysconfig.get_path("scripts"))
        elif os.path.basename(directory) in ("site-packages", "dist-packages"):
            name = "Scripts" if os.name == "nt" else "bin"
            levels = 2 if os.name == "nt" else 3
            found.append(os.path.join(directory, *[os.pardir] * levels, name))
        else:
            found.append(os.path.join(directory, "bin"))
    yield from dict.fromkeys(os.path.normpath(place) for place in found if os.path.isdir(place))


def _header_directories() -> Iterator[str]:
    version = f"python{sysconfig.get_python_version()}"
    yield os.path.join(sysconfig.get_path("data"), "include", "site", version)
    yield sysconfig.get_path("include")


def _below(tree: str, path: str) -> str:
    return os.path.join(tree, *path.split("/"))


def _has_distributions(directory: str) -> bool:
    return any(name.endswith(".dist-info") for name in os.listdir(directory))


def _path_file(environment: BuildEnvironment) -> str:
    return os.path.join(objects.library_directories(environment)[0], _PATH_FILE)


def _metadata(copy: Copy) -> str:
    """Return the METADATA of a stand-in; "" if pip could not read what the distribution requires."""
    try:
        Version(copy.version)
        extras = copy.distribution.metadata.get_all("Provides-Extra") or ()
        requires = list(map(str, map(Requirement, copy.distribution.requires or ())))
    except (InvalidVersion, InvalidRequirement, ValueError):
        return ""
    lines = ["Metadata-Version: 2.1", f"Name: {copy.name}", f"Version: {copy.version}"]
    lines += [f"Provides-Extra: {extra}" for extra in extras]
    lines += [f"Requires-Dist: {requirement}" for requirement in requires]
    return "\n".join(lines) + "\n"


def _written(label: str, path: str, where: str) -> OverrideError:
    return OverrideError(
        f"{label}: its build wrote into the target environment, which system-site-packages lets it see:"
        f" {path}",
        kind="target-changed",
        where=where,
        hint=f"reinstall what that file belongs to ({commands.reinstall('NAME')}) or remove the file;"
        " then fix the build so that it writes to its own directory only, or remove"
        " system-site-packages",
    )
