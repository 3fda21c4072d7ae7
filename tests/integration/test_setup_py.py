"""Projects with nothing but a setup.py, and setuptools that fetches by itself."""

from __future__ import annotations

import pytest

from ..support.environments import Target
from ..support.store import index_wheel

OVERRIDES = '[package.setup-py-only]\nreplace.setuptools = "setuptools==68.2.2"\n'


def test_built_against_the_chosen_setuptools(target: Target) -> None:
    # The setuptools of the environment is what old pips would build with.
    target.put(index_wheel("setuptools==75.3.4"), index_wheel("wheel==0.45.1"))
    result = target.override(
        OVERRIDES, "install", "--no-binary", "setup-py-only", "setup-py-only"
    ).succeeded()
    assert target.stamp("setup_py_only")["setuptools"] == "68.2.2"
    moved = [line for line in result.reported if "PEP 517" in line]
    assert len(moved) == (1 if target.pip.is_older_than("25.3") else 0), str(result)
    change = "setup-py-only 1.0: setuptools -> setuptools==68.2.2   [build-overrides.toml: "
    assert change + "package.setup-py-only]" in result.reported


@pytest.mark.pips(below="25.3")
def test_the_users_option_stands_against_it(target: Target) -> None:
    target.put(index_wheel("setuptools==75.3.4"), index_wheel("wheel==0.45.1"))
    options = ["--no-use-pep517", "--global-option=--quiet"]
    if target.pip.is_older_than("23.1"):
        options.append("--install-option=--optimize=1")
    for option in options:
        target.refuses(
            OVERRIDES,
            "install",
            option,
            "setup-py-only",
            words=("setup-py-only", option.partition("=")[0]),
        )


@pytest.mark.pips(only=["24.0"])
def test_what_setup_py_has_built_is_found_again(target: Target) -> None:
    rules = '[package.other]\nreplace.a = "b"\n'
    built = []
    for _ in range(2):
        environment = target.fresh()
        environment.put(index_wheel("setuptools==75.3.4"), index_wheel("wheel==0.45.1"))
        result = environment.override(
            rules, "install", "setup-py-only", options=("--allow-unused",)
        ).succeeded()
        built.append("Building wheel" in result.stdout)
    assert built == [True, False]


def test_a_backend_that_fetches_by_itself(target: Target) -> None:
    overrides = '[package.fetches]\nreplace.ingredient = "ingredient==1.0"\n'
    target.refuses(overrides, "install", "fetches", words=("fetches 1.0", "ingredient-2.0"))


@pytest.mark.pips(python_below="3.12")
def test_setup_requires_under_an_old_setuptools(target: Target) -> None:
    # By easy_install, which knows nothing of pip's settings, and must stay off the network here.
    settings = f"[easy_install]\nfind_links = {target.index}\nallow_hosts = none.invalid\n"
    target.write(settings, "home/.pydistutils.cfg")
    overrides = '[package.setup-requires]\nreplace.ingredient = "ingredient==1.0"\n'
    words = ("setup-requires 1.0", "ingredient-2.0")
    target.refuses(overrides, "install", "setup-requires", words=words)


def test_setuptools_that_pip_assumes(target: Target) -> None:
    # Requirements without a backend: pip checks that setuptools is among them.
    overrides = """
[package.no-backend]
replace.ingredient = "ingredient==1.0"
replace.setuptools = "setuptools==68.2.2"
"""
    target.override(overrides, "install", "no-backend").succeeded()
    stamp = target.stamp("no_backend")
    assert (stamp["ingredient"], stamp["setuptools"]) == ("1.0", "68.2.2")
