"""Targets that pip gives no name to before their metadata are there, and names that turn out wrong."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ..support.environments import Target
from ..support.hints import ONE_PIP, follows
from ..support.wheelhouse import source_tree, write_sdist


def _rules(*names: str) -> str:
    return "".join(f'[package.{name}]\nreplace.ingredient = "ingredient==1.0"\n' for name in names)


def test_file_url_repository(target: Target) -> None:
    sdist = write_sdist("asks", target.room)
    by_url = write_sdist("declares-and-asks", target.room)
    repository = _repository(target, "pins")
    named = write_sdist("many-lines", target.room, file_name="archive")
    names = ("asks", "declares-and-asks", "pins", "many-lines")
    target.override(
        _rules(*names),
        "install",
        f"./{sdist.name}",
        by_url.as_uri(),
        f"git+{repository.as_uri()}",
        f"many-lines @ {named.as_uri()}",
    ).succeeded()
    for name in names:
        assert target.stamp(name.replace("-", "_")) == {"ingredient": "1.0"}, name


@pytest.mark.seam("none")
def test_names_from_the_tree(target: Target) -> None:
    names = ("named-in-setup-cfg", "named-in-setup-py", "named-for-poetry")
    for name in names:
        source_tree(name, target.room)
    target.override(_rules(*names), "install", *(f"./{name}" for name in names)).succeeded()
    for name in names:
        assert target.stamp(name.replace("-", "_")) == {"ingredient": "1.0"}, name


@pytest.mark.seam("sources")
def test_a_directory(target: Target) -> None:
    source_tree("declares", target.room)
    result = target.override(_rules("declares"), "install", "./declares").succeeded()
    assert target.stamp("declares") == {"ingredient": "1.0"}
    assert target.stored_wheels() == {}
    assert result.reported == [
        "declares 1.0: ingredient -> ingredient==1.0   [build-overrides.toml: package.declares]",
        "declares 1.0: built with ingredient 1.0, stampbackend 1.0",
    ]


def test_a_name_that_cannot_be_known(target: Target) -> None:
    source_tree("named-nowhere", target.room)
    result = target.refuses(
        _rules("named-nowhere"), "install", "./named-nowhere", words=("named-nowhere", "NAME @ file:")
    )
    assert target.builds() == []
    said = follows("put its name before the URL: NAME @ {}", result.error)
    if target.pip.id == ONE_PIP:
        request = said.partition(": ")[2].replace("NAME", "named-nowhere")
        named = target.fresh()
        named.override(_rules("named-nowhere"), "install", request).succeeded()
        assert named.stamp("named_nowhere") == {"ingredient": "1.0"}
        target.builds()
        result = target.refuses(_rules("named-nowhere"), "install", "-e", "./named-nowhere")
        said = follows('add its name to the URL: -e "{}egg=NAME"', result.error)
        request = said.partition('"')[2].rstrip('"').replace("NAME", "named-nowhere")
        named = target.fresh()
        result = named.override(_rules("named-nowhere"), "install", "-e", request).succeeded()
        assert "named-nowhere 1.0: built with ingredient 1.0, stampbackend 1.0" in result.reported
        target.builds()
    # With rules for all only it need not be known.
    overrides = '[package."*"]\nreplace.ingredient = "ingredient==2.0"\n'
    target.override(overrides, "install", "./named-nowhere").succeeded()
    assert target.stamp("named_nowhere") == {"ingredient": "2.0"}


@pytest.mark.seam("none")
def test_metadata_of_another_name(target: Target) -> None:
    source_tree("changes-name", target.room)
    target.refuses(
        _rules("changes-name"), "install", "./changes-name", words=("changes-name", "somebody-else")
    )


def test_metadata_of_another_version(target: Target) -> None:
    sdist = write_sdist("changes-version", target.room)
    overrides = '[package."changes-version<3"]\nreplace.ingredient = "ingredient==1.0"\n'
    words = ('package."changes-version<3"', "2.0", "9.0")
    target.refuses(overrides, "install", f"./{sdist.name}", words=words)


def _repository(target: Target, name: str) -> Path:
    git = shutil.which("git")
    assert git, "git is needed for these tests"
    tree = source_tree(name, target.room / "repositories")
    for command in (
        ("init", "-q"),
        ("add", "."),
        ("-c", "user.name=nobody", "-c", "user.email=nobody@localhost", "commit", "-q", "-m", "A tree"),
    ):
        target.execute(git, "-C", tree, *command).succeeded()
    return tree
