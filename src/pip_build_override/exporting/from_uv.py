"""What uv's settings say about single builds, as tables of an overrides file.

``extra-build-dependencies`` become ``add``, and with ``match-runtime`` a version from the target;
``extra-build-variables`` become ``env``, ``config-settings-package`` becomes ``config-settings``, and
``build-constraint-dependencies`` limit every package.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Iterator

from ..rules.lines import parts_of
from ..rules.reading.requirement import RequirementError
from ..rules.reading.requirement_slips import read
from ..rules.standards import normalise, read_toml

Tables = Dict[str, Dict[str, Any]]

EXTRA = "extra-build-dependencies"
VARIABLES = "extra-build-variables"
OPTIONS = "config-settings-package"
LIMITS = "build-constraint-dependencies"
NOT_ISOLATED = "no-build-isolation-package"
NO_BINARY = "no-binary-package"
SOURCES = "sources"
_READ = (EXTRA, VARIABLES, OPTIONS, LIMITS, NO_BINARY)
# What else changes build environments, and has no key of ours with the same meaning.
_LEFT_OUT = {
    NOT_ISOLATED: "uv does not check what the environment has; see build-environment",
    "no-build-isolation": "it is for every package",
    "config-settings": "it is for every package",
    "exclude-newer": "it also limits what is installed; see as-of",
    "exclude-newer-package": "it also limits what is installed; see as-of",
}


@dataclass(frozen=True)
class Imported:
    """The tables, and what is not in them.

    Attributes:
        tables: The package tables, as in an overrides file.
        unsaid: The settings that cannot be read, each with the reason.
    """

    tables: Tables
    unsaid: tuple[str, ...]


def read_uv(text: str, *, pyproject: bool) -> Imported:
    """Read the settings of uv.

    Args:
        text: The content of a pyproject.toml or a uv.toml.
        pyproject: Whether they are below ``[tool.uv]``.

    Raises:
        ValueError: If it is not TOML, or has none of the settings.
    """
    root: Any = read_toml(text)
    for key in ("tool", "uv") if pyproject else ():
        root = root.get(key, {}) if isinstance(root, dict) else {}
    if not isinstance(root, dict) or not any(key in root for key in (*_READ, *_LEFT_OUT)):
        raise ValueError(f"there are no settings of uv for builds in it, such as {EXTRA}")
    reader = _Reader(root)
    reader.work()
    return Imported(reader.tables, tuple(reader.unsaid))


class _Reader:
    def __init__(self, root: dict[str, Any]) -> None:
        self._root = root
        self.tables: Tables = {}
        self.unsaid: list[str] = []

    def work(self) -> None:
        for line in self._list(LIMITS):
            self._limit(line)
        for package, entries in self._table(EXTRA):
            if not isinstance(entries, list):
                self._refuse(f"{EXTRA}.{package}", "it is not a list")
                continue
            for entry in entries:
                self._extra(package, entry)
        for package, variables in self._table(VARIABLES):
            self._copy(package, "env", variables, VARIABLES, (str,))
        for package, options in self._table(OPTIONS):
            self._copy(package, "config-settings", options, OPTIONS, (str, list))
        for package in self._list(NO_BINARY):
            self._of(package)["no-binary"] = True
        for key, why in _LEFT_OUT.items():
            if self._root.get(key):
                self._refuse(key, why)

    def _refuse(self, what: str, why: str) -> None:
        self.unsaid.append(f"{what}: {why}")

    def _of(self, package: str) -> dict[str, Any]:
        return self.tables.setdefault(normalise(package), {})

    def _list(self, key: str) -> list[str]:
        value = self._root.get(key, [])
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            return value
        self._refuse(key, "it is not a list of texts")
        return []

    def _table(self, key: str) -> Iterator[tuple[str, Any]]:
        value = self._root.get(key, {})
        if isinstance(value, dict):
            yield from value.items()
        else:
            self._refuse(key, "it is not a table")

    def _limit(self, line: str) -> None:
        if self._is_requirement(LIMITS, line):
            if parts_of(line).url or parts_of(line).extras:
                self._refuse(f"{LIMITS}: {line}", "a limit here is a name and a specifier")
            else:
                self.tables.setdefault("*", {}).setdefault("constrain", []).append(line)

    def _is_requirement(self, where: str, line: str) -> bool:
        try:
            read(line)
        except RequirementError as error:
            self._refuse(f"{where}: {line}", error.problem)
            return False
        return True

    def _extra(self, package: str, entry: object) -> None:
        where = f"{EXTRA}.{package}"
        table = entry if isinstance(entry, dict) else {"requirement": entry}
        line, matches = table.get("requirement"), table.get("match-runtime", False)
        if not isinstance(line, str) or table.keys() - {"requirement", "match-runtime"}:
            self._refuse(where, f"{entry} is no requirement")
            return
        if not self._is_requirement(where, line):
            return
        parts = parts_of(line)
        if parts.name in map(normalise, self._sources()) and not parts.url:
            self._refuse(f"{where}: {line}", f"uv takes it from tool.uv.{SOURCES}")
            return
        if not matches:
            self._of(package).setdefault("add", []).append(line)
            return
        if parts.extras or parts.url or parts.specifier:
            self._refuse(f"{where}: {line}", "with match-runtime, it can only be a name here")
            return
        source = {"name": parts.name, "from": "target"}
        if parts.marker:
            source["marker"] = parts.marker
        self._of(package).setdefault("add", []).append(source)

    def _sources(self) -> list[str]:
        sources = self._root.get(SOURCES, {})
        return list(sources) if isinstance(sources, dict) else []

    def _copy(self, package: str, key: str, value: object, name: str, kinds: tuple[type, ...]) -> None:
        if not isinstance(value, dict):
            self._refuse(f"{name}.{package}", "it is not a table")
            return
        for inner, content in value.items():
            texts = content if isinstance(content, list) else [content]
            if isinstance(content, kinds) and all(isinstance(each, str) for each in texts):
                self._of(package).setdefault(key, {})[inner] = content
            else:
                self._refuse(f"{name}.{package}.{inner}", "it is not a text")
