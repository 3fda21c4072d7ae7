"""Keys of several tables that say what a build environment consists of, combined for one package."""

from __future__ import annotations

from itertools import combinations
from typing import Sequence

from ..place import Place
from ..tables import ENVIRONMENT, ONE_OF, wins
from .rule import Rule
from .settings import Setting


def with_one_environment(
    settings: Sequence[Setting], rules: Sequence[Rule], shown: str
) -> tuple[tuple[Setting, ...], tuple[str, ...]]:
    """Return settings with at most one of these keys, that of the most specific table.

    Args:
        settings: The settings in force.
        rules: The rules in force.
        shown: The overrides file as shown in messages.

    Returns:
        The settings, and a line for each one that was set aside.

    Raises:
        OverrideError: If two keys are equally specific, or a rule needs an isolated environment and
            ``build-environment`` replaces that.
    """
    found = [setting for setting in settings if setting.key in ONE_OF]
    weaker: dict[Setting, Setting] = {}
    for one, other in combinations(found, 2):
        if wins(one, other):
            weaker[other] = one
        elif wins(other, one):
            weaker[one] = other
    left = [setting for setting in found if setting not in weaker]
    if len(left) > 1:
        one, other = left[:2]
        raise Place(shown, table=one.where).error(
            f"{one.key} is in force here, and {other.key} of {other.where}, which applies to the same"
            " package, excludes it",
            f"remove {one.key} or {other.key}",
            kind="conflicting-rules",
        )
    for setting in left:
        if setting.key == ENVIRONMENT:
            _refuse_what_needs_installing(setting, rules, shown)
    return (
        tuple(setting for setting in settings if setting not in weaker),
        tuple(
            f"{one.where}: {one.key} ({other.where} sets {other.key})" for one, other in weaker.items()
        ),
    )


def _refuse_what_needs_installing(setting: Setting, rules: Sequence[Rule], shown: str) -> None:
    for rule in rules:
        for entry in rule.entries:
            borrows = entry.source is not None and entry.source.borrow
            if borrows or entry.hashes:
                what = "borrow = true" if borrows else "hashes"
                raise Place(shown, table=setting.where).error(
                    f"{rule.label} of {rule.where} has {what}, which needs an environment that pip"
                    " fills, but this table has a build-environment that exists already",
                    f"remove build-environment, or write a rule for {rule.name or entry.name} without"
                    f" {what} into {setting.where}",
                    kind="conflicting-rules",
                )
