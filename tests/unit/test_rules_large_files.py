"""The work that a file takes grows as the file does, whatever is in it."""

from __future__ import annotations

import sys
from typing import Any, Callable, Mapping

import pytest

from pip_build_override.errors import OverrideError
from pip_build_override.rules import package, parse_overrides, select

SMALL, LARGE = 100, 400


def tables(count: int) -> str:
    return "".join(f'[package.p{n}]\nreplace.numpy = "numpy=={n}.0"\n\n' for n in range(count))


def tables_of_pyproject(count: int) -> str:
    return tables(count).replace("package", "tool.pip-build-override.package")


def one_table(count: int) -> str:
    listed = ", ".join(f'"p{n}"' for n in range(count))
    return f'[package."*"]\nremove = [{listed}]'


def lines(count: int) -> str:
    return "".join(f"p{n}=={n}\n" for n in range(count))


def idle_lines(count: int) -> str:
    return "".join(f"p{n}=={n}; python_version < '3'\n" for n in range(count))


def calls(work: Callable[[], object]) -> int:
    """Count the functions that are called in some work: that, and not a time, is always the same."""
    found = [0]

    def count(frame: Any, event: str, argument: Any) -> None:
        found[0] += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return found[0]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (tables, "o.toml"),
        (tables_of_pyproject, "pyproject.toml"),
        (lambda count: f"{tables(count)}\nadd = numpy", "o.toml"),
        (lambda count: f'{tables(count)}\nadd = ["numpy"]\nadd = ["cython"]', "o.toml"),
        (one_table, "o.toml"),
        (lines, "o.txt"),
        (idle_lines, "o.txt"),
    ],
)
def test_work_grows_as_the_file(
    text: Callable[[int], str], name: str, environment: Mapping[str, str]
) -> None:
    def work(count: int) -> None:
        try:
            overrides = parse_overrides(text(count).encode(), path=f"/{name}")
        except OverrideError:
            return
        select(overrides, package("p1"), environment)

    # Regular expressions and the like are compiled once.
    work(SMALL)
    small, large = (calls(lambda count=count: work(count)) for count in (SMALL, LARGE))
    assert large < small * (LARGE / SMALL) * 1.2
