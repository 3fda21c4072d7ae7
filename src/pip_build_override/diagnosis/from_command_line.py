"""Remedies merged into the options of ``run``, because ``--set`` overrules the tables of a file."""

from __future__ import annotations

from dataclasses import replace
from typing import Iterable, Sequence

from ..command_line import CommandLine
from ..rules.reading.requirement import RequirementError, read_requirement
from ..rules.standards import normalise
from .bounds import Contradiction, split, tightest
from .findings import Diagnosis
from .remedy import Rules, name_in, value_of
from .wording import Problem


def with_remedies(
    given: CommandLine, diagnoses: Iterable[Diagnosis]
) -> tuple[CommandLine, list[Diagnosis], list[Problem]]:
    """Merge remedies into the options of a command that are about the same names.

    Returns:
        The new options; the diagnoses, with the rules that still belong in a file; and the remedies
        that could not be merged.
    """
    settings = list(given.set)
    limits: list[str] = []
    left = []
    problems = []
    for diagnosis in diagnoses:
        wanted = [value for value in map(value_of, diagnosis.rules.add) if isinstance(value, str)]
        wanted += diagnosis.rules.constrain
        try:
            settings, met = _changed_settings(settings, diagnosis, wanted)
        except Contradiction as error:
            problems.append(_problem(error, diagnosis))
            continue
        limits += wanted
        left.append(replace(diagnosis, rules=_without(diagnosis.rules, met)))
    constrain = tuple(text for text in given.constrain if _is_compatible(text, limits))
    return CommandLine(constrain, tuple(settings), given.as_of), left, problems


def _changed_settings(
    settings: Sequence[str], diagnosis: Diagnosis, wanted: Iterable[str]
) -> tuple[list[str], set[str]]:
    """Return the settings with the wanted limits merged in, and the names of those limits."""
    limits = {split(text)[0]: text for text in wanted}
    result = []
    met = set()
    for text in settings:
        package, _, requirement = (part.strip() for part in text.partition(":"))
        name = split(requirement)[0]
        if normalise(package) != normalise(diagnosis.failure.name):
            result.append(text)
        elif name in limits and split(limits[name])[1]:
            result.append(f"{package}: {_limited(text, requirement, limits[name])}")
            met.add(name)
        elif name not in _names_in(diagnosis.rules):
            result.append(text)
    return result, met


def _limited(setting: str, requirement: str, limit: str) -> str:
    try:
        whole = read_requirement(requirement)
    except RequirementError:
        raise Contradiction(limit, "--set", setting) from None
    if whole.url:
        raise Contradiction(limit, "--set", setting)
    try:
        specifier = tightest([whole.specifier, split(limit)[1]])
    except Contradiction:
        specifier = split(limit)[1]
    extras = f"[{','.join(whole.extras)}]" if whole.extras else ""
    return whole.name + extras + specifier + (f"; {whole.marker}" if whole.marker else "")


def _names_in(rules: Rules) -> set[str]:
    return {*(name_in(value_of(text)) for text in rules.add), *(name for name, _ in rules.replace)}


def _without(rules: Rules, names: set[str]) -> Rules:
    return replace(
        rules,
        add=tuple(text for text in rules.add if name_in(value_of(text)) not in names),
        constrain=tuple(text for text in rules.constrain if split(text)[0] not in names),
    )


def _is_compatible(constraint: str, limits: Iterable[str]) -> bool:
    name, specifier = split(constraint)
    try:
        for limit in limits:
            if split(limit)[0] == name:
                tightest([specifier, split(limit)[1]])
    except Contradiction:
        return False
    return True


def _problem(error: Contradiction, diagnosis: Diagnosis) -> Problem:
    return Problem(
        f"{diagnosis.failure.label} needs {error.wanted}, but --set {error.entry!r} does not allow it",
        f"use --set '{diagnosis.failure.name}: {error.wanted}' instead",
        "conflicting-rules",
    )
