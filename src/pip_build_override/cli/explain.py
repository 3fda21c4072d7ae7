"""``explain``: show declared and effective build requirements, and the rules that change them."""

from __future__ import annotations

import argparse
import json
import os
from typing import Iterator, Sequence

from .. import asking_pip, rules, switch
from ..errors import OverrideError
from ..in_pip.state.explanation import ExplainedBuild, Explanation, Unexplained
from ..rules.place import did_you_mean
from ..rules.standards import normalise
from ..startup import target as targets
from . import options
from .waiting import waiting

SUMMARY = "show declared and effective build requirements"
DESCRIPTION = """Show the build requirements that packages declare, and those that they would get,
without building anything.

The pip of the target environment downloads the sdist, with its own indexes and settings. --hooks also
asks the build backend for its requirements, in a build environment; only then is it known whether a
rule is unused."""
EXAMPLE = "pip-build-override explain --overrides build-overrides.toml pyworld==0.3.3"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    options.add_overrides(parser)
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
            hint="name a package: pip-build-override explain pyworld==0.3.3",
        )
    answer = ask(
        args.python,
        args.requirements,
        files=args.requirement,
        overrides=args.overrides,
        hooks=args.hooks,
    )
    if args.format == "json":
        print(json.dumps(answer.to_json(), indent=2))
    else:
        print("\n\n".join(map(_text, answer.packages)))
        for line in _misspelt(answer, _file_of_rules(args.overrides)):
            print(line)
    if any(isinstance(package, ExplainedBuild) and package.unused for package in answer.packages):
        return 2
    return 1 if any(isinstance(package, Unexplained) for package in answer.packages) else 0


def ask(
    python: str,
    requirements: Sequence[str],
    *,
    files: Sequence[str] = (),
    overrides: str | None = None,
    hooks: bool = False,
) -> Explanation:
    """Return the plans that an interpreter's pip makes, without building anything.

    Args:
        python: The interpreter.
        requirements: The packages.
        files: Requirements files that name more packages.
        overrides: The overrides file; by default the file that the switch names.
        hooks: Whether to ask the build backends too.

    Raises:
        OverrideError: If the file is invalid or pip cannot get a package.
    """
    given = _file_of_rules(overrides)
    if given:
        rules.load_overrides(given)
        given = os.path.abspath(given)
    arguments = [argument for path in files for argument in ("-r", path)]
    with waiting("asking pip"):
        answer = asking_pip.ask(
            targets.find(python),
            [*arguments, "--", *requirements],
            overrides=given,
            variables={switch.EXPLAIN_HOOKS: "1" if hooks else ""},
            hint="check the requirement and the index; if the build fails, pip wheel shows why",
        )
    try:
        return Explanation.from_json(answer)
    except ValueError:
        raise OverrideError(
            f"the pip of {python} gave no answer",
            hint="run the same requirement with pip download there, and see what it prints",
        ) from None


def _file_of_rules(overrides: str | None) -> str:
    """Return the overrides file that is asked for, or that the switch names; "" if there is none."""
    return overrides or os.environ.get(switch.SWITCH, "")


def _misspelt(answer: Explanation, given: str) -> Iterator[str]:
    """Yield a line for each package without a table, if a table looks as if it was meant for it."""
    if not given:
        return
    tables = {table.name: table.where for table in rules.load_overrides(given).tables}
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
    lines += _listed("declared", package.declared)
    if package.declared_by_hook is not None:
        lines += _listed("declared by the backend", package.declared_by_hook)
    lines += _listed("effective", package.effective)
    if package.effective_of_hook is not None:
        lines += _listed("effective, for the backend", package.effective_of_hook)
    lines += _listed("limited by", package.constraints, silent=True)
    changes = [f"{change.text}   [{change.where}]" for change in package.changes]
    lines += _listed("changes", changes, silent=True)
    settled = [f"{answer.to}: {answer.why}" for answer in package.settled]
    lines += _listed("settled on", settled, silent=True)
    if any(answer.origin == "target" for answer in package.settled):
        lines.append(
            "  a build reads the target again, once pip knows everything that it is going to install"
        )
    lines += _listed("set aside", package.set_aside, silent=True)
    lines += _listed("unused", package.unused, silent=True)
    if package.ready_made:
        lines.append(
            "  pip would install a ready-made wheel and build nothing; no-binary = true prevents that"
        )
    if package.declared_by_hook is None:
        lines.append("  the backend may require more; --hooks asks it")
    return "\n".join(lines)


def _listed(title: str, items: Sequence[str], silent: bool = False) -> list[str]:
    if not items:
        return [] if silent else [f"  {title}: nothing"]
    return [f"  {title}:", *(f"    {item}" for item in items)]
