"""``explain``: the plan of a build, by the pip of the target, and none of the build."""

from __future__ import annotations

import pytest

from ..support.documents import answered
from ..support.environments import Result, Target, tool
from ..support.wheelhouse import ingredient_wheel

OVERRIDES = """
[package.asks]
constrain = ["ingredient<3"]

[package.declares-and-asks]
replace.ingredient = "ingredient==1.0"

[package."*"]
constrain = ["ingredient<2"]
"""


def explain(target: Target, *arguments: object) -> Result:
    return target.execute(*tool(), "explain", "--python", target.python, *arguments)


@pytest.mark.quick_on("26.3")
def test_declared_and_effective(target: Target) -> None:
    overrides = target.write(OVERRIDES)
    result = explain(target, "--overrides", overrides, "declares-and-asks", "asks").succeeded()
    first, second = result.stdout.split("\n\n")
    assert [line.strip() for line in first.splitlines()] == [
        "declares-and-asks 1.0",
        "declared:",
        "stampbackend",
        "ingredient",
        "effective:",
        "stampbackend",
        "ingredient==1.0",
        "changes:",
        "ingredient -> ingredient==1.0   [build-overrides.toml: package.declares-and-asks]",
        "set aside:",
        'package."*": constrain ingredient<2 (package.declares-and-asks names ingredient)',
        "the backend may require more; --hooks asks it",
    ]
    assert "limited by:\n    ingredient<3\n" in second
    assert not target.builds_log.exists(), "a hook of the build backend ran"
    assert target.versions() == {}


def test_with_the_backends_answer(target: Target) -> None:
    overrides = target.write(OVERRIDES)
    result = explain(
        target, "--overrides", overrides, "--hooks", "--format", "json", "declares-and-asks", "asks"
    ).succeeded()
    answer = answered("explain", result.stdout)
    assert answer["format"] == 2
    both, asks = answer["packages"]
    assert both["declared"] == {"static": ["stampbackend", "ingredient"], "hook": ["ingredient"]}
    assert both["effective"]["hook"] == ["ingredient==1.0"]
    assert asks["declared"]["hook"] == ["ingredient"]
    assert asks["effective"]["constraints"] == ["ingredient<3"]
    assert target.builds() == []


def test_the_same_as_in_a_build(target: Target) -> None:
    overrides = target.write(OVERRIDES)
    answer = explain(
        target, "--overrides", overrides, "--hooks", "--format", "json", "asks"
    ).succeeded()
    changes = answered("explain", answer.stdout)["packages"][0]["changes"]
    built = target.override(overrides, "install", "asks").succeeded()
    assert [f"asks 1.0: {change['text']}   [{change['where']}]" for change in changes] == (
        built.reported[:-1]
    )


@pytest.mark.seam("none")
def test_without_a_file(target: Target) -> None:
    result = explain(target, "asks").succeeded()
    assert "declared:\n    stampbackend\n  effective:\n    stampbackend\n" in result.stdout
    given = ("--set", "asks: ingredient@oldest", "--constrain", "spice<9")
    result = explain(target, *given, "asks").succeeded()
    assert "ingredient==1.0 (oldest) added   [--set asks]\n" in result.stdout
    assert "constrained to spice<9   [--constrain]\n" in result.stdout


@pytest.mark.seam("none")
def test_requirements_file(target: Target) -> None:
    target.write("asks==1.0\n# a comment\ndeclares-and-asks\n", "requirements.txt")
    result = explain(target, "-r", "requirements.txt", "--format", "json").succeeded()
    names = [package["name"] for package in answered("explain", result.stdout)["packages"]]
    assert names == ["asks", "declares-and-asks"]


@pytest.mark.seam("none")
def test_a_rule_that_matches_nothing(target: Target) -> None:
    overrides = target.write('[package.asks]\nreplace.unheard-of = "unheard-of==1"\n')
    quiet = explain(target, "--overrides", overrides, "asks").succeeded()
    assert "unused" not in quiet.stdout
    rule = "replace.unheard-of (build-overrides.toml: package.asks)"
    assert f"  not used so far: {rule}; --hooks asks the backend for more\n" in quiet.stdout
    told = explain(target, "--overrides", overrides, "--hooks", "asks").failed(2)
    assert "declares no build requirement unheard-of" in told.stdout
    overrides = target.write('[package.askss]\nadd = ["ingredient"]\n[package."*"]\nadd = ["spice"]\n')
    misspelt = explain(target, "--overrides", overrides, "asks").succeeded()
    assert misspelt.stdout.endswith("\nnot used: package.askss (did you mean asks?)\n")


def test_what_pip_would_not_build(target: Target) -> None:
    result = explain(target, "spice").failed(1)
    assert "spice: pip finds no sdist of it" in result.stdout


@pytest.mark.seam("none")
@pytest.mark.seam("none")
def test_a_ready_made_wheel_beside_the_sources(target: Target) -> None:
    overrides = target.write('[package.ready-made]\nadd = ["ingredient"]\n')
    result = explain(target, "--overrides", overrides, "ready-made").succeeded()
    assert "pip would install a ready-made wheel and build nothing" in result.stdout
    overrides = target.write('[package.ready-made]\nadd = ["ingredient"]\nno-binary = true\n')
    result = explain(target, "--overrides", overrides, "ready-made").succeeded()
    assert "ready-made wheel" not in result.stdout


@pytest.mark.seam("none")
def test_a_constraint_on_what_the_run_may_not_bring(target: Target) -> None:
    target.put(ingredient_wheel(target.room / "present", "1.0"))
    overrides = target.write('[package.declares]\nreplace.ingredient = { from = "target" }\n')
    lines = target.write("-c constraints.txt\ndeclares==1.0\n", "requirements.txt")
    target.write("ingredient==2.0\n", "constraints.txt")
    result = explain(target, "--overrides", overrides, "-r", lines).succeeded()
    assert (
        "is a constraint of this command, if it needs ingredient at all; otherwise 1.0 is kept"
        in result.stdout
    )


def test_what_cannot_be_explained(target: Target) -> None:
    overrides = target.write("[package.asks]\nconstraint = []\n")
    explain(target, "--overrides", overrides, "asks").refused("constraint", "constrain")
    explain(target).refused("nothing to explain")
    rules = ("--set", "misses-wheel-in-hook: spice", "--hooks", "misses-wheel-in-hook")
    explain(target, *rules).refused(
        "the build backend gave no answer: misses-wheel-in-hook 1.0 imports wheel while it is built",
        "pip-build-override run --set 'misses-wheel-in-hook: spice' -- ",
    )
    target.execute(*tool(), "explain", "--python", target.room / "none", "asks").refused(
        "there is no interpreter at"
    )


@pytest.mark.seam("none")
def test_what_source_tables_come_to_and_why(target: Target) -> None:
    target.put(ingredient_wheel(target.room / "present", "2.0"))
    overrides = """
[package.declares]
replace.ingredient = { from = "target" }
add = [{ name = "spice", from = "oldest" }]

[package.sauce]
replace.ingredient = { from = "target", else = "declared" }
"""
    path = target.write(overrides)
    asked = (*tool(), "explain", "--python", target.python, "--overrides", path, "declares==1.0")
    text = target.execute(*asked).succeeded().stdout
    assert "ingredient -> ingredient==2.0 (target)" in text
    assert "ingredient==2.0 (target): it is installed" in text
    assert "spice==1.0 (oldest): the lowest release that has a wheel for this interpreter" in text
    assert "a build reads the target again" in text
    assert target.versions() == {"ingredient": "2.0"}

    answer = answered("explain", target.execute(*asked, "ingredient==1.0", "--format", "json").stdout)
    (declares,) = [package for package in answer["packages"] if package.get("name") == "declares"]
    assert declares["settled"][0] == {
        "name": "ingredient",
        "from": "target",
        "to": "ingredient==1.0 (target)",
        "why": "this command asks for ingredient==1.0",
    }


@pytest.mark.seam("none")
def test_a_project_that_declares_nothing(target: Target) -> None:
    # Up to 25.2 pip builds it by setup.py, and asks for no build requirements at all.
    answer = answered(
        "explain", explain(target, "setup-py-only", "--format", "json").succeeded().stdout
    )
    (package,) = answer["packages"]
    assert package["name"] == "setup-py-only"
    assert any(text.startswith("setuptools") for text in package["declared"]["static"])


@pytest.mark.pips(only=["26.3"])
def test_what_pip_cannot_read_is_one_line_and_a_hint(target: Target) -> None:
    target.write("a=0.4.0\n", "slip.txt")
    result = explain(target, "-r", "slip.txt").refused("'a=0.4.0'")
    assert result.error.startswith("pip could not find the answer: ")
    assert result.error.count("\nhint: ") == 1
    result = explain(target, "-r", "none.txt").refused("the requirements file is missing")
    assert result.error.count("\nhint: ") == 1


@pytest.mark.pips(only=["26.3"])
def test_an_environment_stands_for_its_interpreter(target: Target) -> None:
    asked = (*tool(), "explain", "--python", target.environment, "declares==1.0")
    assert "ingredient" in target.execute(*asked).succeeded().stdout
