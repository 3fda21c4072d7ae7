"""Messages and hints for rules that exclude each other or leave no release."""

from __future__ import annotations

from ..rules.place import listing, toml_key, toml_text
from .bounds import split
from .conflict import (
    DECLARED,
    DEPENDENCY,
    GIVEN,
    INSTALLED,
    LIMIT,
    RULES,
    Side,
    specifier,
    surely,
)
from .failure import Failure
from .output import NO_INDEX, UNREACHABLE

_OLDEST, _TARGET = " (oldest)", " (target)"
_EVERY_PACKAGE = 'package."*"'
ELSEWHERE = "--index-url or --find-links name other places to search"


def is_conflict(failure: Failure) -> bool:
    """Return whether a failure is a conflict, rather than a requirement that pip does not find."""
    sides = failure.conflict
    return bool(sides) and (not failure.searched or surely(sides) or not failure.not_found)


def conflict_sentence(failure: Failure) -> str:
    """Return the text after ``X does not build:`` for a failure with a conflict."""
    sides = failure.conflict
    says = listing(map(_says, sides))
    limited = f", and {failure.limited}" if failure.limited else ""
    if len(sides) == 1:
        return f"{says}, and pip cannot find such a version{limited}"
    if surely(sides):
        return f"{says}; no version satisfies {_all_of(sides)}"
    # It may find no version whatever, as it does if there is a requirement only.
    why = _LIMITED.get(failure.searched, limited)
    return f"{says}; pip cannot find a version that satisfies {_all_of(sides)}{why}"


_LIMITED = {
    NO_INDEX: ", and it uses no package index (--no-index)",
    UNREACHABLE: ", and it cannot connect to the package index",
}


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
    return "both" if len(sides) == 2 else "all of them"


def conflict_hint(failure: Failure) -> str:
    """Return the hint for a conflict, or "" if there is none."""
    if not is_conflict(failure):
        return ""
    if failure.searched in _LIMITED and len(failure.conflict) > 1 and not surely(failure.conflict):
        name = split(failure.conflict[0].requirement)[0]
        return (
            f"let pip use an index, or --find-links, with such a version of {name}; if there is none:"
            f" {_rules_hint(failure)}"
        )
    if failure.limited and not surely(failure.conflict):
        return later_hint(_rules_hint(failure))
    return _rules_hint(failure)


def later_hint(otherwise: str) -> str:
    """Return the hint for a requirement of which files were uploaded after the moment of ``as-of``.

    Args:
        otherwise: What else may help; "" for nothing.
    """
    return f"give as-of a later date{'; or ' * bool(otherwise)}{otherwise}"


def _rules_hint(failure: Failure) -> str:
    sides = failure.conflict
    name = split(sides[0].requirement)[0]
    if len(sides) == 1:
        return (
            f"change the limit in {sides[0].where} to one that a release of {name} satisfies;"
            f" `pip index versions {name}` lists them; {ELSEWHERE}"
        )
    rules = [side for side in sides if side.kind in RULES]
    others = [side for side in sides if side.kind not in RULES]
    if not rules:
        return _without_rules(failure, name)
    if not surely(rules) and others and all(side.kind == DECLARED for side in others):
        return _replaced(failure, name, rules)
    oldest = [side for side in rules if side.shown.endswith(_OLDEST)]
    if len(oldest) == 1 and all(
        side.kind not in (*RULES, DECLARED) or side.kind == LIMIT
        for side in sides
        if side is not oldest[0]
    ):
        limits = ",".join(specifier(side) for side in sides if side is not oldest[0])
        return (
            f"add specifier = {toml_text(limits)} to the source table for {name} in"
            f" {oldest[0].where}; it then chooses the oldest version that satisfies both"
        )
    # A rule cannot choose the version that a target has.
    changed = [side for side in rules if not side.shown.endswith(_TARGET)] or rules
    ways = [f"{side.shown} in {side.where}" for side in changed]
    ways += ["the constraint that pip is given"] * any(side.kind == GIVEN for side in sides)
    return f"change {' or '.join(ways)}, so that a version of {name} satisfies {_all_of(sides)}"


def _without_rules(failure: Failure, name: str) -> str:
    sides = failure.conflict
    declared = [side for side in sides if side.kind == DECLARED]
    others = [side for side in sides if side.kind != DECLARED]
    if declared and others and not surely(others) and failure.name:
        text = name + ",".join(map(specifier, others))
        key = f"replace.{toml_key(name)} = {toml_text(text)}"
        return f"add {key} to package.{toml_key(failure.name)}; {_REPLACES} {name}"
    if any(side.kind == GIVEN for side in sides):
        changed = "the constraint that pip is given"
        return f"change {changed}, so that a version of {name} satisfies {_all_of(sides)}"
    return ""


_REPLACES = "it replaces the declared"


def _replaced(failure: Failure, name: str, rules: list[Side]) -> str:
    """Return a hint that turns a rule into a replacement of the declared requirement."""
    puts = [side for side in rules if side.kind != LIMIT]
    rule = (puts or rules)[0]
    text = puts[0].shown if puts else name + ",".join(map(specifier, rules))
    if rule.where.startswith("--"):
        for ending, short in ((_OLDEST, "@oldest"), (_TARGET, "@target")):
            if text.endswith(ending):
                text = name + short
        return f"use --set '{failure.name}: {text}'; {_REPLACES} {name}"
    value = toml_text(text)
    for ending, origin in ((_OLDEST, "oldest"), (_TARGET, "target")):
        if text.endswith(ending):
            value = f'{{ from = "{origin}" }}'
    own = rule.where.replace(_EVERY_PACKAGE, f"package.{toml_key(failure.name)}")
    key = f"replace.{toml_key(name)} = {value}"
    if rule.kind == "add" and own == rule.where:
        return f"in {own}, write {key} instead of add; {_REPLACES} {name}"
    return f"add {key} to {own}; {_REPLACES} {name}"
