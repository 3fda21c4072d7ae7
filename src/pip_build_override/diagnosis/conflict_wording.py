"""Messages and hints for rules that exclude each other or leave no release."""

from __future__ import annotations

from ..rules.place import listing, toml_text
from .bounds import split
from .conflict import (
    DECLARED,
    DEPENDENCY,
    GIVEN,
    INSTALLED,
    LIMIT,
    RULES,
    Side,
    excludes_each_other,
    specifier,
)
from .failure import Failure

_OLDEST, _TARGET = " (oldest)", " (target)"
_EVERY_PACKAGE = 'package."*"'


def conflict_sentence(failure: Failure) -> str:
    """Return the text after ``X does not build:`` for a failure with a conflict."""
    sides = failure.conflict
    says = listing(map(_says, sides))
    if len(sides) == 1:
        return f"{says}, and pip cannot find such a version"
    sure = any(excludes_each_other(one, other) for one in sides for other in sides)
    return (
        f"{says}; {'no version is' if sure else 'pip cannot find a version that is'} {_all_of(sides)}"
    )


def _says(side: Side) -> str:
    if side.kind == LIMIT:
        return f"{side.where} allows only {side.requirement}"
    if side.kind in RULES:
        return f"{side.where} requires {side.shown}"
    if side.kind == DEPENDENCY:
        who = f"{side.by}, which {side.where} requires," if side.where else side.by
        return f"{who} depends on {side.requirement}"
    if side.kind == GIVEN:
        return f"a constraint given to pip allows only {side.requirement}"
    if side.kind == INSTALLED:
        return f"{side.requirement} is installed already"
    return f"{'it declares' if side.kind == DECLARED else 'something else requires'} {side.requirement}"


def _all_of(sides: tuple[Side, ...]) -> str:
    return "both" if len(sides) == 2 else "all of these"


def conflict_hint(failure: Failure) -> str:
    """Return the hint for a conflict, or "" for a failure without one."""
    sides = failure.conflict
    if not sides:
        return ""
    name = split(sides[0].requirement)[0]
    if len(sides) == 1:
        return (
            f"change the limit in {sides[0].where} to one that a release of {name} satisfies;"
            f" `pip index versions {name}` lists them, and --index-url or --find-links tell pip of"
            " other places"
        )
    rules = [side for side in sides if side.kind in RULES]
    others = [side for side in sides if side.kind not in RULES]
    alike = not any(excludes_each_other(one, other) for one in rules for other in rules)
    if alike and others and all(side.kind == DECLARED for side in others):
        return _replaced(failure, name, rules)
    oldest = [side for side in rules if side.shown.endswith(_OLDEST)]
    if len(oldest) == 1 and all(
        side.kind not in (*RULES, DECLARED) or side.kind == LIMIT
        for side in sides
        if side is not oldest[0]
    ):
        limits = ",".join(specifier(side) for side in sides if side is not oldest[0])
        return (
            f"write specifier = {toml_text(limits)} into the source table for {name} in"
            f" {oldest[0].where}: it is then the oldest version within that"
        )
    # A rule cannot choose the version that a target has.
    changed = [side for side in rules if not side.shown.endswith(_TARGET)] or rules
    ways = [f"{side.shown} in {side.where}" for side in changed]
    ways += ["the constraint that pip is given"] * any(side.kind == GIVEN for side in sides)
    return f"change {' or '.join(ways)}, so that one version of {name} satisfies {_all_of(sides)}"


def _replaced(failure: Failure, name: str, rules: list[Side]) -> str:
    """Return a hint that turns a rule into a replacement of the declared requirement."""
    puts = [side for side in rules if side.kind != LIMIT]
    rule = (puts or rules)[0]
    text = puts[0].shown if puts else name + ",".join(map(specifier, rules))
    why = f"that takes the place of the declared {name}"
    if "--constrain" in rule.where or "--set" in rule.where:
        text = text.replace(_OLDEST, "").replace(_TARGET, "")
        return f"use --set '{failure.name}: {text}': {why}"
    value = toml_text(text)
    for ending, origin in ((_OLDEST, "oldest"), (_TARGET, "target")):
        if text.endswith(ending):
            value = f'{{ from = "{origin}" }}'
    own = rule.where.replace(_EVERY_PACKAGE, f"package.{failure.name}")
    instead = " in place of its add" if rule.kind == "add" and own == rule.where else ""
    return f"write replace.{name} = {value} into {own}{instead}: {why}"
