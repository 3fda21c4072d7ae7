"""What ``[tool.poetry.build-constraints]`` can say: limits for one package, from Poetry 2.3 on.

They hold in both steps in which Poetry fills a build environment, and for dependencies that the project
has, not for what is built to fill a build environment.
"""

from __future__ import annotations

from typing import Iterator, Mapping

from ..rules.place import toml_key, toml_text
from ..rules.tables import CONFIG_SETTINGS
from .asked import Asked, Package
from .outcome import Unsaid, Written
from .world import World, setting_unsaid

TOOL = "Poetry"
NEEDS_HOOKS = False
LOOKS_INTO_ENVIRONMENTS = True
_EVERY = "Poetry has build constraints for single packages only"


def write(world: World) -> Written:
    """Return the tables for pyproject.toml."""
    lines = world.header(
        "Build constraints of Poetry, for pyproject.toml",
        'An older Poetry ignores them: set requires-poetry = ">=2.3" in [tool.poetry].',
        "They hold for dependencies of the project, not for build requirements that are built",
        "from source. Not used for wheels that Poetry has in its cache: poetry cache clear.",
    )
    unsaid = [*world.unsaid]
    unsaid += [Unsaid(asked.where, asked.label, "*", _EVERY) for asked in world.every.asked]
    for where, setting in world.every.settings:
        unsaid.append(setting_unsaid(world.every, where, setting, _EVERY))
    for package in world.packages:
        limits: dict[str, list[str]] = {}
        unsaid += package.unsaid
        for asked in package.asked:
            why = world.why_nested(package)
            why, hint = f"{why}, where Poetry has no build constraints" if why else _why_not(asked), ""
            if not why:
                limits.setdefault(asked.name, []).append(asked.specifier)
                why, hint = world.unless_nested(package, TOOL)
            if why and asked.level:
                unsaid.append(Unsaid(asked.where, asked.label, package.name, why, hint))
        unsaid += _settings(package)
        written = {name: ",".join(filter(None, parts)) for name, parts in limits.items()}
        if any(written.values()):
            lines += [
                "",
                *world.comments_on(package),
                f"[tool.poetry.build-constraints.{toml_key(package.name)}]",
            ]
            lines += [f"{toml_key(name)} = {toml_text(text)}" for name, text in written.items() if text]
    return Written("\n".join(lines) + "\n", tuple(unsaid))


def _why_not(asked: Asked) -> str:
    if asked.key == "add":
        return "Poetry adds nothing to what a package declares"
    if asked.key == "remove":
        return "Poetry takes nothing away from what a package declares"
    why = asked.why_not_narrower(TOOL) if asked.key == "replace" else ""
    if not why and (asked.by_url or "===" in asked.specifier):
        why = "a build constraint of Poetry has no URL, path or ==="
    if not why and asked.has_more_extras:
        why = "a build constraint of Poetry has no extras"
    return why


def _settings(package: Package) -> Iterator[Unsaid]:
    options = {
        setting.name: setting.value if isinstance(setting.value, str) else list(setting.value)
        for _, setting in package.settings
        if setting.key == CONFIG_SETTINGS
    }
    for where, setting in package.settings:
        if not setting.level:
            continue
        why, hint = f"pyproject.toml of Poetry has nothing for {setting.key}", ""
        if setting.key == CONFIG_SETTINGS:
            hint = _config_settings_hint(package.name, options)
        yield setting_unsaid(package, where, setting, why, hint)
    if package.no_binary:
        yield Unsaid(
            package.no_binary,
            "no-binary",
            package.name,
            "it is a setting of poetry.toml",
            _no_binary_hint(package.name),
        )


def _config_settings_hint(name: str, options: Mapping[str, object]) -> str:
    import json
    import shlex

    given = shlex.quote(json.dumps(options))
    return f"set it by: poetry config --local installer.build-config-settings.{name} {given}"


def _no_binary_hint(name: str) -> str:
    return f"set it by: poetry config --local installer.no-binary {name}"
