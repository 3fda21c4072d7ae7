"""``check`` names every mistake in a file, not only the first one."""

from __future__ import annotations

import pytest

from pip_build_override.errors import OverrideError
from pip_build_override.rules import parse_overrides
from pip_build_override.rules.reading.mistakes import mistakes

MANY = """\
top = 1

[package.x]
ad = ["a"]
add = ["a =", "b", "c<"]
constrain = "x<1"
remove = ["pkgconfig", 3]
replace.numpy = ["a", "b c"]
replace.NumPy = "numpy"
replace.other = { from = "targt" }

[package.y]
requires = ["a"]
add = ["b"]

[package.Z]
add = ["b"]

[package.z]
add = ["b"]

[package."n n"]
add = ["b"]
remove = ["c"]

[package.empty]

[settings]
unused = "err"
foo = 1
"""
FOUND = [
    ("o.toml", "no top-level key top"),
    ("o.toml: package.x", "no key ad"),
    ("o.toml: package.x", 'add: "a ="'),
    ("o.toml: package.x", 'add: "c<"'),
    ("o.toml: package.x", "constrain: wanted a list"),
    ("o.toml: package.x", "remove: wanted a name"),
    ("o.toml: package.x", 'replace.numpy: "b c"'),
    ("o.toml: package.x", 'from is "targt"'),
    ("o.toml: package.x", "replace.numpy and replace.NumPy"),
    ("o.toml: package.y", "requires is the whole list"),
    ('o.toml: package."n n"', '"n n" is not the name of a package'),
    ("o.toml: settings", 'unused is "err"'),
    ("o.toml: settings", "no setting foo"),
    ("o.toml", "package.z and package.Z are tables of the same package"),
]


def found(text: str, name: str = "o.toml") -> list[OverrideError]:
    return mistakes(text.encode(), path=f"/x/{name}")


def test_every_mistake_of_a_file() -> None:
    errors = found(MANY)
    assert [error.where for error in errors] == [where for where, _ in FOUND]
    for error, (_, message) in zip(errors, FOUND):
        assert message in error.message
        assert error.hint


def test_the_first_mistake_is_among_them() -> None:
    with pytest.raises(OverrideError) as first:
        parse_overrides(MANY.encode(), path="/x/o.toml")
    assert str(first.value) in map(str, found(MANY))


def test_a_pyproject() -> None:
    text = "[tool.pip-build-override.package.x]\nad = 1\nremov = 1\n[project]\nname = 3\n"
    errors = found(text, "pyproject.toml")
    assert [error.where for error in errors] == [
        "pyproject.toml: tool.pip-build-override.package.x"
    ] * 2


def test_every_line_of_a_list() -> None:
    text = "a ==\nb>1 \\\n  c\n# one\n-r x\nnumpy==1\nd==1  # two\nnumpy==2\nnumpy==3\n"
    errors = found(text, "o.txt")
    assert [error.where.partition(": ")[2] for error in errors][:3] == ["line 1", "line 2", "line 5"]
    assert ["line 6" in str(error) and "line 8" in str(error) for error in errors[3:]] == [True, False]
    assert "line 6" in str(errors[4])
    assert "line 9" in str(errors[4])


@pytest.mark.parametrize(
    "text", ["[package\n", "\ufeff[package.x]\n", "package = 1\n", "package.x = 1\n"]
)
def test_a_file_with_one_mistake(text: str) -> None:
    with pytest.raises(OverrideError) as first:
        parse_overrides(text.encode(), path="/x/o.toml", shown="sub/o.toml")
    errors = mistakes(text.encode(), path="/x/o.toml", shown="sub/o.toml")
    assert list(map(str, errors)) == [str(first.value)]
    assert str(errors[0]).startswith("sub/o.toml")


@pytest.mark.parametrize("text", ["", "[package.x]\nadd = ['a', 'b']\n"])
def test_a_valid_file(text: str) -> None:
    assert found(text) == []
    assert found("", "o.txt") == []


def test_a_large_file_takes_no_longer_than_it_must() -> None:
    tables = [f'[package.p{number}]\nadd = ["a"]\n' for number in range(400)]
    tables += ["[package.P7]\n", "[package.P11]\n"]
    assert [error.message.partition(" ")[0] for error in found("".join(tables))] == [
        "package.P7",
        "package.P11",
    ]
