"""Rules that exclude each other, or leave no release, by what pip prints and by the plan."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from pip_build_override.diagnosis import Failure, diagnose
from pip_build_override.diagnosis.bounds import disjoint
from pip_build_override.diagnosis.conflict import Side, asked_in_line, sides_of
from pip_build_override.diagnosis.conflict_wording import conflict_hint, conflict_sentence
from pip_build_override.diagnosis.output import NO_INDEX, UNREACHABLE, Output
from pip_build_override.diagnosis.signatures import Matcher, known_signatures
from pip_build_override.diagnosis.wording import failure_hint, sentences
from pip_build_override.rules import (
    Answer,
    CommandLine,
    Declared,
    Question,
    package,
    parse_overrides,
    plan,
)
from pip_build_override.rules.command_line import with_command_line

from ..support.hints import follows

OWN, EVERY = "o.toml: package.lamp", 'o.toml: package."*"'
ENVIRONMENT = {"python_version": "3.11"}


def settle(question: Question) -> Answer:
    origin = question.source.origin
    return Answer("shade==1.0", f"shade==1.0 ({origin})", exact="shade===1.0", version="1.0")


def conflict(
    rules: str, *causes: str, declared: tuple[str, ...] = ("shade",), given: CommandLine | None = None
) -> Failure:
    """Return the failure of a package under rules, for what pip prints."""
    overrides = parse_overrides(rules.encode(), path="/o.toml", shown="o.toml")
    if given is not None:
        overrides = with_command_line(overrides, given)
    made = plan(overrides, package("lamp", "1.0"), Declared(declared, ()), ENVIRONMENT, settle)
    output = Output(Matcher(known_signatures()))
    listed = causes and not causes[0].startswith("ERROR")
    for line in [*["The conflict is caused by:"] * bool(listed), *causes, "", "The user requested x<1"]:
        output.take(line)
    found = sides_of(output.asked, made, declared, {"bulb": "1.0"})
    return Failure("lamp", "1.0", step="build", conflict=found)


def said(failure: Failure) -> str:
    (sentence,) = sentences(diagnose(failure))
    return sentence.partition("does not build: ")[2]


@pytest.mark.parametrize(
    ("rules", "causes", "declared", "says", "hint"),
    [
        pytest.param(
            '[package.lamp]\nreplace.shade = { from = "oldest" }\nconstrain = ["shade>=2"]',
            ("The user requested shade==1.0", "The user requested (constraint) shade===1.0,>=2"),
            ("shade",),
            f"{OWN} requires shade==1.0 (oldest) and {OWN} allows only shade>=2; no"
            " version satisfies both",
            f'add specifier = ">=2" to the source table for shade in {OWN}; it then chooses the oldest'
            " version that satisfies both",
            id="oldest and a limit",
        ),
        pytest.param(
            '[package.lamp]\nreplace.hood = { name = "shade", from = "target" }\n'
            '[package."*"]\nconstrain = ["shade>=2"]',
            ("The user requested shade==1.0", "The user requested (constraint) shade>=2,===1.0"),
            ("hood",),
            f"{OWN} requires shade==1.0 (target) and {EVERY} allows only shade>=2; no"
            " version satisfies both",
            f"change shade>=2 in {EVERY}, so that a version of shade satisfies both",
            id="the target and a limit",
        ),
        pytest.param(
            '[package.lamp]\nadd = ["shade==1.0"]\n[package."*"]\nreplace.hood = "shade>=2"',
            ("The user requested shade==1.0", "The user requested shade>=2"),
            ("hood",),
            f"{OWN} requires shade==1.0 and {EVERY} requires shade>=2; no version satisfies both",
            f"change shade==1.0 in {OWN} or shade>=2 in {EVERY}, so that a version of shade"
            " satisfies both",
            id="what two rules put in",
        ),
        pytest.param(
            '[package.lamp]\nconstrain = ["shade>=99"]',
            ("The user requested shade", "The user requested (constraint) shade>=99"),
            ("shade",),
            f"{OWN} allows only shade>=99, and pip cannot find such a version",
            f"change the limit in {OWN} to one that a release of shade satisfies; `pip index versions"
            " shade` lists them; --index-url or --find-links name other places to search",
            id="a limit alone",
        ),
        pytest.param(
            '[package.lamp]\nconstrain = ["shade<2"]',
            ("The user requested shade!=3 and >=2", "The user requested (constraint) shade<2"),
            ("shade>=2,!=3",),
            f"it declares shade!=3,>=2 and {OWN} allows only shade<2; no version satisfies both",
            f'add replace.shade = "shade<2" to {OWN}; it replaces the declared shade',
            id="a limit and what is declared",
        ),
        pytest.param(
            '[package."*"]\nconstrain = ["shade<2"]',
            ("The user requested shade>=2", "The user requested (constraint) shade<2"),
            ("shade>=2",),
            f"it declares shade>=2 and {EVERY} allows only shade<2; no version satisfies both",
            f'add replace.shade = "shade<2" to {OWN}; it replaces the declared shade',
            id="a limit for all and what is declared",
        ),
        pytest.param(
            '[package.lamp]\nadd = ["shade==1.0"]',
            ("The user requested shade>=2", "The user requested shade==1.0"),
            ("shade>=2",),
            f"it declares shade>=2 and {OWN} requires shade==1.0; no version satisfies both",
            f'in {OWN}, write replace.shade = "shade==1.0" instead of add; it replaces the declared'
            " shade",
            id="what is added and what is declared",
        ),
        pytest.param(
            '[package.lamp]\nreplace.hood = { name = "shade", from = "oldest" }',
            ("The user requested shade>=2", "The user requested shade==1.0"),
            ("hood", "shade>=2"),
            f"it declares shade>=2 and {OWN} requires shade==1.0 (oldest); no version satisfies both",
            f'add replace.shade = {{ from = "oldest" }} to {OWN}; it replaces the declared shade',
            id="what is put for another name and what is declared",
        ),
        pytest.param(
            '[package.lamp]\nadd = ["stand==1"]\nconstrain = ["shade<2"]',
            ("stand 1.0 depends on shade>=2", "The user requested (constraint) shade<2"),
            (),
            f"stand 1.0, which {OWN} requires, depends on shade>=2 and {OWN} allows only shade<2; no"
            " version satisfies both",
            f"change shade<2 in {OWN}, so that a version of shade satisfies both",
            id="a limit and what comes with a rule",
        ),
        pytest.param(
            '[package.lamp]\nreplace.shade = "shade==1.0"',
            ("stand 1.0 depends on shade>=2", "The user requested shade==1.0"),
            ("stand", "shade"),
            f"stand 1.0 depends on shade>=2 and {OWN} requires shade==1.0; no version satisfies both",
            f"change shade==1.0 in {OWN}, so that a version of shade satisfies both",
            id="what is put and what comes with another",
        ),
        pytest.param(
            '[package.lamp]\nreplace.shade = "shade==1.0"',
            ("The user requested shade==1.0", "The user requested (constraint) shade>=2"),
            ("shade",),
            f"{OWN} requires shade==1.0 and a constraint given to pip allows only shade>=2; no version"
            " satisfies both",
            f"change shade==1.0 in {OWN} or the constraint that pip is given, so that a version"
            " of shade satisfies both",
            id="a constraint of the user",
        ),
        pytest.param(
            '[package.lamp]\nconstrain = ["shade>=1.5"]',
            ("The user requested shade", "The user requested (constraint) shade<1.6,>=1.5"),
            ("shade",),
            f"{OWN} allows only shade>=1.5 and a constraint given to pip allows only shade<1.6; pip"
            " cannot find a version that satisfies both",
            f"change shade>=1.5 in {OWN} or the constraint that pip is given, so that a version"
            " of shade satisfies both",
            id="nothing is sure",
        ),
        pytest.param(
            '[package.lamp]\nreplace.shade = "shade[led]==1.0"\nconstrain = ["shade<9"]',
            (
                "shade[led] 1.0 depends on shade 1.0 (from /tmp/shade-1.0.tar.gz)",
                "stand 1.0 depends on shade>=2",
                "The user requested (constraint) shade<9",
            ),
            ("stand", "shade"),
            f"{OWN} requires shade[led]==1.0 and stand 1.0 depends on shade>=2; no"
            " version satisfies both",
            f"change shade[led]==1.0 in {OWN}, so that a version of shade satisfies both",
            id="extras",
        ),
        pytest.param(
            '[package.lamp]\nreplace.shade = "shade @ https://host/shade-1.0.zip"',
            (
                "The user requested shade 1.0 (from https://host/shade-1.0.zip)",
                "stand 1.0 depends on shade>=2",
                "stand 1.0 depends on shade>=3",
            ),
            ("stand", "shade"),
            f"{OWN} requires shade @ https://host/shade-1.0.zip, stand 1.0 depends on shade>=2 and"
            " stand 1.0 depends on shade>=3; no version satisfies all of them",
            f"change shade @ https://host/shade-1.0.zip in {OWN}, so that a version of shade"
            " satisfies all of them",
            id="a file",
        ),
        pytest.param(
            '[package.asks]\nadd = ["a"]\n[package."*"]\nconstrain = ["bulb>=2"]',
            ("The user requested bulb", "The user requested (constraint) bulb>=2,==1.0"),
            (),
            f"{EVERY} allows only bulb>=2 and bulb==1.0 is installed already; no"
            " version satisfies both",
            f"change bulb>=2 in {EVERY}, so that a version of bulb satisfies both",
            id="what the first pass has installed",
        ),
        pytest.param(
            '[package.lamp]\nreplace.shade = "shade==1.0"\nconstrain = ["shade<2"]',
            ("ERROR: No matching distribution found for shade==1.0,<2,>=1.2 (from stand)",),
            ("shade",),
            f"{OWN} requires shade==1.0 and something else requires shade>=1.2; no"
            " version satisfies both",
            f"change shade==1.0 in {OWN}, so that a version of shade satisfies both",
            id="one constraint per name",
        ),
    ],
)
def test_who_takes_part(
    rules: str, causes: tuple[str, ...], declared: tuple[str, ...], says: str, hint: str
) -> None:
    failure = conflict(rules, *causes, declared=declared)
    assert (said(failure), conflict_hint(failure)) == (says, hint)
    # A pip in the middle hands it up.
    assert Failure.from_json(json.loads(json.dumps(failure.to_json()))) == failure


def test_rules_of_the_command_line() -> None:
    failure = conflict(
        '[package.other]\nadd = ["x"]',
        "The user requested shade>=2",
        "The user requested (constraint) shade<2",
        declared=("shade>=2",),
        given=CommandLine(constrain=("shade<2",)),
    )
    assert conflict_hint(failure) == ("use --set 'lamp: shade<2'; it replaces the declared shade")


@pytest.mark.parametrize(
    "causes",
    [
        pytest.param((), id="nothing"),
        pytest.param(("ERROR: No matching distribution found for shade==1.0",), id="one rule"),
        pytest.param(("ERROR: No matching distribution found for shade==2.0",), id="no rule"),
        pytest.param(("a 1 depends on hood>=2", "b 1 depends on hood<3"), id="nothing is sure"),
    ],
)
def test_no_conflict_of_rules(causes: tuple[str, ...]) -> None:
    failure = conflict('[package.lamp]\nreplace.shade = "shade==1.0"', *causes)
    assert failure.conflict == ()
    assert conflict_hint(failure) == ""


@pytest.mark.parametrize(
    ("declared", "causes", "says", "hint"),
    [
        pytest.param(
            ("six<1.17",),
            ("The user requested six<1.17", "The user requested (constraint) six>=1.17"),
            "it declares six<1.17 and a constraint given to pip allows only six>=1.17; no version"
            " satisfies both",
            'add replace.six = "six>=1.17" to package.lamp; it replaces the declared six',
            id="declared and a constraint of the user",
        ),
        pytest.param(
            ("a", "b"),
            ("a 1 depends on hood>=2", "b 1 depends on hood<1", "The user requested "),
            "a 1 depends on hood>=2 and b 1 depends on hood<1; no version satisfies both",
            "",
            id="two dependencies",
        ),
        pytest.param(
            ("a",),
            ("a 1 depends on hood>=2", "The user requested (constraint) hood<1"),
            "a 1 depends on hood>=2 and a constraint given to pip allows only hood<1; no version"
            " satisfies both",
            "change the constraint that pip is given, so that a version of hood satisfies both",
            id="a dependency and a constraint of the user",
        ),
        pytest.param(
            ("shade==1", "a"),
            (
                "The user requested shade==1",
                "a 1 depends on shade>=2",
                "The user requested (constraint) shade<9",
            ),
            "it declares shade==1 and a 1 depends on shade>=2; no version satisfies both",
            'add replace.shade = "shade>=2" to package.lamp; it replaces the declared shade',
            id="a rule about the name that takes no part",
        ),
    ],
)
def test_no_rule_takes_part(
    declared: tuple[str, ...], causes: tuple[str, ...], says: str, hint: str
) -> None:
    failure = conflict('[package.lamp]\nconstrain = ["shade<9"]', *causes, declared=declared)
    assert (said(failure), conflict_hint(failure)) == (says, hint)


@pytest.mark.parametrize(
    ("searched", "why"),
    [
        (NO_INDEX, ", and it uses no package index (--no-index)"),
        (UNREACHABLE, ", and it cannot connect to the package index"),
    ],
)
def test_a_version_that_may_only_be_out_of_reach(searched: str, why: str) -> None:
    failure = conflict(
        '[package.lamp]\nconstrain = ["shade<9"]',
        "The user requested shade>=2",
        "The user requested (constraint) shade<9",
        declared=("shade>=2",),
    )
    failure = replace(failure, searched=searched)
    assert said(failure).endswith(f"; pip cannot find a version that satisfies both{why}")
    hint = follows("let pip use an index, or --find-links, with such", conflict_hint(failure))
    assert hint.endswith(f"of shade; if there is none: {conflict_hint(replace(failure, searched=''))}")


def test_two_tables_and_the_command_line() -> None:
    failure = conflict(
        '[package."*"]\nconstrain = ["bulb<2"]',
        "The user requested shade==2.0",
        "shade 2.0 depends on bulb>=2",
        "The user requested (constraint) bulb<2",
        given=CommandLine(set=("lamp: shade==2.0",)),
    )
    assert said(failure) == (
        f"shade 2.0, which --set lamp requires, depends on bulb>=2 and {EVERY} allows only bulb<2;"
        " no version satisfies both"
    )
    assert conflict_hint(failure) == (
        f"change bulb<2 in {EVERY}, so that a version of bulb satisfies both"
    )


def test_the_name_that_is_surely_in_conflict_comes_first() -> None:
    rules = '[package.lamp]\nadd = ["shade==1.0", "hood==1.0"]'
    open_ended = ("The user requested hood==1.0", "a 1 depends on hood>=0")
    sure = ("The user requested shade==1.0", "a 1 depends on shade>=2")
    assert {side.requirement for side in conflict(rules, *open_ended, *sure).conflict} == {
        "shade==1.0",
        "shade>=2",
    }
    assert len(conflict(rules, *open_ended).conflict) == 2


def test_no_more_than_some_causes_are_kept() -> None:
    output = Output(Matcher(known_signatures()))
    output.take("The conflict is caused by:")
    for number in range(1000):
        output.take(f"The user requested shade!={number}")
    assert len(output.asked) == 40


def test_lines_of_the_list() -> None:
    assert asked_in_line("Additionally, some packages in these conflicts have no") is None
    assert asked_in_line("stand 1.0 depends on shade>=2") == ("shade>=2", "stand 1.0", False, False)


def test_a_side_may_be_a_rule_that_is_no_version() -> None:
    assert Side("add", "shade").shown == ""


@pytest.mark.parametrize(
    ("one", "other", "surely"),
    [
        ("==1.0", ">=2", True),
        ("==1.0", "==1.1", True),
        ("==1.0", "==1.0+local", False),
        ("==1.0", "==1.*", False),
        ("==2.0", "!=2.0", True),
        (">=2", "<2", True),
        (">=2", "<=2", False),
        (">=3", "==2.*", True),
        (">=1", "==2.*", False),
        (">=3", "~=1.4", True),
        (">=1", "~=1.4", False),
        ("~=3.1", "<3", True),
        (">=1", "!=1", False),
        (">=1", ">=2", False),
        ("==a.b.c", ">=2", False),
        ("", ">=2", False),
    ],
)
def test_what_surely_excludes_each_other(one: str, other: str, surely: bool) -> None:
    assert disjoint(one, other) is surely
    assert disjoint(other, one) is surely


LEFT_OUT = "files uploaded after 2023-01-31 are left out (o.toml: package.x: as-of)"


def test_files_that_as_of_leaves_out() -> None:
    failure = Failure("x", "1.0", "build", not_found="setuptools>=64", limited=LEFT_OUT)
    (said,) = sentences(diagnose(failure))
    assert said == (
        f"x 1.0 does not build: pip cannot find setuptools>=64, which it requires, and {LEFT_OUT}"
    )
    hint = follows("give as-of a later date{}{}", f"hint: {failure_hint(diagnose(failure))}")
    rule = hint.partition("; or write ")[2].partition(", which takes a version of that time")[0]
    assert rule == 'replace.setuptools = "setuptools"'
    parse_overrides(f"[package.x]\n{rule}\n".encode(), path="/o.toml")
    asked = replace(failure, asked_in="o.toml: package.x")
    assert "without a version in o.toml: package.x, which takes" in failure_hint(diagnose(asked))
    bare = replace(failure, not_found="setuptools")
    assert failure_hint(diagnose(bare)) == "give as-of a later date"
    unreachable = replace(failure, searched=UNREACHABLE)
    assert LEFT_OUT not in sentences(diagnose(unreachable))[0]
    unknown = replace(failure, not_found="")
    assert sentences(diagnose(unknown)) == [
        f"x 1.0 does not build, for an unknown reason, and {LEFT_OUT}"
    ]
    assert failure_hint(diagnose(unknown)) == "give as-of a later date"


def test_a_conflict_that_files_of_a_later_time_may_end() -> None:
    sides = (Side("declared", "shade>=2"), Side("dependency", "shade<3", by="lamp 1"))
    failure = Failure("x", "1.0", "build", not_found="shade<3,>=2", conflict=sides, limited=LEFT_OUT)
    assert conflict_sentence(failure).endswith(f"satisfies both, and {LEFT_OUT}")
    assert conflict_hint(failure).startswith("give as-of a later date; or ")
    alone = replace(failure, conflict=(Side("constrain", "shade<3", where="o.toml: package.x"),))
    assert conflict_sentence(alone).endswith(f"cannot find such a version, and {LEFT_OUT}")
    certain = replace(failure, conflict=(Side("declared", "shade>=2"), Side("declared", "shade<1")))
    assert "as-of" not in conflict_hint(certain) + conflict_sentence(certain)
