"""Projects with nothing but a setup.py, and setuptools that fetches by itself."""

from __future__ import annotations

import pytest

from ..support.environments import Target
from ..support.hints import follows
from ..support.stampbackend import write_wheel
from ..support.store import index_wheel
from ..support.wheelhouse import source_tree, write_sdist

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
        result = target.refuses(
            OVERRIDES,
            "install",
            option,
            "setup-py-only",
            words=("setup-py-only", option.partition("=")[0]),
        )
        said = follows("do not use {}, or remove the table", result.error)
        assert option.partition("=")[0] in said
    if target.pip.id == "24.0":
        target.override(OVERRIDES, "install", "setup-py-only").succeeded()
        assert target.stamp("setup_py_only")["setuptools"] == "68.2.2"


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


@pytest.mark.pips(below="25.3")
@pytest.mark.parametrize("option", ["", "--no-use-pep517", "--global-option=--quiet"])
def test_rules_for_all_packages_leave_it_to_setup_py(target: Target, option: str) -> None:
    # What it is built with is installed, and can be had from nowhere else.
    target.put(index_wheel("setuptools==75.3.4"), index_wheel("wheel==0.45.1"))
    links = target.room / "links"
    links.mkdir()
    write_sdist("setup-py-only", links)
    settings = {"PIP_FIND_LINKS": str(links)}
    overrides = '[package."*"]\nconstrain = ["setuptools<70"]\n'
    asked = ("install", *filter(None, [option]), "setup-py-only")
    result = target.override(overrides, *asked, settings=settings).succeeded()
    assert target.stamp("setup_py_only")["setuptools"] == "75.3.4"
    (warning,) = result.warnings
    assert 'build-overrides.toml: package."*": ' in warning
    assert "without a build environment" in warning
    assert "no effect on them: constrain setuptools<70 [setup-py-only]\n" in warning
    assert option.partition("=")[0] in warning
    if option:
        return
    # And what it says to do has the rule act.
    follows("use --use-pep517, or write them into a table that names the project", warning)
    other = target.fresh()
    other.put(index_wheel("setuptools==75.3.4"), index_wheel("wheel==0.45.1"))
    result = other.override(overrides, "install", "--use-pep517", "setup-py-only").succeeded()
    assert other.stamp("setup_py_only")["setuptools"] == "68.2.2"
    assert result.warnings == []


@pytest.mark.pips(below="25.3")
def test_a_table_of_its_own_that_finds_no_setuptools(target: Target) -> None:
    target.put(index_wheel("setuptools==75.3.4"), index_wheel("wheel==0.45.1"))
    links = target.room / "links"
    links.mkdir()
    write_sdist("setup-py-only", links)
    settings = {"PIP_FIND_LINKS": str(links)}
    overrides = '[package.setup-py-only]\nconstrain = ["setuptools<70"]\n'
    result = target.override(overrides, "install", "setup-py-only", settings=settings).failed()
    (warning,) = [text for text in result.warnings if "PEP 517" in text]
    assert "package.setup-py-only" in warning
    follows("give pip an index or --find-links with setuptools and wheel, or remove the table", warning)
    if target.pip.id == "24.0":
        given = ("install", "--find-links", target.index, "setup-py-only")
        target.override(overrides, *given, settings=settings).succeeded()
        assert target.stamp("setup_py_only")["setuptools"] == "68.2.2"


def test_pips_own_check_of_setuptools_stays(target: Target) -> None:
    links = target.room / "links"
    links.mkdir()
    write_wheel(str(links), "setuptools", "39.2.0", {"setuptools.py": "raise SystemExit('used')\n"})
    project = source_tree("no-backend", target.room)
    text = '[build-system]\nrequires = ["setuptools==39.2.0", "ingredient"]\n'
    (project / "pyproject.toml").write_text(text, encoding="utf-8")
    settings = {"PIP_FIND_LINKS": f"{target.index.as_uri()} {links.as_uri()}"}
    overrides = '[package."*"]\nconstrain = ["setuptools<1000"]\n'
    result = target.override(overrides, "install", project, settings=settings).failed()
    assert "setuptools==39.2.0 is incompatible with setuptools>=40.8.0" in result.stderr, str(result)
    assert "Traceback" not in result.stdout + result.stderr, str(result)
    (origin,) = [line for line in result.stderr.splitlines() if "setuptools 39.2.0" in line]
    assert origin.endswith("(declared)"), str(result)
