"""``system-site-packages`` and ``build-environment`` of several tables, combined for one package."""

from __future__ import annotations

from typing import Sequence

from ..place import Place
from ..tables import ENVIRONMENT, SEES_TARGET, wins
from .rule import Rule
from .settings import Setting


def with_one_environment(
    settings: Sequence[Setting], rules: Sequence[Rule], shown: str
) -> tuple[tuple[Setting, ...], tuple[str, ...]]:
    """Return settings with at most one of both keys, that of the more specific table.

    Args:
        settings: The settings in force.
        rules: The rules in force.
        shown: The overrides file as shown in messages.

    Returns:
        The settings, and a line for the one that was set aside, if any.

    Raises:
        OverrideError: If both keys are equally specific, or a rule needs an isolated environment and
            ``build-environment`` replaces that.
    """
    set_aside: tuple[str, ...] = ()
    found = {setting.key: setting for setting in settings if setting.key in (SEES_TARGET, ENVIRONMENT)}
    if len(found) == 2:
        weaker, stronger = found.values()
        if wins(weaker, stronger):
            weaker, stronger = stronger, weaker
        if not wins(stronger, weaker):
            raise Place(shown, table=weaker.where).error(
                f"{weaker.key} is in force here, and {stronger.key} of {stronger.where}, which applies"
                " to the same package, excludes it",
                f"remove {weaker.key} or {stronger.key}",
            )
        settings = [setting for setting in settings if setting is not weaker]
        set_aside = (f"{weaker.where}: {weaker.key} ({stronger.where} sets {stronger.key})",)
        del found[weaker.key]
    if ENVIRONMENT in found:
        _refuse_what_needs_installing(found[ENVIRONMENT], rules, shown)
    return tuple(settings), set_aside


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
                )
