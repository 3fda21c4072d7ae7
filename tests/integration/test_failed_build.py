"""A build that fails under an override ends the run: no other release is tried in its place."""

from __future__ import annotations

import pytest

from ..support.environments import Target

OVERRIDES = '[package.{name}]\nreplace.ingredient = "ingredient=={version}"\n'


def _options(target: Target) -> tuple[str, ...]:
    # Later pips stop by themselves, and these two only without the option.
    old = not target.pip.is_older_than("22.0") and target.pip.is_older_than("22.2")
    return ("--use-deprecated=backtrack-on-build-failures",) if old else ()


@pytest.mark.seam("failed builds")
@pytest.mark.parametrize("name", ["breaks-in-hook", "breaks-in-metadata"])
def test_in_a_hook(target: Target, name: str) -> None:
    overrides = OVERRIDES.format(name=name, version="1.0")
    target.override(overrides, "install", *_options(target), name).failed()
    assert target.versions() == {}
    assert target.builds() == []


def test_in_the_build_environment(target: Target) -> None:
    overrides = OVERRIDES.format(name="breaks-in-hook", version="99")
    result = target.override(overrides, "install", *_options(target), "breaks-in-hook").failed()
    assert "ingredient==99" in result.stdout + result.stderr
    assert target.versions() == {}


def test_in_the_build(target: Target) -> None:
    overrides = OVERRIDES.format(name="breaks-in-build", version="1.0")
    target.override(overrides, "install", "breaks-in-build").failed()
    assert target.versions() == {}


@pytest.mark.quick_on("26.3")
@pytest.mark.seam("failed builds")
def test_metadata_of_another_version(target: Target) -> None:
    # By itself pip would throw the release away and take the one before.
    overrides = OVERRIDES.format(name="changes-version", version="1.0")
    target.refuses(overrides, "install", "changes-version", words=("changes-version", "2.0", "9.0"))


@pytest.mark.pips(below="21.3")
def test_without_an_override_pip_goes_on_as_ever(target: Target) -> None:
    overrides = OVERRIDES.format(name="declares", version="1.0")
    settings = {"PIP_CONSTRAINT": str(target.write("ingredient==1.0\n", "constraints.txt"))}
    # None of its tables is for what is built, which is not what this is about.
    target.override(
        overrides, "install", "breaks-in-hook", settings=settings, options=("--allow-unused",)
    ).succeeded()
    assert target.versions() == {"breaks-in-hook": "1.0"}
