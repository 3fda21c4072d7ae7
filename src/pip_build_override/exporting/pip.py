"""What a file for pip's ``--build-constraint`` can say: a limit that holds in every build environment.

pip reads it from 25.3 on; from PIP_BUILD_CONSTRAINT, so do the pips that it starts. It has no rule for
one package, adds nothing and takes nothing away.
"""

from __future__ import annotations

from typing import Iterator

from .asked import Asked, Package
from .outcome import Unsaid, Written
from .world import World, setting_unsaid

TOOL = "a build constraints file"
NEEDS_HOOKS = False
LOOKS_INTO_ENVIRONMENTS = True


def write(world: World) -> Written:
    """Return the constraints file."""
    lines = world.header(
        "Build constraints of pip",
        "Use: pip install --build-constraint FILE. Not used for wheels that pip has in its cache:",
        "set PIP_NO_CACHE_DIR=1, or remove them by pip cache remove NAME.",
    )
    unsaid = [*world.unsaid]
    limits: dict[str, None] = {}
    for asked, why in world.limits_for_all():
        if why:
            unsaid.append(Unsaid(asked.where, asked.label, "*", why))
        else:
            limits[f"{asked.name}{asked.specifier}"] = None
    for asked in world.every.asked:
        if asked.key != "constrain":
            why = f"{TOOL} limits what is installed, and changes nothing that is declared"
            unsaid.append(Unsaid(asked.where, asked.label, "*", why))
    unsaid += _settings(world.every)
    lines += limits
    for package in world.packages:
        written: dict[str, None] = {}
        unsaid += package.unsaid
        for asked in package.asked:
            if not asked.level:
                continue
            why, hint = _why_not(world, package, asked)
            if why:
                unsaid.append(Unsaid(asked.where, asked.label, package.name, why, hint))
                continue
            for need in asked.after:
                limit = f"{need.name} @ {need.url}" if need.url else f"{need.name}{need.specifier}"
                if need.url or need.specifier:
                    written[limit] = None
        unsaid += _settings(package)
        if written:
            lines += [*world.comments_on(package), *(limit for limit in written if limit not in limits)]
            limits.update(written)
    return Written("\n".join(lines) + "\n", tuple(unsaid))


def _why_not(world: World, package: Package, asked: Asked) -> tuple[str, str]:
    """Return why a rule cannot be a limit in every build environment, and a hint."""
    if asked.key == "add":
        return f"{TOOL} adds nothing", ""
    if asked.key == "remove":
        return f"{TOOL} takes nothing away", ""
    if asked.key == "replace":
        why = asked.why_not_narrower(TOOL)
        if not why and asked.has_more_extras:
            why = f"{TOOL} has no extras"
        if why:
            return why, ""
    if asked.by_url:
        if not world.closed or len(world.packages) + len(world.others) > 1:
            why = f"{asked.after[0].text} would hold for every other package that is built"
            return why, ""
        return "", ""
    return world.why_not_everywhere(package, asked.name, asked.specifier)


def _settings(package: Package) -> Iterator[Unsaid]:
    for where, setting in package.settings:
        if not setting.level and package.name != "*":
            # It is listed once, for every package.
            continue
        yield setting_unsaid(package, where, setting, f"{TOOL} has limits only")
    if package.no_binary:
        hint = _no_binary_hint(package.name)
        yield Unsaid(
            package.no_binary, "no-binary", package.name, f"{TOOL} says nothing about packages", hint
        )


def _no_binary_hint(name: str) -> str:
    return f"give pip the option --no-binary {name}"
