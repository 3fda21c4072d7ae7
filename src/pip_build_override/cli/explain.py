"""``explain``: show declared and effective build requirements, and the rules that change them."""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import sys
from typing import TYPE_CHECKING, Iterable, Iterator, NamedTuple, Sequence

from .. import asking_pip, rules, switch
from ..command_line import CommandLine
from ..diagnosis import diagnose
from ..diagnosis.wording import sentences
from ..errors import OverrideError
from ..in_pip.state.explanation import (
    NOT_FOUND_HINT,
    ExplainedBuild,
    ExplainedFile,
    Explanation,
    FailedExplanation,
    Unexplained,
)
from ..near_files import nearest
from ..records.showing import listed, shown_change
from ..rules.lines import name_of
from ..rules.place import did_you_mean
from ..rules.reading.paths import ARCHIVES
from ..rules.reading.requirement import RequirementError
from ..rules.reading.requirement_slips import read
from ..rules.standards import normalise
from ..startup import target as targets
from ..terminal import Style
from ..urls import without_secrets
from . import options
from .waiting import waiting

if TYPE_CHECKING:
    from typing_extensions import TypeGuard

SUMMARY = "show declared and effective build requirements"
DESCRIPTION = """Show the build requirements that packages declare, and those that they would get,
without building anything.

The pip of the target environment downloads the sdist, with its own indexes and settings. --hooks also
asks the build backend for its requirements, in a build environment; only then is it known whether a
rule is unused."""
EXAMPLE = "pip-build-override explain --overrides build-overrides.toml pyworld==0.3.3"

_ASKS_MORE = "--hooks asks the backend for more"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    options.add_rules(parser)
    options.add_python(
        parser,
        "the interpreter of the target environment, or that environment; by default this one",
    )
    parser.add_argument("--hooks", action="store_true", help="also ask the build backend")
    parser.add_argument(
        "-r",
        "--requirement",
        metavar="FILE",
        action="append",
        default=[],
        help="a requirements file that names packages",
    )
    options.add_format(parser)
    parser.add_argument("requirements", metavar="REQUIREMENT", nargs="*", help="a package")


def main(args: argparse.Namespace) -> int:
    """Show the plans.

    Returns:
        The exit status: 0, 1 if pip would not build one of the packages, or 2 if a plan cannot be
        honoured.

    Raises:
        OverrideError: If no package is named, the file is invalid or pip cannot get a package.
    """
    if not args.requirements and not args.requirement:
        raise OverrideError(
            "there is nothing to explain",
            kind="usage",
            hint="name a package: pip-build-override explain pyworld==0.3.3",
        )
    for text in args.requirements:
        _check_requirement(text)
    for file in args.requirement:
        _check_file(file)
    extra = CommandLine(tuple(args.constrain), tuple(args.set), args.as_of)
    answer = ask(
        args.python,
        args.requirements,
        files=args.requirement,
        overrides=args.overrides,
        extra=extra,
        hooks=args.hooks,
    )
    if args.format == "json":
        print(json.dumps(answer.to_json(), indent=2))
    else:
        given = _read(_file_of_rules(args.overrides), extra)
        errors = [_not_found_error(each, given) for each in answer.packages if _is_error(each)]
        texts = [_text(each) for each in answer.packages if not _is_error(each)]
        if texts:
            print("\n\n".join(texts))
        for line in _misspelt(answer, given):
            print(line)
        for error in errors:
            text = f"pip-build-override: error: {error.shown}"
            print(Style(sys.stderr).message(text), file=sys.stderr)
    if any(isinstance(package, ExplainedBuild) and package.unused for package in answer.packages):
        return 2
    return 1 if any(isinstance(package, Unexplained) for package in answer.packages) else 0


def _check_requirement(text: str) -> None:
    """Check what the user named, if it is a requirement and not a URL or a path, as pip reads it.

    Raises:
        OverrideError: If it is not a valid one, or if there is no such path.
    """
    if "/" in text or "\\" in text or text.startswith(".") or text.lower().endswith(ARCHIVES):
        _check_path(text)
        return
    try:
        read(text)
    except RequirementError as error:
        words = " ".join(map(shlex.quote, error.instead))
        raise OverrideError(
            f"{shlex.quote(text)} is not a requirement: {error.problem}",
            kind="invalid-requirement",
            hint=f"write {words}{error.more}" if words else error.hint,
        ) from None


def _check_path(text: str) -> None:
    """Raise an error for a path to nothing, which pip would take for a wrong requirement."""
    # A path may have extras and a marker, as a requirement has; everything else is a URL.
    path = re.sub(r"(\[[^\]]*\])?\s*(;.*)?$", "", text)
    is_url = "@" in text or re.match(r"[A-Za-z][A-Za-z0-9+.-]+:", text)
    if not is_url and not os.path.exists(path) and not os.path.exists(text):
        raise OverrideError(
            f"there is no file or directory {path}",
            kind="file-not-found",
            hint=_missing_path_hint(path),
        )


def _missing_path_hint(path: str) -> str:
    near = nearest(path, lambda other: os.path.isdir(other) or other.lower().endswith(ARCHIVES))
    if near:
        return f"did you mean {shlex.quote(near)}?"
    return "give the name of a package, or the path of an sdist or a source directory that is there"


def _check_file(file: str) -> None:
    """Raise an error for a requirements file that is not there."""
    if "://" in file or (os.path.exists(file) and not os.path.isdir(file)):
        return
    problem = "is a directory" if os.path.isdir(file) else "is missing"
    raise OverrideError(
        f"-r {file}: the requirements file {problem}",
        kind="file-not-found",
        hint=_missing_file_hint(file),
    )


def _missing_file_hint(file: str) -> str:
    near = "" if os.path.isdir(file) else nearest(file)
    return f"did you mean -r {shlex.quote(near)}?" if near else "give the path of a requirements file"


def ask(
    python: str,
    requirements: Sequence[str],
    *,
    files: Sequence[str] = (),
    overrides: str | None = None,
    extra: CommandLine | None = None,
    hooks: bool = False,
) -> Explanation:
    """Return the plans that an interpreter's pip makes, without building anything.

    Args:
        python: The interpreter.
        requirements: The packages.
        files: Requirements files that name more packages.
        overrides: The overrides file; by default the file that the switch names.
        extra: Rules that are given without a file; by default those of the ``run`` above, if any.
        hooks: Whether to ask the build backends too.

    Raises:
        OverrideError: If the file is invalid or pip cannot get a package.
    """
    given = _file_of_rules(overrides)
    _read(given, extra)
    interpreter = targets.find(python)
    named = [word for path in files for word in ("-r", path)]
    by_hand = _ByHand(interpreter, tuple(requirements), tuple(named), given, extra)
    try:
        with waiting("asking pip"):
            answer = asking_pip.ask(
                interpreter,
                [*named, "--", *requirements],
                overrides=os.path.abspath(given) if given else "",
                variables={
                    switch.EXPLAIN_HOOKS: "1" if hooks else "",
                    **({switch.COMMAND_LINE: extra.dump()} if extra else {}),
                },
                hint="check the requirement and the index, and see what pip says:"
                f" {_typed(by_hand.pip())}",
            )
    except asking_pip.PipFailed as error:
        raise _of_backend(error.answer, by_hand) or error from None
    try:
        return Explanation.from_json(answer)
    except ValueError:
        raise OverrideError(
            f"the pip of {python} gave no answer",
            kind="no-answer",
            hint="run the same requirement with pip download there, and see what it prints",
        ) from None


class _ByHand(NamedTuple):
    """What pip was asked to explain, for a command that shows more of it.

    Attributes:
        interpreter: The interpreter whose pip was asked.
        requirements: The packages.
        files: Options that name requirements files.
        overrides: The overrides file; "" if there is none.
        extra: Rules that were given without a file.
    """

    interpreter: str
    requirements: tuple[str, ...]
    files: tuple[str, ...]
    overrides: str
    extra: CommandLine | None

    def pip(self, others: Iterable[str] = ()) -> list[str]:
        """Return the words of a command that builds the packages from source.

        Args:
            others: Names of packages in the requirements files.
        """
        asked = [text for text in self.requirements if "/" not in text.partition("@")[0]]
        names = dict.fromkeys(filter(None, (*map(name_of, asked), *others)))
        no_binary = ["--no-binary", ",".join(names)] if names else []
        words = [self.interpreter, "-m", "pip", "wheel", "--no-deps", *no_binary]
        return [*words, *self.files, *self.requirements]

    def diagnosing(self, others: Iterable[str]) -> str:
        """Return a command that does so under the same rules, and ends with the diagnosis."""
        extra = self.extra or CommandLine()
        options = ["--overrides", self.overrides] if self.overrides else []
        options += extra.words()
        if not options:
            return f"{_typed(self.pip(others))} 2>&1 | pip-build-override suggest"
        return _typed(["pip-build-override", "run", *options, "--", *self.pip(others)])


def _typed(words: Iterable[str]) -> str:
    return " ".join(shlex.quote(without_secrets(word)) for word in words)


def _of_backend(answer: object, by_hand: _ByHand) -> OverrideError | None:
    """Return the error for a pip whose build backend failed; None if something else did.

    Args:
        answer: What the pip has written as its answer.
        by_hand: What it was asked to explain.
    """
    try:
        failures = FailedExplanation.from_json(answer).failures
    except ValueError:
        failures = ()
    if not failures:
        return None
    says = [text for failure in failures for text in sentences(diagnose(failure))]
    others = [failures[-1].name] if by_hand.files else []
    return OverrideError(
        "the build backend gave no answer: " + "; ".join(says),
        kind="no-answer",
        hint=f"run this to see its output, and a fix if one is known: {by_hand.diagnosing(others)}",
    )


def _read(path: str, extra: CommandLine | None) -> rules.Overrides:
    """Return the rules in a file, if there is one, and those that are given without a file.

    Raises:
        OverrideError: If they are invalid.
    """
    overrides = rules.load_overrides(path) if path else rules.Overrides()
    return rules.with_command_line(overrides, extra or CommandLine())


def _file_of_rules(overrides: str | None) -> str:
    """Return the overrides file that is asked for, or that the switch names; "" if there is none."""
    return overrides or os.environ.get(switch.SWITCH, "")


def _is_error(package: ExplainedBuild | Unexplained) -> TypeGuard[Unexplained]:
    return isinstance(package, Unexplained) and bool(package.hint)


def _not_found_error(package: Unexplained, given: rules.Overrides) -> OverrideError:
    """Return the error for a package that pip does not find, with the table that may be meant."""
    hint = package.hint
    name = name_of(package.requirement)
    tables = {table.name: table.where for table in given.tables}
    near = did_you_mean(name, sorted(tables.keys() - {"*"})) if name and name not in tables else ""
    if near and hint == NOT_FOUND_HINT:
        hint = _near_hint(near, tables[near], hint)
    return OverrideError(f"{package.requirement}: {package.problem}", kind=package.kind, hint=hint)


def _near_hint(name: str, table: str, otherwise: str) -> str:
    return f"did you mean {name}, as in {table}? If not, {otherwise}"


def _misspelt(answer: Explanation, overrides: rules.Overrides) -> Iterator[str]:
    """Yield a line for each package without a table, if a table looks as if it was meant for it."""
    tables = {table.name: table.where for table in overrides.tables}
    names = [normalise(each.name) for each in answer.packages if isinstance(each, ExplainedBuild)]
    others = tables.keys() - set(names) - {"*"}
    for name in names:
        near = did_you_mean(name, sorted(others)) if name not in tables else ""
        if near:
            yield f"\nnot used: {tables[near]} (did you mean {name}?)"


def _text(package: ExplainedBuild | Unexplained) -> str:
    if isinstance(package, Unexplained):
        return f"{package.requirement}: {package.problem}"
    label = " ".join(filter(None, (package.name, package.version)))
    lines = [label]
    lines += listed("declared", package.declared)
    if package.declared_by_hook is not None:
        lines += listed("declared by the backend", package.declared_by_hook)
    lines += listed("effective", package.effective)
    lines += [f"  not used so far: {rule}; {_ASKS_MORE}" for rule in package.not_used_so_far]
    if package.effective_of_hook is not None:
        lines += listed("effective, for the backend", package.effective_of_hook)
    lines += listed("limited by", package.constraints, silent=True)
    changes = (shown_change(each.text, each.where, each.because) for each in package.changes)
    lines += listed("changes", changes, silent=True)
    settled = [f"{answer.to}: {answer.why}" for answer in package.settled]
    lines += listed("settled on", settled, silent=True)
    if any(answer.origin == "target" for answer in package.settled):
        lines.append(
            "  a build reads the target again, once pip knows everything that it is going to install"
        )
    lines += listed("generated again", list(map(_generated, package.regenerate)), silent=True)
    lines += listed("set aside", package.set_aside, silent=True)
    lines += listed("unused", package.unused, silent=True)
    if package.ready_made:
        lines.append(
            "  pip would install a ready-made wheel and build nothing; no-binary = true prevents that"
        )
    if package.declared_by_hook is None and not package.not_used_so_far:
        lines.append("  the backend may require more; --hooks asks it")
    return "\n".join(lines)


def _generated(file: ExplainedFile) -> str:
    text = f"{file.file} (generated by Cython {file.was}), from {file.source}"
    return f"{text}, if its build runs Cython by itself: {file.problem}" if file.problem else text
