"""``status`` says whether an override would be in force, and what is in its way."""

from __future__ import annotations

import os
from typing import Any

import pytest

from pip_build_override.errors import OverrideError

from ..support.documents import answered
from ..support.environments import SWITCH, Target, injected, tool

pytestmark = pytest.mark.pips(only=["24.0"])

OVERRIDES = '[package.declares]\nreplace.ingredient = "ingredient==1.0"\n'


def status(target: Target, expected: int, **settings: str) -> dict[str, Any]:
    """Ask both ways, and insist that they agree."""
    command = (*tool(), "status", "--python", target.environment)
    asked = target.execute(*command, "--format", "json", settings=settings)
    shown = target.execute(*command, settings=settings)
    assert (asked.status, shown.status) == (expected, expected), f"{asked}\n{shown}"
    answer: dict[str, Any] = answered("status", asked.stdout)
    assert answer["format"] == 2
    assert answer["in_force"] is (expected == 0)
    assert bool(answer["problems"]) is (expected == 1)
    problems = [OverrideError.from_json(problem) for problem in answer["problems"]]
    for said in (*(problem.shown for problem in problems), *answer["not_covered"]):
        assert said in shown.stdout
    # Each with its hint, as a text without its name.
    return {**answer, "problems": [str(problem) for problem in problems], "kinds": kinds_of(problems)}


def kinds_of(problems: list[OverrideError]) -> list[str]:
    return [problem.kind for problem in problems]


def install(target: Target) -> None:
    target.execute(*tool(), "install", "--python", target.python).succeeded()


def test_without_a_hook(target: Target) -> None:
    answer = status(target, 1, **{SWITCH: str(target.write(OVERRIDES))})
    assert (answer["loads"], answer["route"], answer["hooks"]) == (False, None, [])
    assert answer["pip"]["version"] == "24.0"
    assert answer["pip"]["supported"] is None
    assert answer["variable"]["valid"] is True
    assert "install" in answer["problems"][0]
    assert answer["kinds"] == ["hook-not-there"]


@pytest.mark.quick_on("24.0")
def test_with_a_hook(target: Target) -> None:
    install(target)
    overrides = target.write(OVERRIDES)
    theirs = target.site_packages / "theirs.pth"
    theirs.write_text("import sys; sys.mine = 1\n", encoding="utf-8")
    answer = status(target, 0, **{SWITCH: overrides.name})
    # Who else is there, and not the hook.
    (listed,) = (each for each in answer["startup"] if each["file"] == str(theirs))
    assert (listed["kind"], listed["package"], listed["imports"]) == (".pth", None, ["sys"])
    assert not any("customize" in each["file"] for each in answer["startup"])
    assert (answer["loads"], answer["route"]) == (True, "sitecustomize")
    assert [hook["route"] for hook in answer["hooks"]] == ["sitecustomize"]
    assert answer["pip"]["supported"] is True
    assert answer["variable"]["path"] == str(overrides)
    assert answer["variable"]["tables"] == ["package.declares"]

    # An environment that is made from this one has no hook.
    assert "python -m venv" in answer["not_covered"][0]
    assert "uv or tox" in " ".join(answer["not_covered"])
    made = target.room / "made"
    target.execute(target.python, "-m", "venv", made).succeeded()
    path = os.pathsep.join([str(made / target.python.parent.name), os.environ["PATH"]])
    on_path = status(target, 0, **{SWITCH: overrides.name, "PATH": path})["not_covered"]
    assert str(made) in on_path[-1]

    # In force needs a file to be in force.
    assert SWITCH in status(target, 1)["problems"][0]
    assert "missing.toml" in status(target, 1, **{SWITCH: "missing.toml"})["problems"][0]
    overrides.write_text("[package.x]\nrepalce.y = 'z'\n", encoding="utf-8")
    assert "repalce" in status(target, 1, **{SWITCH: overrides.name})["problems"][0]


def test_what_run_does(target: Target) -> None:
    answer = status(target, 0, **{SWITCH: str(target.write(OVERRIDES)), "PYTHONPATH": injected()})
    assert (answer["route"], answer["hooks"]) == ("PYTHONPATH", [])


def test_hidden_by_another(target: Target) -> None:
    install(target)
    theirs = target.room / "theirs"
    theirs.mkdir()
    (theirs / "sitecustomize.py").write_text("", encoding="utf-8")
    settings = {SWITCH: str(target.write(OVERRIDES)), "PYTHONPATH": str(theirs)}
    answer = status(target, 1, **settings)
    assert answer["loads"] is False
    assert [hook["route"] for hook in answer["hooks"]] == ["sitecustomize"]
    assert answer["sitecustomize"][0] == str(theirs / "sitecustomize.py")
    assert str(theirs) in answer["problems"][0]


def test_pip_that_is_not_as_known(target: Target) -> None:
    install(target)
    file = target.site_packages / "pip" / "_internal" / "cache.py"
    text = file.read_text(encoding="utf-8")
    file.unlink()
    file.write_text(text.replace("get_cache_entry", "get_the_entry"), encoding="utf-8")
    answer = status(target, 1, **{SWITCH: str(target.write(OVERRIDES))})
    assert answer["pip"]["supported"] is False
    assert "get_cache_entry" in answer["problems"][0]
    assert answer["kinds"] == ["unknown-pip"]


def test_without_a_pip(target: Target) -> None:
    (target.site_packages / "pip").rename(target.site_packages / "no-pip")
    install(target)
    answer = status(target, 1, **{SWITCH: str(target.write(OVERRIDES))})
    assert (answer["loads"], answer["pip"]) == (True, None)
    (problem,) = answer["problems"]
    assert problem.startswith("no pip is installed\nhint: ")


def test_without_what_is_behind_the_hook(target: Target) -> None:
    install(target)
    file = target.site_packages / "sitecustomize.py"
    text = file.read_text(encoding="utf-8")
    package = text.partition("package='")[2].partition("'")[0]
    file.write_text(text.replace(package, "/gone"), encoding="utf-8")
    answer = status(target, 1, **{SWITCH: str(target.write(OVERRIDES))})
    assert "/gone" in answer["problems"][0]
    (target.site_packages / "pip").rename(target.site_packages / "no-pip")
    answer = status(target, 1, **{SWITCH: str(target.write(OVERRIDES))})
    assert any(problem.startswith("no pip is installed\n") for problem in answer["problems"])
    assert any("/gone" in problem for problem in answer["problems"])


def test_file_that_others_may_write_to(target: Target) -> None:
    install(target)
    overrides = target.write(OVERRIDES)
    overrides.chmod(0o620)
    answer = status(target, 0, **{SWITCH: str(overrides)})
    assert answer["variable"]["warnings"] == []
