"""The files that an overrides file includes, and the settings that they share."""

from __future__ import annotations

import hashlib
import os
import re
from typing import TYPE_CHECKING, Any, Callable, Mapping

from ...errors import OverrideError
from ...files import shown_path
from ...frozen import Frozen, replace
from ..place import Place, toml_text
from .document import form_of
from .statements import statements
from .values import kind_of

if TYPE_CHECKING:
    from ..tables import Table

    Read = Callable[[str], bytes]
    """Returns the content of a file, or raises an OverrideError."""

_URL = r"[A-Za-z][A-Za-z0-9+.-]+://"


class Part(Frozen):
    """What one file contributes.

    Attributes:
        path: Its absolute path.
        text: Its text.
        place: Its place.
        tables: Its tables.
        settings: The settings that it has, by name.
        includes: Absolute paths of the files that it includes.
    """

    path: str
    text: str
    place: Place
    tables: tuple[Table, ...]
    settings: dict[str, str | bool]
    includes: tuple[str, ...]


def paths_in(value: Any, place: Place, path: str, text: str) -> tuple[str, ...]:
    """Return the absolute paths of the files that an overrides file includes.

    Args:
        value: Value of the key ``include``.
        place: Place of the file.
        path: Absolute path of the file.
        text: Its text, for the numbers of lines; "" if it is not known.

    Raises:
        OverrideError: If an entry is not the path of a file that can be included.
    """
    if not isinstance(value, list):
        hint = 'write include = ["…"]'
        if isinstance(value, str):
            hint = f"write include = [{toml_text(value)}]"
        raise place.at("include").error(
            f"expected a list of paths, found {kind_of(value)}", hint, kind="wrong-type"
        )
    found: dict[str, str] = {}
    for item in value:
        if not isinstance(item, str):
            raise place.at("include").error(
                f"expected a path in quotes, found {kind_of(item)}",
                'write include = ["…"]',
                kind="wrong-type",
            )
        here = _place_of(item, place, text)
        _check_path(item, here)
        included = os.path.normpath(os.path.join(os.path.dirname(path), item))
        if included in found:
            raise here.error(
                f"{toml_text(found[included])} and {toml_text(item)} are the same file",
                "remove one of them from include",
                kind="invalid-include",
            )
        found[included] = item
        if not os.path.exists(included):
            raise here.error(
                f"include names {toml_text(item)}, and there is no file {shown_path(included)}",
                _missing_hint(item, included, path),
                kind="file-not-found",
            )
    return tuple(found)


def _missing_hint(item: str, included: str, path: str) -> str:
    from ...near_files import nearest  # only after a mistake

    near = nearest(
        included,
        lambda other: other.endswith(".toml") and os.path.isfile(other) and other != path,
    )
    if near:
        meant = os.path.join(os.path.dirname(item), os.path.basename(near))
        return f"did you mean {toml_text(meant)}? If not, create the file"
    return "create it, or correct the path, which is relative to the directory of this file"


def _check_path(item: str, here: Place) -> None:
    if not item.strip() or "\0" in item:
        raise here.error(
            f"{toml_text(item)} is not a path", 'write include = ["…"]', kind="invalid-include"
        )
    if re.match(_URL, item):
        raise here.error(
            f"include names the URL {toml_text(item)}, but only files can be included",
            "download the file, check it, and include your copy",
            kind="invalid-include",
        )
    if item.startswith("~"):
        raise here.error(
            f"include names {toml_text(item)}, in which ~ is not expanded",
            f"write the path in full: include = [{toml_text(os.path.expanduser(item))}]",
            kind="invalid-include",
        )
    if form_of(item) == "txt":
        raise here.error(
            f"include names {toml_text(item)}, and a .txt file cannot be included",
            "put its lines into a .toml file, as replace of"
            f" {Place('', here.form).header('package', '*')}",
            kind="invalid-include",
        )


def _place_of(item: str, place: Place, text: str) -> Place:
    """Return the line of an entry of ``include``."""
    for statement in statements(text):
        if not re.match(r"[\s\"'\w.-]*\binclude\b[\"']?\s*=", statement.text):
            continue
        at = statement.text.find(item)
        if at >= 0:
            return place.on_line(statement.line + statement.text.count("\n", 0, at))
    return place.at("include")


def including(
    root: Part, load: Callable[[str, bytes], Part], read: Read
) -> tuple[tuple[Table, ...], dict[str, str | bool], tuple[tuple[str, str], ...]]:
    """Read all files that a file includes, directly or not.

    Args:
        root: The file itself.
        load: Validates the content of a file with a path.
        read: Returns the content of an included file.

    Returns:
        The tables and the settings of all files, and the path and SHA-256 of each included one.

    Raises:
        OverrideError: If files include each other, if one is invalid, or if two of them have different
            settings.
    """
    walk = _Walk(load, read)
    walk.enter(root, ())
    above = walk.above(root.path)
    together = list(root.tables)
    for one in sorted(above, key=lambda one: (len(above[one]), one)):
        part = walk.parts[one]
        # A temporary file may be shown as the one that it includes.
        of = f" in {part.place.shown}" if part.place.shown != root.place.shown else ""
        together += (
            replace(
                table,
                where=table.where + of,
                file=one,
                above=tuple(sorted("" if over == root.path else over for over in above[one])),
            )
            for table in part.tables
        )
    digests = tuple((one, walk.digests[one]) for one in sorted(above))
    return tuple(together), _settings(root, walk.parts, above), digests


class _Walk:
    """The files that were read, each once."""

    def __init__(self, load: Callable[[str, bytes], Part], read: Read) -> None:
        self._load = load
        self._read = read
        self.parts: dict[str, Part] = {}
        self.digests: dict[str, str] = {}

    def enter(self, part: Part, outer: tuple[str, ...]) -> None:
        """Read what a file includes, and what that includes."""
        self.parts[part.path] = part
        way = (*outer, part.path)
        for path in part.includes:
            for one in way:
                if _is_same(path, one):
                    raise self._circle(part, way[way.index(one) :])
            if path not in self.parts:
                content = self._read(path)
                self.digests[path] = hashlib.sha256(content).hexdigest()
                self.enter(self._load(path, content), way)

    def _circle(self, part: Part, way: tuple[str, ...]) -> OverrideError:
        if len(way) == 1:
            message = "this file includes itself"
        else:
            shown = [self.parts[path].place.shown for path in (*way[1:], way[0])]
            message = f"files include each other: {self.parts[way[0]].place.shown} includes " + (
                ", which includes ".join(shown)
            )
        name = os.path.basename(way[0])
        return _place_of(name, part.place, part.text).error(
            message, f"remove {name} from include here", kind="invalid-include"
        )

    def above(self, root: str) -> dict[str, frozenset[str]]:
        """Return the included files, each with all files that include it, directly or not."""
        found: dict[str, frozenset[str]] = {root: frozenset()}
        changed = True
        while changed:
            changed = False
            for path, over in list(found.items()):
                for included in self.parts[path].includes:
                    wanted = found.get(included, frozenset()) | over | {path}
                    if found.get(included) != wanted:
                        found[included] = wanted
                        changed = True
        del found[root]
        return found


def _is_same(one: str, other: str) -> bool:
    return one == other or os.path.realpath(one) == os.path.realpath(other)


def _settings(
    root: Part, parts: Mapping[str, Part], above: Mapping[str, frozenset[str]]
) -> dict[str, str | bool]:
    """Return the settings of all files; a file that includes another one has the last word."""
    kept = dict(root.settings)
    setters: dict[str, list[tuple[str, str | bool]]] = {}
    for path in sorted(above, key=lambda path: (len(above[path]), path)):
        for name, value in parts[path].settings.items():
            known = setters.setdefault(name, [])
            if name in kept or any(other in above[path] for other, _ in known):
                continue
            for other, different in known:
                if different != value:
                    shown = sorted(parts[one].place.shown for one in (path, other))
                    raise root.place.at("include").error(
                        f"{shown[0]} and {shown[1]} set {name} under [settings] to different values",
                        f"set {name} under {root.place.header('settings')} of {root.place.shown}, which"
                        " wins over both",
                        kind="conflicting-rules",
                    )
            known.append((path, value))
    return {**{name: known[0][1] for name, known in setters.items() if known}, **kept}
