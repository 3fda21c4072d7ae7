"""What uv's settings say about single builds, as tables of an overrides file.

``extra-build-dependencies`` become ``add``, and with ``match-runtime`` a version from the target;
``extra-build-variables`` become ``env``, ``config-settings-package`` becomes ``config-settings``, and
``build-constraint-dependencies`` limit every package. All other settings that change what is built, or
with what, are listed, and so is each setting that is not known here.
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
_INDEX = "it says where uv looks for packages; configure the index of pip"
_CHOICE = "it has a part in which versions are installed, and so built; pip has constraints for that"
_SOURCE = "an overrides file has no sources of packages"
_LIMIT = "it also limits what is installed; see as-of"
# What else changes builds, and has no key of ours with the same meaning.
_LEFT_OUT = {
    NOT_ISOLATED: "uv does not check what the environment has; see build-environment",
    "no-build-isolation": "it is for every package",
    "config-settings": "it is for every package",
    "exclude-newer": _LIMIT,
    "exclude-newer-package": _LIMIT,
    "no-binary": "it is for every package; give pip the option --no-binary :all:",
    "no-build": "it is for every package; give pip the option --only-binary :all:",
    "no-build-package": "give pip the option --only-binary with these packages",
    "only-binary": "give pip the option --only-binary with these packages",
    "require-build-hashes": "here, hashes are those of single requirements",
    "dependency-metadata": "pip takes the metadata of a package from its build",
    SOURCES: _SOURCE,
    "no-sources": _SOURCE,
    "no-sources-package": _SOURCE,
    "torch-backend": _INDEX,
    "resolution": _CHOICE,
    "prerelease": _CHOICE,
    "prerelease-package": _CHOICE,
    "constraint-dependencies": _CHOICE,
    "override-dependencies": _CHOICE,
    "exclude-dependencies": _CHOICE,
    "python-version": "pip builds for the interpreter that runs it",
    "python-platform": "pip builds for the platform that it runs on",
    **dict.fromkeys(
        ("index", "index-url", "extra-index-url", "no-index", "find-links", "index-strategy"), _INDEX
    ),
}
_PIP = "pip"
# https://docs.astral.sh/uv/reference/settings/, as of uv 0.13.9: what changes no build.
_OTHERS = frozenset(
    (
        *("required-version", "system-certs", "native-tls"),
        *("offline", "no-cache", "cache-dir"),
        *("preview", "preview-features", "python-preference"),
        *("python-downloads", "concurrent-downloads", "concurrent-builds"),
        *("concurrent-installs", "keyring-provider", "http-proxy"),
        *("https-proxy", "no-proxy", "allow-insecure-host"),
        *("fork-strategy", "link-mode", "compile-bytecode"),
        *("upgrade", "upgrade-package", "reinstall"),
        *("reinstall-package", "python-install-mirror", "pypy-install-mirror"),
        *("graalpy-install-mirror", "pyodide-install-mirror", "python-downloads-json-url"),
        *("publish-url", "trusted-publishing", "check-url"),
        *("add-bounds", "audit", "cache-keys"),
        *("environments", "required-environments", "minimum-libc-version"),
        *("conflicts", "workspace", "managed"),
        *("package", "default-groups", "dependency-groups"),
        *("dev-dependencies", "build-backend"),
    )
)
_OTHERS_OF_PIP = frozenset(
    (
        *("python", "system", "break-system-packages"),
        *("target", "prefix", "strict"),
        *("extra", "all-extras", "no-extra"),
        *("no-deps", "group", "allow-empty-requirements"),
        *("output-file", "no-strip-extras", "no-strip-markers"),
        *("no-annotate", "no-header", "custom-compile-command"),
        *("generate-hashes", "universal", "no-emit-package"),
        *("emit-index-url", "emit-find-links", "emit-build-options"),
        *("emit-marker-expression", "emit-index-annotation", "annotation-style"),
        *("require-hashes", "verify-hashes"),
    )
)


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
    if not isinstance(root, dict) or not root.keys() - _OTHERS:
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
        self._limit_what_is_added()
        for key, value in self._root.items():
            if key == _PIP and isinstance(value, dict):
                for inner, content in value.items():
                    if inner not in _OTHERS_OF_PIP:
                        self._leave_out(f"{_PIP}.", inner, content, "it is for uv pip only")
            elif key not in _READ:
                self._leave_out("", key, value, "")

    def _leave_out(self, above: str, key: str, value: object, why: str) -> None:
        """List a setting that is not read, unless it changes no build or is switched off."""
        if value and key not in _OTHERS:
            why = why or _LEFT_OUT.get(key, "this setting is not known here, and may change builds")
            self._refuse(f"{above}{key}", why)

    def _limit_what_is_added(self) -> None:
        """Repeat limits for every package in the tables that add what is limited.

        A table for one package sets aside what is for every package, name by name. For uv, both hold.
        """
        limits = self.tables.get("*", {}).get("constrain", ())
        for package, table in self.tables.items():
            added = {_added(entry) for entry in table.get("add", ())}
            own = [limit for limit in limits if parts_of(limit).name in added]
            if own and package != "*":
                table["constrain"] = own

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


def _added(entry: str | dict[str, str]) -> str:
    """Return the normalised name of what an entry of ``add`` adds."""
    return parts_of(entry).name if isinstance(entry, str) else entry["name"]
