"""The diagnosis of builds that failed, and the lines that fix them, shown after pip's own output."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Collection, Iterable, NamedTuple

from ... import rules, switch
from ...build_steps import KNOWN
from ...diagnosis import diagnose
from ...diagnosis.from_command_line import with_remedies
from ...diagnosis.idle import joined_without_idle
from ...diagnosis.misspelt import misspelt_for, misspelt_problem, renamed
from ...diagnosis.output import FOUND_NOTHING, NO_INDEX
from ...diagnosis.wording import FILE, failure_hint, named_sentences
from ...errors import OverrideError
from ...files import Json, unused_name
from ...rules import permissions
from ...rules.lines import name_of
from ...rules.place import Place, listing
from ...rules.standards import normalise
from ...rules.written import form_of_tables, lines_of_tables, tables_in
from ...terminal import Style
from ...urls import without_secrets
from ..internals import objects

if TYPE_CHECKING:
    from ...diagnosis import Failure
    from ..state.outcome import Outcome
    from ..state.pip_command import PipCommand
    from ..state.rules_in_force import RulesInForce

_SILENT = 3


def lines_for_the_end(
    command: PipCommand,
    rules_in_force: RulesInForce,
    outcome: Outcome,
    used: Collection[str] = (),
) -> list[str]:
    """Return the lines about the failures of a command, to be printed after pip's own output.

    Args:
        command: the pip command that ends.
        rules_in_force: the rules that it ran under.
        outcome: the outcome, with what is known of the failures.
        used: the tables that builds have used, as in messages.
    """
    if not outcome.failures or command.options.quiet >= _SILENT:
        return []
    style = Style(sys.stderr, plain=command.options.no_color)
    known = [one for one in failures_of(command, outcome) if one.step != KNOWN]
    if not known:
        return []
    outer = [diagnose(failure) for failure in known]
    # Replacing a build requirement is better than fixing its build.
    replaced = {
        normalise(inner.name)
        for diagnosis in outer
        if diagnosis.rules
        for inner in diagnosis.failure.nested
    }
    lines = []
    for diagnosis in outer:
        for sentence in named_sentences(diagnosis):
            lines.append(f"{style.error('pip-build-override:')} {sentence}")
        failure = diagnosis.failure
        if failure.origins:
            lines.append("  build environment:")
            lines += [f"    {', '.join(found)} ({title})" for title, found in failure.origins]
        if failure.asked_by:
            lines.append(f"  required by: {failure.asked_by}")
        if failure.leftovers:
            lines.append(f"  left by an earlier build: {', '.join(failure.leftovers)}")
        hint = failure_hint(diagnosis)
        if hint:
            lines.append(f"{style.hint('hint:')} {hint}")
    fixable = [d for d in outer if d.rules and normalise(d.failure.name) not in replaced]
    file = _file_for(rules_in_force)
    given = rules.CommandLine.load(os.environ.get(switch.COMMAND_LINE, ""))
    now_given, left, clashes = with_remedies(given, fixable)
    form = rules_in_force.overrides.form
    misspelt = _misspelt(known, file, form, used)
    names = {key: name for _, key, name in misspelt}
    # The rules of a misspelt table are merged with the fix, under its right name.
    existing = renamed(file.existing, names)
    tables, problems, idle = joined_without_idle(
        left,
        [diagnosis for diagnosis in outer if not diagnosis.rules],
        existing,
        file.shown,
        unused=rules_in_force.overrides.unused,
    )
    for failure, key, name in misspelt:
        meant = misspelt_problem(failure, key, name, file.shown)
        lines.append(f"  {meant.shown}")
        if name not in tables:
            lines.append(f"{style.hint('hint:')} {meant.hint}")
    for problem in (*clashes, *problems):
        lines += [f"  {problem.shown}", f"{style.hint('hint:')} {problem.hint}"]
    for problem in idle:
        lines += [f"  {problem.shown}", f"{style.hint('hint:')} {problem.hint}"]
    if tables and os.environ.get(switch.FIX):
        # That command tries rules, and writes those that help, itself.
        pass
    elif tables:
        before = {name: key for key, name in names.items()}
        there = [
            Place("", form).path("package", before.get(key, key))
            for key in tables
            if key in existing and form != "txt"
        ]
        place = f"a new file {file.shown}" if file.new else file.shown
        if file.unused and not there:
            lines.append(f"{style.hint('hint:')} add to {place}, which this run did not use:")
        else:
            instead = ", which this run did not use" if file.unused else ""
            instead += f", instead of everything under {listing(there)}" if there else ""
            lines.append(f"{style.hint('hint:')} write into {place}{instead}:")
        # A .txt file has no tables, so its lines become one.
        offered = {**file.existing, **tables} if form == "txt" else tables
        lines += [f"    {line}" for line in lines_of_tables(offered, form_of_tables(form))]
        lines.append(f"  then run: {_command(rules_in_force, now_given, file.path)}")
    elif file.unused and not problems and any(diagnosis.rules for diagnosis in left):
        lines.append(
            f"{style.hint('hint:')} {file.shown} contains the fix, but this run did not use it; try it:"
            f" {_command(rules_in_force, now_given, file.path)}"
        )
    elif now_given.set != given.set:
        lines.append(f"{style.hint('hint:')} run: {_command(rules_in_force, now_given)}")
    return [style.encodable(without_secrets(line)) for line in lines]


def failures_of(command: PipCommand, outcome: Outcome) -> list[Failure]:
    """Return what is known of the builds that failed in a command, the innermost first."""
    known = [failed.failure for failed in outcome.failures]
    if not objects.is_given(command.options, "no_index"):
        return known
    return [
        replace(failure, searched=NO_INDEX)
        if failure.searched == FOUND_NOTHING or failure.conflict
        else failure
        for failure in known
    ]


def _misspelt(
    failures: Iterable[Failure], file: _File, form: str, used: Collection[str]
) -> list[tuple[Failure, str, str]]:
    """Return tables probably meant for failed builds: the failure, the key, and its right spelling."""
    if form == "txt" or file.unused:
        return []
    # What the command names may not have been built yet.
    asked = {*filter(None, map(name_of, sys.argv[1:]))}
    keys = [
        key
        for key in file.existing
        if name_of(key) in asked or Place("", form).path("package", key) in used
    ]
    found: list[tuple[Failure, str, str]] = []
    for failure in failures:
        names = {key: name for _, key, name in found}
        left = renamed(file.existing, names)
        found += ((failure, key, name) for key, name in misspelt_for(failure, left, keys).items())
    return found


class _File(NamedTuple):
    """The file that a fix is to be written into.

    Attributes:
        shown: Its name in messages.
        path: Its name in a command, if it is not the file in force; "" if it is.
        existing: Its package tables, by their keys; for a new file, those that it replaces.
        new: Whether it does not exist.
        unused: Whether it exists, but is not in force.
    """

    shown: str
    path: str
    existing: Json
    new: bool = False
    unused: bool = False


def _file_for(rules_in_force: RulesInForce) -> _File:
    overrides = rules_in_force.overrides
    if _has_file(overrides):
        existing = tables_in(rules_in_force.file_content, overrides.form)
        if overrides.form != "txt":
            return _File(overrides.shown, "", existing)
        # Lines of a .txt file can only be replaced by a file with tables.
        return _new_file(existing)
    found = _tables_of(FILE)
    return _File(FILE, FILE, found, unused=True) if found is not None else _new_file({})


def _tables_of(path: str) -> Json | None:
    """Return the package tables of an overrides file, or None if pip would not accept it."""
    try:
        content, _ = permissions.read_trusted(path)
        rules.parse_overrides(content, path=os.path.abspath(path))
    except OverrideError:
        return None
    return tables_in(content, "toml")


def _new_file(replaced: Json) -> _File:
    name = unused_name(FILE)
    return _File(name, name, replaced, new=True)


def _has_file(overrides: rules.Overrides) -> bool:
    # Under ``run`` with only --set, the file is a temporary one, which is removed when ``run`` ends.
    watched = os.environ.get(switch.WATCH)
    return bool(overrides.path) and os.path.dirname(overrides.path) != watched


def _command(rules_in_force: RulesInForce, given: rules.CommandLine, file: str = "") -> str:
    words = [*_this_pip(), *sys.argv[1:]]
    overrides = rules_in_force.overrides
    if switch.WATCH in os.environ or file:
        name = file or (_from_here(overrides.path) if _has_file(overrides) else "")
        options = [word for text in ([name] if name else []) for word in ("--overrides", text)]
        options += given.words()
        words = ["pip-build-override", "run", *options, "--", *words]
    return " ".join(map(shlex.quote, map(without_secrets, words)))


def _this_pip() -> list[str]:
    """Return the words with which the user can start this pip: ``pip`` alone may be another one."""
    found = shutil.which("pip")
    same = found and os.path.dirname(found) == os.path.dirname(sys.executable)
    return ["pip"] if same else [sys.executable, "-m", "pip"]


def _from_here(path: str) -> str:
    try:
        return os.path.relpath(path)
    except ValueError:
        # On Windows there is no relative path from one drive to another.
        return path
