"""``check`` names every mistake in a file, not only the first one."""

from __future__ import annotations

from pathlib import Path

import pytest

from pip_build_override.errors import OverrideError
from pip_build_override.rules import parse_overrides
from pip_build_override.rules.reading.mistakes import mistakes

from .schemas import judge

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

[matrix]
bild = "latest"
replace = 1
"""
# Each with one of the mistakes in MANY, in their order.
ONE_BY_ONE = [
    "top = 1",
    "[package.x]\nad = ['a']",
    "[package.x]\nadd = ['a =']",
    "[package.x]\nadd = ['c<']",
    "[package.x]\nconstrain = 'x<1'",
    "[package.x]\nremove = [3]",
    "[package.x]\nreplace.numpy = 'b c'",
    "[package.x]\nreplace.other = { from = 'targt' }",
    "[package.x]\nreplace.numpy = 'a'\nreplace.NumPy = 'numpy'",
    "[package.y]\nrequires = ['a']\nadd = ['b']",
    "[package.'n n']\nadd = ['b']",
    "[settings]\nunused = 'err'",
    "[settings]\nfoo = 1",
    "[matrix]\nbild = 'latest'",
    "[matrix]\nreplace = 1",
    "[package.Z]\nadd = ['b']\n[package.z]\nadd = ['b']",
]


def refusal(text: str, **more: str) -> str:
    with pytest.raises(OverrideError) as raised:
        parse_overrides(text.encode(), **{"path": "/x/o.toml", **more})
    judge(text, "o.toml", raised.value)
    return str(raised.value)


def found(text: str, name: str = "o.toml") -> list[OverrideError]:
    return mistakes(text.encode(), path=f"/x/{name}")


def test_every_mistake_of_a_file() -> None:
    errors = [str(error) for error in mistakes(MANY.encode(), path="/x/o.toml", shown="sub/o.toml")]
    assert errors == [refusal(text, shown="sub/o.toml") for text in ONE_BY_ONE]
    assert refusal(MANY, shown="sub/o.toml") in errors


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
    errors = mistakes(text.encode(), path="/x/o.toml", shown="sub/o.toml")
    assert list(map(str, errors)) == [refusal(text, shown="sub/o.toml")]
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


def test_each_included_file_and_each_pin(tmp_path: Path) -> None:
    (tmp_path / "good.toml").write_text("[package.x]\nadd = ['a']\n")
    (tmp_path / "bad.toml").write_text("[package.x]\nad = ['a']\n")
    text = """\
include = [
    "none.toml", "https://x/y.toml", "good.toml", "bad.toml", 3, "./good.toml"
]
[package.x]
pin-compatible.a = ">={version"
pin-compatible.b = ">={version}"
pin-compatible.c = ""
"""
    said = [str(error) for error in mistakes(text.encode(), path=str(tmp_path / "o.toml"))]
    for line, part in zip(
        said,
        (
            "no file",
            "the URL",
            "bad.toml: package.x: unknown key ad",
            "found a number",
            "are the same file",
            "pin-compatible.a",
            "pin-compatible.c",
        ),
    ):
        assert part in line
    assert len(said) == 7


def test_a_group_without_a_name_is_one_mistake() -> None:
    text = b"[group]\npackages = ['a', 'b']\nenv.A = '1'\nconstrain = ['c<2']\n"
    (error,) = mistakes(text, path="/o.toml")
    assert error.message == "the name of the group is missing before packages"
