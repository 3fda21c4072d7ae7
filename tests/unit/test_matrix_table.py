"""The table ``[matrix]``: what it says, and each mistake with what to write instead."""

from __future__ import annotations

import pytest

from pip_build_override.errors import OverrideError
from pip_build_override.matrix.reading import matrix_in, mistakes
from pip_build_override.matrix.table import Exclusion, Matrix, specifier_of, with_options
from pip_build_override.rules import parse_overrides
from pip_build_override.rules.place import Place

from ..support.hints import follows
from .schemas import judge

# Each with the part that is wrong, and what message it leads to. The hint says what to write instead of
# that part.
STATEMENTS = [
    ("vary = 'numpy'", "vary = 'numpy'", "vary: expected a name and its versions, found a string"),
    ("vary = ['SciPy', 'b']", "vary = ['SciPy', 'b']", "a name and its versions, found a list"),
    ("vary = 3", "vary = 3", "vary: expected a name and its versions, found a number"),
    ("vary.'b c' = ['latest']", "vary.'b c' = ['latest']", '"b c" is not the name of a distribution'),
    ("vary.' ' = ['latest']", "vary.' ' = ['latest']", '" " is not the name of a distribution'),
    (
        "vary.zope.interface = ['latest']",
        "vary.zope.interface = ['latest']",
        "vary.zope.interface is not a name with versions",
    ),
    ("vary.numpy = 'oldest'", "vary.numpy = 'oldest'", "expected a list with an entry, found a string"),
    ("vary.numpy = []", "vary.numpy = []", "expected a list with an entry, found an empty list"),
    ("vary.numpy = {}", "vary.numpy = {}", "vary.numpy: expected a list with an entry, found a table"),
    ("build = []", "build = []", "build: expected a list with an entry, found an empty list"),
    ("build = true", "build = true", "build: expected a list with an entry, found a boolean"),
    ("python = '3.11'", "python = '3.11'", "python: expected a list with an entry, found a string"),
    ("python = 3.11", "python = 3.11", "python: expected a list with an entry, found a number"),
    ("groups = 'test'", "groups = 'test'", "groups: expected a list with an entry, found a string"),
    ("extras = { all = 1 }", "extras = { all = 1 }", "extras: expected a list with an entry"),
    ("command = 'pytest -k \"a b\"'", "command = 'pytest -k \"a b\"'", "a list of words, found a str"),
    ('command = "pytest -k \'a"', 'command = "pytest -k \'a"', "a list of words, found a string"),
    ("command = ''", "command = ''", "command: expected a list with an entry, found a string"),
    ("command = ['pytest', 3]", "command = ['pytest', 3]", "words in quotes, found a number"),
    ("command = ['pytest', '']", "command = ['pytest', '']", "words in quotes, found none"),
]
VALUES = [
    ("window = 'spec-0'", "window = 'spec-0'", 'window is "spec-0"; it must be "declared", "spec0"'),
    ("window = 24", "window = 24", 'window is a number; it must be "declared", "spec0" or "nep29"'),
    ("cells = 'edge'", "cells = 'edge'", 'cells is "edge"; it must be "edges", "each" or "all"'),
    ("cells = ['all']", "cells = ['all']", "cells is a list; it must be"),
    ("python = 'declare'", "python = 'declare'", 'python is "declare"'),
    (
        "vary.numpy = ['latest']\nexclude = [{ numpy = 'two' }]",
        "numpy = 'two'",
        'exclude: numpy: "two" is not a version or a specifier',
    ),
    (
        "vary.numpy = ['latest']\nexclude = [{ numpy = 2.1 }]",
        "numpy = 2.1",
        "exclude: numpy: expected a version or a specifier in quotes, found a number",
    ),
    ("exclude = [{ python = '' }]", "python = ''", "a version or a specifier in quotes"),
    ("exclude = [{ python = '>=3.*' }]", "python = '>=3.*'", ".* can be used only with == and !="),
]
WORDS = [
    (
        "vary.numpy = ['newest']",
        "'newest'",
        '"newest" is neither a version nor one of "oldest", "minors"',
    ),
    ("vary.numpy = ['lates']", "'lates'", '"lates" is neither a version nor'),
    ("vary.numpy = [1.26]", "1.26", "vary.numpy: expected a version in quotes, found a number"),
    ("vary.numpy = [true]", "true", "vary.numpy: expected a version in quotes, found a boolean"),
    ("vary.numpy = ['1.26.x']", "'1.26.x'", '"1.26.x" is neither a version nor'),
    ("vary.numpy = ['==1.26.4']", "'==1.26.4'", '"==1.26.4" is neither a version nor'),
    ("vary.numpy = ['~=1.26,<2']", "'~=1.26,<2'", '"~=1.26,<2" is neither a version nor'),
    ("vary.numpy = ['<2']", "'<2'", '"<2" is neither a version nor'),
    ("vary.numpy = ['same']", "'same'", '"same" is neither a version nor'),
    ("vary.numpy = ['']", "''", '"" is neither a version nor'),
    ("build = 'minors'", "'minors'", '"minors" is neither a version nor one of "latest", "oldest"'),
    ("build = ['lowest', 'same']", "'lowest'", 'build: "lowest" is neither a version nor'),
    ("python = [3.11]", "3.11", "python: a number is not a minor version of Python 3"),
    ("python = [3.10]", "3.10", "python: a number is not a minor version of Python 3"),
    ("python = ['3.11.7']", "'3.11.7'", 'python: "3.11.7" is not a minor version'),
    ("python = ['py311']", "'py311'", 'python: "py311" is not a minor version'),
    ("python = ['>=3.9']", "'>=3.9'", 'python: ">=3.9" is not a minor version'),
    ("groups = [1]", "1", "groups: a number is not a name"),
    ("extras = ['[all]']", "'[all]'", 'extras: "[all]" is not a name'),
    ("extras = ['!']", "'!'", 'extras: "!" is not a name'),
    (
        "vary.numpy = ['latest']\nexclude = ['numpy<2']",
        "'numpy<2'",
        "exclude: expected tables, found a string",
    ),
    (
        "vary.numpy = ['latest']\nexclude = [{ reason = 'no wheels' }]",
        "{ reason = 'no wheels' }",
        "names neither a Python nor a version excludes everything",
    ),
]


def read(text: str, name: str = "o.toml") -> Matrix:
    found = matrix_in(text.encode(), path=name, shown=name)
    assert found is not None
    return found


def refused(body: str, message: str) -> OverrideError:
    text = f"[matrix]\n{body}\n"
    # A pip does not mind: it does nothing that this table says.
    parse_overrides(text.encode(), path="/none/o.toml", shown="o.toml")
    with pytest.raises(OverrideError) as caught:
        read(text)
    error = caught.value
    judge(text, "o.toml", error)
    assert error.where == "o.toml: matrix"
    assert message in error.message
    assert "\n" not in error.message + error.hint
    assert [str(each) for each in mistakes(text.encode(), path="o.toml", shown="o.toml")] == [
        str(error)
    ]
    return error


def accepted(body: str, wrong: str, right: str) -> None:
    assert body.count(wrong) == 1
    read(f"[matrix]\n{body.replace(wrong, right)}\n")


@pytest.mark.parametrize(("body", "wrong", "message"), STATEMENTS)
def test_a_list_is_wrong(body: str, wrong: str, message: str) -> None:
    hint = follows("write {} = [{}]", str(refused(body, message)))
    accepted(body, wrong, hint[len("write ") :])


@pytest.mark.parametrize(("body", "wrong", "message"), VALUES)
def test_a_value_is_wrong(body: str, wrong: str, message: str) -> None:
    hint = follows("write {} = {}", str(refused(body, message)))
    accepted(body, wrong, hint[len("write ") :])


@pytest.mark.parametrize(("body", "wrong", "message"), WORDS)
def test_an_entry_is_wrong(body: str, wrong: str, message: str) -> None:
    hint = follows("write {} there", str(refused(body, message)))
    accepted(body, wrong, hint[len("write ") : -len(" there")])


def test_what_a_hint_takes_from_the_value() -> None:
    hints = {wrong: refused(body, message).hint for body, wrong, message in (*STATEMENTS, *WORDS)}
    assert hints["'newest'"] == 'write "latest" there'
    assert hints["1.26"] == hints["'1.26.x'"] == hints["'~=1.26,<2'"] == 'write "1.26.*" there'
    assert hints["'==1.26.4'"] == 'write "1.26.4" there'
    assert hints["3.11"] == hints["'3.11.7'"] == 'write "3.11" there'
    # As a number, it is 3.1.
    assert hints["3.10"] == 'write "3.10" there'
    assert hints["'[all]'"] == 'write "all" there'
    assert hints["vary = ['SciPy', 'b']"] == 'write vary.scipy = ["oldest", "latest"]'
    assert (
        hints["vary.zope.interface = ['latest']"] == 'write vary.zope-interface = ["oldest", "latest"]'
    )
    assert hints["command = 'pytest -k \"a b\"'"] == 'write command = ["pytest", "-k", "a b"]'


def test_the_same_name_twice() -> None:
    body = "vary.NumPy = ['latest']\nvary.numpy = ['oldest']"
    error = refused(body, "vary.NumPy and vary.numpy are the same name (numpy)")
    hint = follows("write all its versions in one list: vary.{} = […]", str(error))
    assert hint.endswith("vary.numpy = […]")
    read("[matrix]\nvary.numpy = ['latest', 'oldest']")


def test_exclude_is_not_a_list_of_tables() -> None:
    error = refused("vary.a = ['latest']\nexclude = { a = '<2' }", "a list of tables, found a table")
    assert follows("write exclude = [{ … }]", str(error))
    read("[matrix]\nvary.a = ['latest']\nexclude = [{ a = '<2' }]")
    error = refused("vary.a-b = ['latest']\nexclude = '3.13'", "a list of tables, found a string")
    hint = follows("write exclude = [{}]", str(error))
    assert hint == 'write exclude = [{ python = "3.13", a-b = "<2.1" }]'
    read(f"[matrix]\nvary.a-b = ['latest']\n{hint[len('write ') :]}")


def test_what_is_excluded_does_not_vary() -> None:
    error = refused("vary.numpy = ['latest']\nexclude = [{ nunpy = '<2' }]", "nunpy is not varied")
    assert follows("did you mean {}?", str(error)) == "did you mean numpy?"
    error = refused("exclude = [{ zzz = '<2' }]", "zzz is not varied")
    assert follows("the keys are {}", str(error)) == "the keys are python and reason"
    error = refused("exclude = [{ python = '3.13', reason = 1 }]", "reason is a number, not a text")
    assert follows("write the reason in quotes", str(error))
    read("[matrix]\nexclude = [{ python = '3.13', reason = '1' }]")


def test_all_mistakes() -> None:
    text = (
        b"[matrix]\nbuild = 1\nwindow = 2\ncells = 'edges'\nvary = {}\nexclude = [{ a = '1' }]\n"
        b"[package.x]\nadd = ['a']\n"
    )
    found = mistakes(text, path="o.toml", shown="o.toml")
    assert [error.message.split(" ")[0] for error in found] == ["build:", "window", "exclude:"]
    assert mistakes(b"numpy<2\n", path="o.txt", shown="o.txt") == []
    assert mistakes(b"", path="o.toml", shown="o.toml") == []


FULL = """
[matrix]
vary.NumPy = ["oldest", "minors", "latest", "1.26.*", "2.0.1", "nightly", "latest"]
vary."scikit-learn" = ["latest"]
build = ["latest", "same", "2.0.*"]
python = ["3.9", "3.13"]
window = "spec0"
groups = ["Test"]
extras = ["all"]
command = ["pytest", "-q"]
cells = "each"
exclude = [
    { python = "3.13", numpy = "<2.1", reason = "no wheels" },
    { python = ">=3.12" },
    { Scikit_Learn = "1.5.*", numpy = "2.0.1" },
]
"""


def test_the_whole_table() -> None:
    assert read(FULL) == Matrix(
        Place("o.toml", "toml", "matrix"),
        vary=(
            ("numpy", ("oldest", "minors", "latest", "1.26.*", "2.0.1", "nightly")),
            ("scikit-learn", ("latest",)),
        ),
        build=("latest", "same", "2.0.*"),
        python=("3.9", "3.13"),
        window="spec0",
        groups=("test",),
        extras=("all",),
        command=("pytest", "-q"),
        cells="each",
        exclude=(
            Exclusion("==3.13.*", (("numpy", "<2.1"),), "no wheels"),
            Exclusion(">=3.12"),
            Exclusion("", (("scikit-learn", "==1.5.*"), ("numpy", "==2.0.1"))),
        ),
    )
    assert [each.text for each in read(FULL).exclude] == [
        "Python ==3.13.*, numpy <2.1",
        "Python >=3.12",
        "scikit-learn ==1.5.*, numpy ==2.0.1",
    ]


def test_an_empty_table() -> None:
    matrix = read("[matrix]\npython = 'declared'\ncommand = []\ngroups = []\n")
    assert matrix == Matrix(Place("o.toml", "toml", "matrix"))
    assert matrix_in(b"[package.x]\nadd = ['a']\n", path="o.toml", shown="o.toml") is None


def test_in_pyproject_toml() -> None:
    text = "[tool.pip-build-override.matrix]\nvary.numpy = ['latest']\nbuild = 'same'\n"
    matrix = read(text, "pyproject.toml")
    assert matrix.place.table == "tool.pip-build-override.matrix"
    assert (matrix.vary, matrix.build) == ((("numpy", ("latest",)),), ("same",))
    parse_overrides(text.encode(), path="/none/pyproject.toml")


def test_options_win() -> None:
    matrix = read(FULL)
    assert with_options(matrix) == matrix
    changed = with_options(
        matrix, vary=["numpy=latest, 1.26.*", "pandas=oldest", "numpy=oldest"], build="oldest,latest"
    )
    assert changed.vary == (("numpy", ("latest", "1.26.*", "oldest")), ("pandas", ("oldest",)))
    assert changed.build == ("oldest", "latest")
    assert changed.python == matrix.python
    assert with_options(matrix, python="declared").python is None
    assert with_options(matrix, python="3.11, 3.9").python == ("3.11", "3.9")


@pytest.mark.parametrize("text", ["numpy", "numpy=", "numpy=,", "=latest", "", "numpy>=1.26"])
def test_no_versions(text: str) -> None:
    with pytest.raises(OverrideError) as caught:
        with_options(read(FULL), vary=[text])
    hint = follows("write --vary {}=oldest,latest", str(caught.value))
    assert str(caught.value).startswith("--vary: ")
    assert with_options(read(FULL), vary=[hint.split(" ")[-1]]).vary == (
        ("numpy", ("oldest", "latest")),
    )


@pytest.mark.parametrize(
    ("options", "where", "right"),
    [
        ({"vary": ["numpy=newest"]}, "--vary", "latest"),
        ({"build": "minors"}, "--build", "latest"),
        ({"build": ""}, "--build", "latest"),
        ({"python": "3.11.2"}, "--python", "3.11"),
        ({"python": ""}, "--python", "3.10"),
        ({"python": "311"}, "--python", "3.11"),
        ({"vary": ["numpy==1.26.4"]}, "--vary", "1.26.4"),
    ],
)
def test_options_are_read_as_the_table(options: dict[str, str], where: str, right: str) -> None:
    with pytest.raises(OverrideError) as caught:
        with_options(read(FULL), **options)  # type: ignore[arg-type]
    assert caught.value.where == where
    assert follows("write {} there", str(caught.value)) == f'write "{right}" there'


def test_what_a_version_stands_for() -> None:
    assert [specifier_of(text) for text in ("1.26.*", "1.26.4", "<2", "2.0rc1")] == [
        "==1.26.*",
        "==1.26.4",
        "<2",
        "==2.0rc1",
    ]
