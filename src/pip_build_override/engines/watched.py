"""What the processes below ``run`` have reported: builds that bypassed pip, and unused tables."""

from __future__ import annotations

import os
import shlex
import tempfile
from typing import Callable, Iterator, Mapping, TypeVar

from ..documents import fields, optional, read, table_of, text
from ..errors import OverrideError
from ..files import read_json
from ..frozen import Frozen
from ..in_pip.state.left_word import BUILT, USED, BuiltWord
from ..rules.place import listing
from ..rules.standards import normalise
from ..rules.tables import Overrides

T = TypeVar("T")

_ALLOW = "or accept this with --allow-unused"


class Elsewhere(Frozen):
    """A package that was built by a front end other than pip.

    Attributes:
        by: The front end, by the name its user knows.
        directory: Directory of the sources; "" if it is not known.
        name: Name of the package; "" if it is not known.
        through: The program that has started the front end; "" if it is not known.
    """

    by: str
    directory: str
    name: str
    through: str = ""

    @property
    def who(self) -> str:
        """The front end, as the subject of a sentence."""
        return f"{self.by}, started by {self.through}," if self.through else self.by

    def tables(self, overrides: Overrides) -> list[str]:
        """Return the tables that apply to the package, or may apply."""
        return [
            table.where
            for table in overrides.tables
            if (table.builds or table.has_settings)
            and (not self.name or table.name in ("*", normalise(self.name)))
        ]

    @classmethod
    def from_json(cls, document: object) -> Elsewhere:
        """Return the build in a message from ``startup.front_ends.tell``.

        Raises:
            ValueError: If the document is not such a message.
        """
        return read(
            lambda by, directory, files, through="": cls(by, directory, _name(files), through),
            fields(document),
            {"by": text, "directory": text, "files": table_of(optional(text))},
            {"through": text},
        )


def built_elsewhere(watch: str, read: Callable[[], Overrides]) -> OverrideError | None:
    """Return the message about builds that bypassed pip, or None if no rule can apply to one of them.

    Args:
        watch: The directory with the messages of the child processes.
        read: Returns the rules of this run.

    Raises:
        OverrideError: If the rules can no longer be read.
    """
    builds = list(_facts(watch, "elsewhere", _build_elsewhere))
    overrides = read() if builds else Overrides()
    concerned = [(build, tables) for build in builds if (tables := build.tables(overrides))]
    if not concerned:
        return None
    # The build about which most is known.
    build, tables = max(concerned, key=lambda pair: (bool(pair[0].name), bool(pair[0].directory)))
    what = build.name or build.directory or "a package"
    # Options of the command line follow the tables of the file.
    named = listing([overrides.where(tables[0]), *tables[1:3]]) + (", …" if len(tables) > 3 else "")
    verb = "was" if len(tables) == 1 else "were"
    return OverrideError(
        f"{build.who} built {what} itself, without pip, so {named} {verb} not in force in that build",
        kind="not-reached",
        hint=_hint(build, overrides.shown if _can_be_exported(overrides, tables) else ""),
    )


def _can_be_exported(overrides: Overrides, tables: list[str]) -> bool:
    """Return whether all of these tables are in a file, not on the command line."""
    return bool(overrides.shown) and not any(table.startswith("--") for table in tables)


def _build_elsewhere(document: object) -> Elsewhere:
    try:
        return Elsewhere.from_json(document)
    except ValueError:
        # From another version of the shim: any rule may apply to it.
        return Elsewhere("another front end", "", "")


def _hint(build: Elsewhere, file: str) -> str:
    if build.by == "uv":
        return _uv_hint(build, file)
    return f"build it with pip: pip wheel --no-deps {_quoted(build.directory) or 'DIRECTORY'}; {_ALLOW}"


def _uv_hint(build: Elsewhere, file: str) -> str:
    if build.through == "pipx":
        return (
            "let pipx use its own pip, with the start-up hook in it: pipx upgrade-shared &&"
            ' pip-build-override install --python "$(pipx environment --value PIPX_SHARED_LIBS)", and'
            f" then pipx reinstall --backend pip {build.name or 'NAME'}, or pipx run --backend pip"
            f" …; {_ALLOW}"
        )
    if not file:
        return f"install it with pip; {_ALLOW}"
    package = f" --package {build.name}" if build.name else ""
    return (
        "install it with pip; or let uv follow the rules itself: add to pyproject.toml what"
        f" pip-build-override export --to uv{package} {_quoted(file)} prints, and run uv without"
        f" pip-build-override; {_ALLOW}"
    )


def _quoted(path: str) -> str:
    """Return a path as a shell takes it; "" if there is none."""
    return shlex.quote(path) if path else ""


def no_table_used(watch: str) -> OverrideError | None:
    """Return a message if packages were built and no pip used any of the tables; None otherwise."""
    shown = ""
    tables: dict[str, str] = {}
    used: set[str] = set()
    built: list[tuple[str, str]] = []
    try:
        for name in (BUILT, USED):
            for word in _facts(watch, name, BuiltWord.from_json):
                shown = word.shown
                tables.update(word.tables)
                used.update(word.used)
                built.extend(word.built)
    except ValueError:
        return OverrideError(
            "a pip that this command started has built packages with another version of"
            " pip-build-override, so it is not known which tables were used",
            kind="other-version",
            hint=f"install this version in the environment of that pip too; {_ALLOW}",
        )
    if not tables or used.intersection(tables):
        return None
    from ..rules import unused_tables  # rarely needed

    unused = [unused_tables.Unused(where, name) for where, name in tables.items()]
    hint = unused_tables.unused_hint(unused, built)
    return OverrideError(
        unused_tables.message(unused, built), kind="unused-table", where=shown, hint=f"{hint}; {_ALLOW}"
    )


def _facts(watch: str, word: str, from_json: Callable[[object], T]) -> Iterator[T]:
    for name in sorted(os.listdir(watch)):
        if name.startswith(f"{word}-"):
            document = read_json(os.path.join(watch, name))
            # None if the process was killed before it had written the message.
            if document is not None:
                yield from_json(document)


def _name(files: Mapping[str, str | None]) -> str:
    # ``run`` need not load its parsers for the builds of pip, of which it is told, too.
    from ..in_pip.builds import project

    with tempfile.TemporaryDirectory(prefix="pip-build-override-") as directory:
        for name, text in files.items():
            if text is not None:
                with open(os.path.join(directory, name), "w", encoding="utf-8") as file:
                    file.write(text)
        return project.name_in_tree(directory, "") or ""
