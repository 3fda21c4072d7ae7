"""What the processes below ``run`` have left word of: builds past pip, and tables that nothing used."""

from __future__ import annotations

import os
import tempfile
from typing import Callable, Iterator, Mapping, TypeVar

from ..documents import fields, optional, read, table_of, text
from ..files import read_json
from ..frozen import Frozen
from ..in_pip.builds import project
from ..in_pip.state.left_word import BuiltWord
from ..rules import unused_tables
from ..rules.place import listing
from ..rules.standards import normalise
from ..rules.tables import Overrides

T = TypeVar("T")

_ALLOW = "or let it pass with --allow-unused"


class Said(Frozen):
    """A message for the end of ``run``."""

    message: str
    hint: str


class Elsewhere(Frozen):
    """A package that another front end than pip has built.

    :param by: what built it, as its user knows it.
    :param directory: of its sources; empty if it is not known.
    :param name: of the package; empty if it is not known.
    """

    by: str
    directory: str
    name: str

    def tables(self, overrides: Overrides) -> list[str]:
        """List the tables that are for it, or that may be."""
        return [
            table.where
            for table in overrides.tables
            if table.builds and (not self.name or table.name in ("*", normalise(self.name)))
        ]

    @classmethod
    def from_json(cls, document: object) -> Elsewhere:
        """Read what ``startup.front_ends.tell`` has left word of.

        :raises ValueError: if it does not fit.
        """
        return read(
            lambda by, directory, files: cls(by, directory, _name(files)),
            fields(document),
            {"by": text, "directory": text, "files": table_of(optional(text))},
        )


def built_elsewhere(watch: str, read: Callable[[], Overrides]) -> Said | None:
    """Return what to say of builds past pip, None if no rule can be meant for one of them.

    :param watch: the directory with the words.
    :param read: gives the rules of this run.
    :raises OverrideError: if those cannot be read any more.
    """
    builds = list(_facts(watch, "elsewhere", Elsewhere.from_json))
    overrides = read() if builds else Overrides()
    concerned = [(build, tables) for build in builds if (tables := build.tables(overrides))]
    if not concerned:
        return None
    # The one of which most is known.
    build, tables = max(concerned, key=lambda pair: (bool(pair[0].name), bool(pair[0].directory)))
    what = build.name or build.directory or "a package"
    named = f"{overrides.shown}: {listing(tables[:3])}{', …' if len(tables) > 3 else ''}"
    verb = "was" if len(tables) == 1 else "were"
    return Said(
        f"{build.by} built {what} itself, past pip, so {named} {verb} not in force in that build",
        _hint(build),
    )


def _hint(build: Elsewhere) -> str:
    if build.by == "tox":
        return f"set package = sdist in [testenv], so that pip builds it; {_ALLOW}"
    if build.by == "uv":
        return f"install it with pip; {_ALLOW}"
    return f"have pip build it: pip wheel --no-deps {build.directory or 'DIRECTORY'}; {_ALLOW}"


def no_table_used(watch: str) -> Said | None:
    """Return what to say if packages were built, and none of the tables was used by any pip."""
    shown = ""
    tables: dict[str, str] = {}
    used: set[str] = set()
    built: list[tuple[str, str]] = []
    for word in _facts(watch, "built", BuiltWord.from_json):
        shown = word.shown
        tables.update(word.tables)
        used.update(word.used)
        built.extend(word.built)
    if not tables or used.intersection(tables):
        return None
    unused = [unused_tables.Unused(where, name) for where, name in tables.items()]
    return Said(f"{shown}: {unused_tables.message(unused, built)}", f"{unused_tables.HINT}; {_ALLOW}")


def _facts(watch: str, word: str, from_json: Callable[[object], T]) -> Iterator[T]:
    for name in sorted(os.listdir(watch)):
        if name.startswith(f"{word}-"):
            try:
                yield from_json(read_json(os.path.join(watch, name)))
            except ValueError:
                # Of a process that was killed before it was written.
                continue


def _name(files: Mapping[str, str | None]) -> str:
    with tempfile.TemporaryDirectory(prefix="pip-build-override-") as directory:
        for name, text in files.items():
            if text is not None:
                with open(os.path.join(directory, name), "w", encoding="utf-8") as file:
                    file.write(text)
        return project.name_in_tree(directory, "") or ""
