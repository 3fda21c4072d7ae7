"""What ``[tool.uv]`` can say: more build requirements of one package, and limits for all packages.

``extra-build-dependencies`` are requirements of one package, which uv adds to those that are declared.
uv (seen with 0.13) leaves them out when it resolves once more, with what the build backend asks for. So
a limit is written there only if the backend asks for nothing new. Nor do they hold for what is built to
fill a build environment. ``build-constraint-dependencies`` always hold, but for every package.
"""

from __future__ import annotations

from typing import Any

from ..rules.place import toml_key, toml_value
from ..rules.planning.settings import Setting
from ..rules.tables import CONFIG_SETTINGS, ENV, ENVIRONMENT, TARGET
from .asked import Asked, Package
from .outcome import Unsaid, Written
from .world import World, setting_unsaid

TOOL = "uv"
_NOT_NESTED = "extra-build-dependencies do not hold for build requirements that are built from source."
NEEDS_HOOKS = True
LOOKS_INTO_ENVIRONMENTS = True
# They require nothing, or, as wheel does, only packaging.
_ALONE = frozenset(("setuptools", "wheel"))


def write(world: World) -> Written:
    """Return the tables for pyproject.toml."""
    work = _Work(world)
    work.for_every_package()
    for package in world.packages:
        work.for_package(package)
    return Written("\n".join(work.lines()) + "\n", tuple(work.unsaid))


class _Work:
    """The settings of uv that are collected, and what cannot be one of them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.unsaid = list(world.unsaid)
        self._limits: dict[str, None] = {}
        self._every: dict[str, Any] = {}
        self._extra: dict[str, dict[str, None]] = {}
        self._comments: dict[str, list[str]] = {}
        self._variables: dict[str, dict[str, str]] = {}
        self._options: dict[str, dict[str, Any]] = {}
        self._no_binary: list[str] = []
        self._not_isolated: list[str] = []

    def for_every_package(self) -> None:
        """Collect the rules for every package."""
        world = self._world
        for asked, why in world.limits_for_all():
            if why:
                self.unsaid.append(Unsaid(asked.where, asked.label, "*", why))
            else:
                self._limits[f"{asked.name}{asked.specifier}"] = None
        for asked in world.every.asked:
            if asked.key != "constrain":
                why = "for every package, uv has limits only"
                self.unsaid.append(Unsaid(asked.where, asked.label, "*", why))
        for where, setting in world.every.settings:
            why = f"uv has nothing for {setting.key} of every package"
            if setting.key == CONFIG_SETTINGS:
                why = self._why_not_for_every(setting)
            if why:
                self.unsaid.append(setting_unsaid(world.every, where, setting, why))
            else:
                self._every[setting.name] = _value(setting)

    def _why_not_for_every(self, setting: Setting) -> str:
        """Return why a setting cannot be one for every package; "" if it can.

        uv makes a list of the value for every package and that for one package.
        """
        apart = [
            package.name
            for package in self._world.packages
            for _, own in package.settings
            if own.level and (own.key, own.name) == (setting.key, setting.name)
        ]
        own = f"{', '.join(apart)} has a value of its own, and uv would pass both"
        return own if apart else ""

    def for_package(self, package: Package) -> None:
        """Collect the rules for one package."""
        self.unsaid += package.unsaid
        for asked in package.asked:
            if not asked.level:
                continue
            why, hint = self._requirement(package, asked)
            if why:
                self.unsaid.append(Unsaid(asked.where, asked.label, package.name, why, hint))
        for where, setting in package.settings:
            if setting.level:
                self._setting(package, where, setting)
        if package.no_binary:
            self._no_binary.append(package.name)
        self._comments[package.name] = self._world.comments_on(package)

    def _requirement(self, package: Package, asked: Asked) -> tuple[str, str]:
        """Collect a rule on build requirements; return why it cannot be said, and a hint."""
        if asked.key == "remove":
            return "uv takes nothing away from what a package declares", ""
        why = asked.why_not_narrower(TOOL) if asked.key == "replace" else ""
        if why:
            return why, ""
        extra = self._extra.get(package.name, {})
        texts = [need.text for need in asked.after]
        facts = package.facts
        nested = self._world.why_nested(package)
        if nested and (asked.key == "add" or asked.has_more_extras or asked.by_url):
            return f"{nested}, where uv has no extra-build-dependencies", ""
        if (
            not nested
            and facts.is_stable
            and (asked.key == "add" or asked.name in package.declared_names)
        ):
            self._extra[package.name] = {**extra, **dict.fromkeys(texts)}
            return self._world.unless_nested(package, TOOL)
        named = package.declared_names | package.asked_names
        installs = asked.key == "add" or (asked.key == "replace" and asked.has_more_extras)
        if installs and facts.declared is not None and facts.asked is not None:
            # What nothing else asks for is not changed when uv resolves once more.
            alone = named <= _ALONE and asked.name not in (*_ALONE, "packaging")
            if alone or not (asked.specifier or asked.by_url):
                self._extra[package.name] = {**extra, **dict.fromkeys(texts)}
                return self._world.unless_nested(package, TOOL)
        if asked.by_url:
            return self._why_not_extra(package, asked), ""
        why, hint = self._world.why_not_everywhere(package, asked.name, asked.specifier)
        if why:
            return f"{self._why_not_extra(package, asked)}, and as a limit for all, {why}", hint
        if asked.specifier:
            self._limits[f"{asked.name}{asked.specifier}"] = None
        if installs:
            self._extra[package.name] = {**extra, **dict.fromkeys(texts)}
        return "", ""

    def _why_not_extra(self, package: Package, asked: Asked) -> str:
        facts = package.facts
        if facts.declared is None or facts.asked is None:
            problem = facts.problem or facts.hook_problem
            return f"what {facts.label} asks for is not known ({problem})"
        if self._world.why_nested(package):
            return f"{self._world.why_nested(package)}, where uv has no extra-build-dependencies"
        if not facts.is_stable:
            named = ", ".join(facts.asked)
            return (
                f"uv forgets extra-build-dependencies when it installs what the build backend of"
                f" {facts.label} asks for ({named})"
            )
        return f"{facts.label} does not declare {asked.name}, which uv would add"

    def _setting(self, package: Package, where: str, setting: Setting) -> None:
        if setting.key == ENV and setting.value is not None:
            self._variables.setdefault(package.name, {})[setting.name] = setting.value
            return
        if setting.key == CONFIG_SETTINGS:
            self._options.setdefault(package.name, {})[setting.name] = _value(setting)
            return
        why = f"uv has nothing for {setting.key}"
        if setting.key == ENV:
            why = "uv unsets no variable"
        elif setting.key == ENVIRONMENT and setting.value == TARGET:
            self._not_isolated.append(package.name)
            why = "it is written, but uv does not check that the environment has what the package needs"
        self.unsaid.append(setting_unsaid(package, where, setting, why))

    def lines(self) -> list[str]:
        """Return the lines of the file."""
        lines = self._world.header(
            "Build settings of uv, for pyproject.toml",
            'An older uv ignores what it does not know: set required-version = ">=0.8.6".',
            "Not used for wheels that uv has in its cache: run uv cache clean NAME first.",
            *([_NOT_NESTED] if self._extra else []),
        )
        top = [
            ("build-constraint-dependencies", list(self._limits)),
            ("no-binary-package", self._no_binary),
            ("no-build-isolation-package", self._not_isolated),
            ("config-settings", self._every),
        ]
        texts = [f"{key} = {toml_value(value)}" for key, value in top if value]
        if texts:
            lines += ["", "[tool.uv]", *texts]
        tables: list[tuple[str, dict[str, Any]]] = [
            ("extra-build-dependencies", {name: list(texts) for name, texts in self._extra.items()}),
            ("extra-build-variables", dict(self._variables)),
            ("config-settings-package", dict(self._options)),
        ]
        comments = [line for each in self._comments.values() for line in each]
        for key, table in tables:
            if table:
                lines += ["", *comments, f"[tool.uv.{key}]"]
                lines += [f"{toml_key(name)} = {toml_value(value)}" for name, value in table.items()]
                comments = []
        if comments and texts:
            lines += ["", *comments]
        return lines


def _value(setting: Setting) -> Any:
    return setting.value if isinstance(setting.value, str) else list(setting.value)
