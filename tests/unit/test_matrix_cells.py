"""The cells of a matrix, over numpy as it was released."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from pip_build_override.errors import OverrideError
from pip_build_override.matrix.cells import Cell, named
from pip_build_override.matrix.making import choose_pythons
from pip_build_override.matrix.plan import Interpreter, Plan
from pip_build_override.matrix.table import Exclusion, Matrix
from pip_build_override.releases import Available
from pip_build_override.rules.place import Place

from ..support.hints import follows
from .matrices import PLACE, TODAY, interpreters, plan, project

ALL = ("oldest", "minors", "latest")


def matrix(*numpy: str, **more: Any) -> Matrix:
    return Matrix(PLACE, vary=(("numpy", numpy or ("oldest", "latest")),), **more)


def shown(found: Plan) -> list[str]:
    """Each cell: its name, what it is built with, and its state unless it is planned."""
    return [
        " ".join([cell.name, *(f"{name}={version}" for name, version in cell.built)])
        + ("" if cell.state == "planned" else f" {cell.state}: {cell.reason}")
        for cell in found.cells
    ]


def refused(*args: Any, **more: Any) -> str:
    with pytest.raises(OverrideError) as caught:
        plan(*args, **more)
    assert caught.value.where == "o.toml: matrix"
    return str(caught.value)


def test_edges() -> None:
    found = plan(matrix(*ALL), "3.10", "3.11", "3.12", of=project("numpy>=1.26"))
    # The oldest and the newest Python get every version, those between only the ends.
    assert [cell.name for cell in found.cells] == [
        "py310-numpy1.26.0",
        "py310-numpy1.26.4",
        "py310-numpy2.0",
        "py310-numpy2.1",
        "py310-numpy2.2",
        "py311-numpy1.26",
        "py311-numpy2.4",
        "py312-numpy1.26.0",
        "py312-numpy1.26.4",
        "py312-numpy2.0",
        "py312-numpy2.1",
        "py312-numpy2.2",
        "py312-numpy2.3",
        "py312-numpy2.4",
    ]
    assert {dict(cell.built)["numpy"] for cell in found.cells if cell.python == "3.10"} == {"2.2.6"}
    assert {dict(cell.built)["numpy"] for cell in found.cells if cell.python == "3.12"} == {"2.4.6"}
    assert len(found.planned) == len(found.cells)
    each = plan(replace(matrix(*ALL), cells="each"), "3.10", "3.11", "3.12", of=project("numpy>=1.26"))
    assert len([cell for cell in each.cells if cell.python == "3.11"]) == 7


def test_what_is_built_with_the_same_version() -> None:
    found = plan(matrix("oldest", "latest", build=("same",)), "3.11", of=project("numpy>=1.24,<2"))
    assert shown(found) == ["py311-numpy1.24 numpy=1.24.0", "py311-numpy1.26 numpy=1.26.4"]


def test_what_is_built_with_the_oldest() -> None:
    of = project("numpy>=1.24", "numpy>=2.0")
    found = plan(matrix(build=("oldest",)), "3.11", "3.13", of=of)
    assert shown(found) == [
        "py311-numpy1.24 numpy=2.0.0",
        "py311-numpy2.4 numpy=2.0.0",
        "py313-numpy2.1 numpy=2.1.0",
        "py313-numpy2.4 numpy=2.1.0",
    ]
    end = "has no wheel for this Python; the oldest here is 2.1.0"
    assert found.notes == (
        f"Python 3.13: [project] declares numpy>=1.24, but 1.24 {end}",
        f"Python 3.13: [build-system] declares numpy>=2.0, but 2.0 {end}",
    )


def test_what_is_built_with_several_versions() -> None:
    found = plan(matrix(build=("oldest", "2.0.*", "latest")), "3.12", of=project("numpy", "numpy>=2"))
    # 2.0.0 and 2.0.2 are two builds; names become as long as they must.
    assert shown(found) == [
        "py312-numpy1.26.0-built2.0.0 numpy=2.0.0",
        "py312-numpy1.26.0-built2.0.2 numpy=2.0.2",
        "py312-numpy1.26.0-built2.4.6 numpy=2.4.6",
        "py312-numpy2.4.6-built2.0.0 numpy=2.0.0",
        "py312-numpy2.4.6-built2.0.2 numpy=2.0.2",
        "py312-numpy2.4.6-built2.4.6 numpy=2.4.6",
    ]
    found = plan(matrix("latest", build=("latest", "2.4.*")), "3.12")
    assert shown(found) == ["py312-numpy2.4 numpy=2.4.6"]


def test_impossible_pairs() -> None:
    of = project("numpy>=1.21", "numpy")
    found = plan(matrix("oldest", "1.26.*", "latest", build=("1.26.*", "latest")), "3.9", "3.10", of=of)
    states = {
        (cell.python, dict(cell.runs)["numpy"], dict(cell.built)["numpy"]): cell.state
        for cell in found.cells
    }
    assert states["3.10", "2.2.6", "1.26.4"] == "impossible"
    assert states["3.10", "1.21.2", "2.2.6"] == "planned"
    assert states["3.9", "1.21.0", "2.0.2"] == "planned"
    (cell, *_) = [cell for cell in found.cells if cell.state == "impossible"]
    assert cell.reason == "what is built against numpy 1.x does not run with 2.x"
    assert cell not in found.planned

    found = plan(matrix("1.22.*", build=("2.3.*",)), "3.10", of=project("numpy", "numpy"))
    # There is no 2.3 for that Python; that is what is said, because nothing can be built.
    assert found.cells[0].state == "no wheel"


def test_the_table_of_what_fits_is_that_of_verify() -> None:
    of = project("numpy", "numpy>=2.3")
    found = plan(matrix("1.23.*", "1.24.*", build=("latest",)), "3.11", of=of)
    assert [cell.state for cell in found.cells] == ["planned", "planned"]
    # Built with 2.3, it runs on 1.23 and later, and no released Python has both 2.3 and 1.22.
    old = plan(
        matrix("oldest", build=("latest",)), "3.11", of=of, others={"numpy": ("1.22.4", "2.3.5")}
    )
    reason = "what is built against numpy 2.3 runs with 1.23 and later"
    assert shown(old) == [f"py311-numpy1.22 numpy=2.3.5 impossible: {reason}"]


def test_no_wheel_for_a_python() -> None:
    found = plan(matrix(), "3.12", "3.13", of=project("numpy<2"))
    reason = "no release of numpy that [project] numpy<2 allows has a wheel for this Python"
    assert shown(found)[2:] == [f"py313-numpynone no wheel: {reason}"]
    # What is missing is shown for Pythons between the others, too.
    found = plan(matrix("1.26.*", "latest"), "3.12", "3.13", "3.14")
    assert [cell.name for cell in found.cells if cell.state == "no wheel"] == [
        "py313-numpy1.26",
        "py314-numpy1.26",
    ]


def test_what_the_build_system_excludes() -> None:
    found = plan(matrix("1.26.*", build=("same",)), "3.12", of=project("numpy", "numpy>=2"))
    assert shown(found) == [
        "py312-numpy1.26 numpy=1.26.4 contradiction: [build-system] numpy>=2 excludes numpy 1.26.4"
    ]
    found = plan(matrix("latest", build=("1.26.*",)), "3.12", of=project("numpy", "numpy>=2"))
    assert found.cells[0].reason == "[build-system] numpy>=2 excludes numpy 1.26.*"


def test_what_is_not_built_against() -> None:
    found = plan(matrix(), "3.12", of=project("numpy", "setuptools"))
    assert shown(found) == ["py312-numpy1.26", "py312-numpy2.4"]
    assert found.cells[0].built == ()
    text = refused(matrix(build=("latest",)), "3.12", of=project("numpy", "setuptools wheel"))
    assert "the [build-system] of pyproject.toml does not require numpy" in text
    hint = follows("leave out build, or add {} to requires under [build-system]", text)
    assert "add numpy to" in hint
    plan(matrix(build=("latest",)), "3.12", of=project("numpy", "setuptools numpy"))


def test_oldest_supported_numpy_is_numpy() -> None:
    found = plan(matrix(build=("same",)), "3.12", of=project("numpy", "oldest-supported-numpy>=2022"))
    assert shown(found) == ["py312-numpy1.26 numpy=1.26.0", "py312-numpy2.4 numpy=2.4.6"]


OTHERS = {"scipy": ("1.10", "1.11", "1.12"), "b": ("1", "2")}


def several(cells: str, *minors: str, **more: Any) -> Plan:
    vary = (
        ("numpy", ("1.26.*", "latest")),
        ("scipy", ("oldest", "minors")),
        ("b", ("oldest", "latest")),
    )
    table = Matrix(PLACE, vary=vary, cells=cells, **more)
    return plan(table, *minors, of=project("numpy scipy b", "numpy b"), others=OTHERS)


def test_several_names() -> None:
    every = {cell.runs for cell in several("all", "3.12").cells}
    assert len(every) == 2 * 3 * 2
    each = {cell.runs for cell in several("each", "3.12").cells}
    # The oldest of all, then each version with the latest of the others.
    assert [" ".join(version for _, version in runs) for runs in sorted(each)] == [
        "1.26.4 1.10 1",
        "1.26.4 1.12 2",
        "2.4.6 1.10 2",
        "2.4.6 1.11 2",
        "2.4.6 1.12 1",
        "2.4.6 1.12 2",
    ]
    edges = several("edges", "3.10", "3.11", "3.12").cells
    middle = [dict(cell.runs) for cell in edges if cell.python == "3.11"]
    assert [list(runs.values()) for runs in middle] == [["1.26.4", "1.10", "1"], ["2.4.6", "1.12", "2"]]
    assert {cell.runs for cell in edges if cell.python == "3.12"} == each


def test_several_names_are_built_against() -> None:
    cells = several("each", "3.12", build=("latest",)).cells
    assert {cell.built for cell in cells} == {(("numpy", "2.4.6"), ("b", "2"))}
    # An unknown distribution runs with what it is built against, and newer.
    assert [cell.state for cell in cells if dict(cell.runs)["b"] == "1"] == ["impossible"] * 2
    with pytest.raises(OverrideError) as caught:
        several("each", "3.12", build=("1.26.*",))
    hint = follows("write latest, oldest or same instead, or vary only one of them", str(caught.value))
    assert "build has 1.26.*, and several of the names that vary are built against: numpy and b" in str(
        caught.value
    )
    assert hint
    assert several("each", "3.12", build=("same",)).planned


def test_exclude() -> None:
    exclude = (
        Exclusion("==3.12.*", (("numpy", "<2"),), "no fun"),
        Exclusion("", (("numpy", "==2.0.*"),)),
        Exclusion(">=3.14"),
    )
    found = plan(matrix(*ALL, exclude=exclude), "3.10", "3.12", of=project("numpy>=1.26"))
    assert [cell.name for cell in found.cells if cell.python == "3.12"] == [
        "py312-numpy2.1",
        "py312-numpy2.2",
        "py312-numpy2.3",
        "py312-numpy2.4",
    ]
    assert found.notes == (
        "exclude Python ==3.12.*, numpy <2 (no fun): 2 cells left out",
        "exclude numpy ==2.0.*: 2 cells left out",
        "exclude Python >=3.14: leaves out no cell",
    )
    # What there is no version of is not excluded by a version.
    found = plan(matrix("1.26.*", exclude=(exclude[1],)), "3.13")
    assert [cell.state for cell in found.cells] == ["no wheel"]


def test_oldest_is_not_moved_upwards_by_exclude() -> None:
    exclude = (Exclusion("", (("numpy", "<2"),)),)
    found = plan(matrix(exclude=exclude), "3.12", of=project("numpy>=1.26"))
    assert [cell.name for cell in found.cells] == ["py312-numpy2.4"]


def test_a_window() -> None:
    found = plan(matrix(*ALL, window="spec0"), "3.12", "3.13", of=project("numpy>=1.21"), as_of=TODAY)
    assert found.day == TODAY
    assert next(cell.name for cell in found.cells if cell.python == "3.12") == "py312-numpy2.0.0"
    assert plan(matrix(), "3.12").day is None
    assert plan(matrix(window="nep29"), "3.12").day == TODAY


def test_an_index_without_times() -> None:
    from pip_build_override.matrix.making import Answers, make_plan

    index = Available({}, {"numpy": ()}, ("https://h.test/simple/numpy/",))
    here = interpreters("3.12")

    def planned(table: Matrix, as_of: date | None = None) -> Plan:
        return make_plan(table, project(), here, {"3.12": Answers(index)}, today=TODAY, as_of=as_of)

    for table, as_of in ((matrix(window="spec0"), None), (matrix(), TODAY)):
        with pytest.raises(OverrideError) as caught:
            planned(table, as_of)
        text = str(caught.value)
        assert "https://h.test/simple/numpy/ does not say when files were uploaded (PEP 700)" in text
        assert follows("use another index, or neither a window nor --as-of", text)
    assert planned(matrix()).cells[0].state == "no wheel"


def test_nothing_to_vary() -> None:
    text = refused(Matrix(PLACE), "3.12")
    hint = follows("name it with its versions: --vary numpy=oldest,latest", text)
    from pip_build_override.matrix.table import with_options

    assert plan(with_options(Matrix(PLACE), vary=[hint.split(" ")[-1]]), "3.12").planned


def test_nightly() -> None:
    found = plan(
        matrix("latest", "nightly", build=("nightly", "latest")),
        "3.12",
        "3.13",
        nightly={"numpy": ("2.5.0.dev0",)},
    )
    assert shown(found)[:4] == [
        "py312-numpy2.4.6-built2.5.0.dev0 numpy=2.5.0.dev0",
        "py312-numpy2.4.6-built2.4.6 numpy=2.4.6",
        "py312-numpy2.5.0.dev0-built2.5.0.dev0 numpy=2.5.0.dev0",
        "py312-numpy2.5.0.dev0-built2.4.6 numpy=2.4.6",
    ]
    assert [cell.nightly for cell in found.cells[:3]] == [(), (), ("numpy",)]
    text = refused(matrix("nightly"), "3.12", nightly={}, as_of=TODAY)
    assert follows("leave out either nightly or --as-of", text)
    plan(matrix("nightly"), "3.12", nightly={})


def test_dependencies_that_are_not_static() -> None:
    dynamic = replace(project(), dependencies=None)
    text = refused(matrix("minors", "oldest"), "3.12", of=dynamic)
    assert "vary.numpy has minors and oldest, but the limits on numpy are not known" in text
    hint = follows('name the versions, as in vary.{} = ["1.26.*", "latest"]', text)
    assert 'vary.numpy = ["1.26.*", "latest"]' in hint
    found = plan(matrix("1.26.*", "latest"), "3.12", of=dynamic)
    assert len(found.planned) == 2
    assert "numpy has no known limits: [project] has no static dependencies" in found.notes


def test_names_are_short_and_unique() -> None:
    def names(*cells: Cell) -> list[str]:
        return [cell.name for cell in named(cells)]

    def cell(*runs: str, built: str = "2.0.0", python: str = "3.9") -> Cell:
        pairs = tuple(zip(("numpy", "scikit-learn"), runs))
        return Cell(python, pairs, (("numpy", built),))

    assert names(cell("1.26.4", "1.5.0+l.1"), cell("2", "1.6")) == [
        "py39-numpy1.26-scikit_learn1.5",
        "py39-numpy2-scikit_learn1.6",
    ]
    assert names(cell("1.26.4"), cell("1.26.0"), cell("1.25.0"), cell("1.26.4", python="3.13")) == [
        "py39-numpy1.26.4",
        "py39-numpy1.26.0",
        "py39-numpy1.25",
        "py313-numpy1.26",
    ]
    assert names(cell("1.26.4+a-b"), cell("1.26.4+a-b", built="2.1.0")) == [
        "py39-numpy1.26.4_a_b-built2.0.0",
        "py39-numpy1.26.4_a_b-built2.1.0",
    ]


# Pythons


def pythons(
    table: Matrix, *minors: str, requires: str | None = ">=3.9", day: date = TODAY
) -> tuple[list[str], list[str]]:
    of = replace(project(), requires_python=requires)
    chosen, notes = choose_pythons(table, of, interpreters(*minors), day)
    return [each.minor for each in chosen], notes


def test_the_pythons_that_are_declared() -> None:
    assert pythons(matrix(), "3.13", "3.8", "3.9", "3.10") == (["3.9", "3.10", "3.13"], [])
    # The whole version counts.
    assert pythons(matrix(), "3.9", requires=">=3.9.5")[0] == ["3.9"]
    assert pythons(matrix(), "3.9", "3.10", requires=">=3.9.9")[0] == ["3.10"]
    assert pythons(matrix(), "3.8", requires="")[0] == ["3.8"]
    assert pythons(matrix(), "3.8", requires=None) == (
        ["3.8"],
        ["requires-python is not static, so every interpreter counts"],
    )


def test_the_pythons_that_are_named() -> None:
    assert pythons(matrix(python=("3.13", "3.9")), "3.9", "3.10", "3.13")[0] == ["3.9", "3.13"]
    with pytest.raises(OverrideError) as caught:
        pythons(matrix(python=("3.7", "3.13", "3.9")), "3.9")
    text = str(caught.value)
    assert "no interpreter with pip for Python 3.7 and 3.13 here; found: 3.9" in text
    hint = follows(
        "install it (pyenv install, or a package of the system), or leave it out of python", text
    )
    assert hint
    assert pythons(matrix(python=("3.9",)), "3.9")[0] == ["3.9"]


def test_the_pythons_in_a_window() -> None:
    table = matrix(window="spec0")
    assert pythons(table, "3.10", "3.11", "3.12", day=date(2025, 10, 24)) == (
        ["3.11", "3.12"],
        ["Python 3.10: outside of the window of SPEC 0 on 2025-10-24"],
    )
    # Those that are named are not judged.
    named_ones = replace(table, python=("3.10",))
    assert pythons(named_ones, "3.10", day=date(2025, 10, 24)) == (["3.10"], [])


@pytest.mark.parametrize(
    ("window", "minors", "words"),
    [
        ("declared", (), "requires-python >=3.9 allows; found: none"),
        ("declared", ("3.8",), "requires-python >=3.9 allows; found: 3.8"),
        ("spec0", ("3.9",), "requires-python >=3.9 and SPEC 0 on 2026-06-01 allows; found: 3.9"),
    ],
)
def test_no_python(window: str, minors: tuple[str, ...], words: str) -> None:
    with pytest.raises(OverrideError) as caught:
        pythons(matrix(window=window), *minors)
    assert words in str(caught.value)
    hint = follows(
        'install one, or name those to test with, as in python = ["3.11"]', str(caught.value)
    )
    assert hint
    assert pythons(matrix(python=("3.11",)), "3.11")[0] == ["3.11"]


def test_an_interpreter() -> None:
    assert interpreters("3.9") == [Interpreter("3.9", "3.9.7", "/opt/python3.9")]
    assert Place("o.toml", "toml", "matrix") == PLACE
