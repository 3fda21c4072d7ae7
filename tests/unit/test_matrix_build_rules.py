"""The overrides file of one build of a matrix, and what comes of it with the user's own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pip_build_override.matrix.build_rules import rules_of_build
from pip_build_override.matrix.project import Project, read_project
from pip_build_override.rules import Declared, Plan, load_overrides, package, plan, read_file
from pip_build_override.rules.place import Place

PLACE = Place("pyproject.toml", "pyproject")
PYTHON = {"python_version": "3.11"}
BUILT = (("numpy", "1.22.0"),)


def project(*requires: str) -> Project:
    return replace(read_project({"build-system": {"requires": list(requires)}}, PLACE), name="lamp")


def planned(
    directory: Path,
    requires: tuple[str, ...],
    *,
    user: str = "",
    name: str = "o.toml",
    hook: tuple[str, ...] | None = None,
) -> Plan:
    """Return the plan of a build under the rules of a user and of a matrix.

    Args:
        directory: For the files.
        requires: What the project declares.
        user: The overrides file of the user.
        name: Its name.
        hook: What the build backend asks for.
    """
    path = ""
    if user:
        file = directory / name
        file.write_text(user, encoding="utf-8")
        path = str(file)
    content = read_file(path) if path else b""
    text = rules_of_build(project(*requires), PYTHON, BUILT, path, content)
    ours = directory / "rules.toml"
    ours.write_text(text, encoding="utf-8")
    overrides = load_overrides(str(ours))
    assert (overrides.record, overrides.mismatch) == ("all", "ignore")
    assert overrides.without_rules == ()
    return plan(overrides, package("lamp", "1.0"), Declared(requires, hook), PYTHON)


@pytest.mark.parametrize(
    ("requires", "effective"),
    [
        (("setuptools", "numpy"), ("setuptools", "numpy==1.22.0")),
        (("numpy>=2", "numpy<3"), ("numpy==1.22.0",)),
        (("NumPy==2.0 ; python_version >= '3.9'",), ("numpy==1.22.0",)),
        (("oldest-supported-numpy", "wheel"), ("wheel", "numpy==1.22.0")),
        (("oldest_supported_numpy", "numpy"), ("numpy==1.22.0",)),
        # The first line is for another Python.
        (("oldest-supported-numpy; python_version < '3.9'", "numpy"), None),
        (("setuptools",), ("setuptools", "numpy==1.22.0")),
        ((), ("numpy==1.22.0",)),
    ],
)
def test_what_is_declared(
    requires: tuple[str, ...], effective: tuple[str, ...] | None, tmp_path: Path
) -> None:
    found = planned(tmp_path, requires)
    assert found.unused == ()
    applying = tuple(text for text in found.static if ";" not in text)
    assert applying == (effective or ("numpy==1.22.0",))


def test_a_line_for_another_python(tmp_path: Path) -> None:
    # Replaced, it would still not be installed.
    found = planned(tmp_path, ("numpy==1.0 ; python_version < '3.9'",))
    assert "numpy==1.22.0" in found.static


def test_what_the_backend_asks_for(tmp_path: Path) -> None:
    found = planned(tmp_path, ("setuptools", "numpy"), hook=("numpy>=2", "wheel"))
    assert (found.static, found.hook) == (("setuptools", "numpy==1.22.0"), ("numpy==1.22.0", "wheel"))


@pytest.mark.parametrize(
    "user",
    [
        "[package.lamp]\nreplace.numpy = 'numpy==1.20'\n",
        "[package.lamp]\nreplace.numpy = { from = 'target' }\n",
        "[package.lamp]\nadd = ['numpy<1.20']\n",
        "[package.lamp]\nremove = ['numpy']\n",
        "[package.lamp]\nconstrain = ['numpy<1.20']\n",
        "[package.lamp]\nrequires = ['numpy==1.20']\n",
        "[package.'lamp>=1']\nreplace.numpy = 'numpy==1.20'\n",
        "[package.'*']\nconstrain = ['numpy<1.20']\n",
        "[group.g]\npackages = ['lamp']\nreplace.numpy = 'numpy==1.20'\n",
        "[settings]\nrecord = 'none'\nmismatch = 'error'\n",
    ],
)
def test_it_wins_over_the_rules_of_the_user(user: str, tmp_path: Path) -> None:
    found = planned(tmp_path, ("numpy",), user=user)
    assert (found.static, found.constraints, found.unused) == (("numpy==1.22.0",), (), ())
    # The rest is in force.
    more = planned(tmp_path, ("numpy",), user=f"{user}\n[package.'lamp>0']\nadd = ['wheel']\n")
    assert set(more.static) == {"numpy==1.22.0", "wheel"}


def test_other_forms(tmp_path: Path) -> None:
    user = "[tool.pip-build-override.package.lamp]\nadd = ['numpy==1.20', 'wheel']\n"
    found = planned(tmp_path, ("numpy",), user=user, name="pyproject.toml")
    assert found.static == ("numpy==1.22.0", "wheel")
    user = "numpy==1.20\nsetuptools<60\nsetuptools<61 ; python_version < '3'\n"
    found = planned(tmp_path, ("numpy", "setuptools"), user=user, name="o.txt")
    assert found.static == ("numpy==1.22.0", "setuptools<60")
    assert planned(tmp_path, ("numpy",), user="# none\n", name="o.txt").static == ("numpy==1.22.0",)


def test_several_names() -> None:
    text = rules_of_build(project("numpy", "scipy"), PYTHON, (*BUILT, ("scipy", "1.9")))
    assert text.partition("[package.lamp]\n")[2].splitlines()[1:] == [
        'replace.numpy = "numpy==1.22.0"',
        'replace.scipy = "scipy==1.9"',
    ]


def test_none_asked_for() -> None:
    assert rules_of_build(project("numpy"), PYTHON, ()).splitlines()[1:] == [
        "",
        "[settings]",
        'record = "all"',
        'mismatch = "ignore"',
    ]
