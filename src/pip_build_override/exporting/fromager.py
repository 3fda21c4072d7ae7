"""What the settings of a package in fromager can say: ``overrides/settings/NAME.yaml``.

``project_override`` changes ``[build-system] requires``: ``update_build_requires`` takes the place of
all lines of its name, or adds them, and ``remove_build_requires`` removes a name. What the build
backend asks for is not changed, and is installed after that with ``--upgrade``.
"""

from __future__ import annotations

import json

from ..rules.planning.settings import Setting
from ..rules.tables import CONFIG_SETTINGS, ENV
from .asked import Asked, Package
from .outcome import Unsaid, Written
from .world import World, setting_unsaid

TOOL = "fromager"
NEEDS_HOOKS = True
LOOKS_INTO_ENVIRONMENTS = False
_EVERY = "fromager has settings for single packages only"
_SETUPTOOLS = "setuptools"
_KEYS = ("project_override", "update_build_requires", "remove_build_requires", "config_settings", "env")
# They require nothing, or, as wheel does, only packaging.
_ALONE = frozenset((_SETUPTOOLS, "wheel"))


def write(world: World) -> Written:
    """Return one YAML document for each package, with the name of its file above it."""
    lines = world.header("Settings of fromager, a file for each document")
    unsaid = [*world.unsaid]
    unsaid += [Unsaid(asked.where, asked.label, "*", _EVERY) for asked in world.every.asked]
    for where, setting in world.every.settings:
        unsaid.append(setting_unsaid(world.every, where, setting, _EVERY))
    for package in world.packages:
        work = _Work(package)
        work.collect()
        unsaid += [*package.unsaid, *work.unsaid]
        document = work.lines()
        if document:
            lines += ["---", f"# overrides/settings/{package.name}.yaml"]
            lines += [*world.comments_on(package, replaces=True), *document]
    return Written("\n".join(lines) + "\n", tuple(unsaid))


class _Work:
    """The settings of one package that are collected, and what cannot be one of them."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self.unsaid: list[Unsaid] = []
        self._requires: dict[str, list[str]] = {}
        for line in package.static:
            if line.applies:
                self._requires.setdefault(line.name, []).append(line.text)
        self._updated: dict[str, None] = {}
        self._removed: dict[str, None] = {}
        self._options: dict[str, str | list[str]] = {}
        self._variables: dict[str, str] = {}

    def collect(self) -> None:
        """Collect the rules."""
        for asked in self._package.asked:
            why = self._why_not(asked)
            if not why:
                self._change(asked)
            elif asked.level:
                self.unsaid.append(Unsaid(asked.where, asked.label, self._package.name, why))
        for where, setting in self._package.settings:
            why = self._set(setting)
            if why and setting.level:
                self.unsaid.append(setting_unsaid(self._package, where, setting, why))

    def _why_not(self, asked: Asked) -> str:
        facts, names = self._package.facts, self._package.asked_names
        if facts.declared is None or facts.asked is None:
            return f"what {facts.label} asks for is not known ({facts.problem or facts.hook_problem})"
        if asked.by_url:
            return "fromager takes build requirements from its index only"
        for name in dict.fromkeys((asked.name, *(need.name for need in asked.after))):
            if name in names and (asked.key in ("replace", "remove") or asked.specifier):
                return (
                    f"fromager does not change what the build backend asks for, and it asks for {name}"
                )
        if asked.key == "constrain" and asked.name not in self._requires:
            return f"{facts.label} does not declare {asked.name}, which fromager would add"
        limited = {need.name for need in asked.after if need.specifier}
        if limited and names and not (names <= _ALONE and "packaging" not in limited):
            return (
                f"fromager upgrades what it has installed when it installs what the build backend of"
                f" {facts.label} asks for ({', '.join(facts.asked)})"
            )
        return ""

    def _change(self, asked: Asked) -> None:
        if asked.key in ("replace", "remove"):
            self._requires.pop(asked.name, None)
            self._updated.pop(asked.name, None)
            self._removed[asked.name] = None
        for need in asked.after:
            self._requires.setdefault(need.name, []).append(need.text)
            self._removed.pop(need.name, None)
            self._updated[need.name] = None

    def _set(self, setting: Setting) -> str:
        """Collect a setting; return why it cannot be said."""
        value = setting.value
        if setting.key == CONFIG_SETTINGS:
            self._options[setting.name] = value if isinstance(value, str) else list(value)
        elif setting.key != ENV:
            return f"fromager has nothing for {setting.key}"
        elif value is None:
            return "fromager unsets no variable"
        elif "$(" in value.replace("$", "$$") or value != value.strip():
            return "fromager accepts no $( in a value, and no blanks around it"
        else:
            self._variables[setting.name] = value.replace("$", "$$")
        return ""

    def lines(self) -> list[str]:
        """Return the document; nothing if there is nothing to say."""
        document: dict[str, object] = {}
        if self._updated or self._removed:
            if _SETUPTOOLS not in self._requires:
                # fromager adds it to every list that it changes.
                self._removed[_SETUPTOOLS] = None
            update = [text for name in self._updated for text in dict.fromkeys(self._requires[name])]
            document["project_override"] = {
                **({"update_build_requires": update} if update else {}),
                **({"remove_build_requires": list(self._removed)} if self._removed else {}),
            }
        if self._options:
            document["config_settings"] = self._options
        if self._variables:
            document["env"] = self._variables
        return _yaml(document)


def _yaml(value: dict[str, object], indent: str = "") -> list[str]:
    """Return a mapping as YAML; texts are in JSON's form, which YAML has in common with it."""
    lines = []
    for key, item in value.items():
        name = key if key in _KEYS else _text(key)
        if isinstance(item, dict):
            lines += [f"{indent}{name}:", *_yaml(item, indent + "  ")]
        elif isinstance(item, list):
            lines += [f"{indent}{name}:", *(f"{indent}  - {_text(each)}" for each in item)]
        else:
            lines.append(f"{indent}{name}: {_text(item)}")
    return lines


def _text(value: object) -> str:
    # YAML 1.1 has no pairs of surrogates.
    return json.dumps(value, ensure_ascii=False)
