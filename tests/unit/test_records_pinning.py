"""Narrowed requirements: every line of a name, and nothing else in the metadata."""

from __future__ import annotations

from email.parser import BytesParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from pip_build_override.records.pinning import (
    narrowed,
    narrowed_metadata,
    of_names,
    requirements_of_metadata,
)

from .conftest import LINUX

PINS = {"numpy": ">=1.20,<2"}

LINES = [
    (["numpy"], ["numpy>=1.20,<2"]),
    ([], ["numpy>=1.20,<2"]),
    (["scipy"], ["scipy", "numpy>=1.20,<2"]),
    (["NumPy (>=1.17)"], ["NumPy>=1.17,>=1.20,<2"]),
    (["numpy >= 1.17, != 1.18"], ["numpy>=1.17,!=1.18,>=1.20,<2"]),
    (["numpy[a, b]>=1 ; python_version > '3'"], ["numpy[a, b]>=1,>=1.20,<2; python_version > '3'"]),
    (["numpy<2,>=1.20"], ["numpy<2,>=1.20"]),
    # One of several applies; all are narrowed.
    (
        ["numpy<1.20; python_version < '3.7'", "numpy>=1.21; python_version >= '3.7'"],
        [
            "numpy<1.20,>=1.20,<2; python_version < '3.7'",
            "numpy>=1.21,>=1.20,<2; python_version >= '3.7'",
        ],
    ),
    # None of them applies without an extra, or here.
    (["numpy; extra == 'a'"], ["numpy>=1.20,<2; extra == 'a'", "numpy>=1.20,<2"]),
    (["numpy; os_name == 'nt'"], ["numpy>=1.20,<2; os_name == 'nt'", "numpy>=1.20,<2"]),
    # pip reports what is wrong with it.
    (["numpy; nonsense"], ["numpy>=1.20,<2; nonsense"]),
    (["=x"], ["=x", "numpy>=1.20,<2"]),
]


@pytest.mark.parametrize(("lines", "result"), LINES)
def test_lines(lines: list[str], result: list[str]) -> None:
    assert narrowed(lines, PINS, LINUX) == result
    assert narrowed(result, PINS, LINUX) == result


def test_a_name_alone_is_required() -> None:
    assert narrowed(["numpy<3"], {"numpy": "", "a": ""}, LINUX) == ["numpy<3", "a"]


def test_a_url_cannot_be_narrowed() -> None:
    with pytest.raises(ValueError, match="has a URL"):
        narrowed(["numpy @ https://h/numpy-1.0.zip"], PINS, LINUX)


def test_alike_whatever_the_spelling() -> None:
    one = ["Num.py[B,a] (>=1, <2) ; os_name=='nt'", "x"]
    other = ["x>2", 'num-py[a,b]<2,>=1; os_name == "nt"']
    assert of_names(one, ["num_py"]) == of_names(other, ["num_py"]) != []
    assert of_names(one, ["num_py"]) != of_names(["num.py[a,b]<2,>=1"], ["num-py"])


METADATA = b"""Metadata-Version: 2.1
Name: x
Requires-Dist: numpy
Provides-Extra: a
Requires-Dist: scipy;
  extra == "a"
Description-Content-Type: text/plain

Requires-Dist: numpy
"""


def test_all_else_stays_byte_for_byte() -> None:
    expected = METADATA.replace(b"Requires-Dist: numpy\nP", b"Requires-Dist: numpy>=1.20,<2\nP")
    assert narrowed_metadata(METADATA, PINS, LINUX) == expected
    assert narrowed_metadata(expected, PINS, LINUX) == expected
    assert requirements_of_metadata(expected) == ["numpy>=1.20,<2", 'scipy; extra == "a"']
    added = narrowed_metadata(METADATA, {"torch": "==2.1.*"}, LINUX)
    line = b'  extra == "a"\n'
    assert added == METADATA.replace(line, line + b"Requires-Dist: torch==2.1.*\n")


@pytest.mark.parametrize(
    ("metadata", "result"),
    [
        # No body, and no end of the last line.
        (b"Name: x", b"Name: x\nRequires-Dist: numpy>=1.20,<2\n"),
        (b"Name: x\r\n\r\nbody", b"Name: x\r\nRequires-Dist: numpy>=1.20,<2\r\n\r\nbody"),
        (b"", b"Requires-Dist: numpy>=1.20,<2\n"),
        # Versions that have no such field.
        (
            b"Metadata-Version: 1.0\nName: x\n",
            b"Metadata-Version: 1.2\nName: x\nRequires-Dist: numpy>=1.20,<2\n",
        ),
        (b"requires-dist:numpy\n", b"Requires-Dist: numpy>=1.20,<2\n"),
        (
            b"Name: x\nSummary: \xff\nRequires-Dist: numpy; a == '\xff'\n",
            b"Name: x\nSummary: \xff\nRequires-Dist: numpy>=1.20,<2; a == '\xff'\n",
        ),
    ],
)
def test_metadata(metadata: bytes, result: bytes) -> None:
    assert narrowed_metadata(metadata, PINS, LINUX) == result


_SPECIFIERS = st.sampled_from(["", ">=1", "<2", "==1.20.*", "!=1.21", "~=1.19.5"])
_MARKERS = st.sampled_from(["", "; python_version >= '3'", "; os_name == 'nt'", "; extra == 'a'"])
_REQUIREMENTS = st.builds(
    lambda *parts: "".join(parts),
    st.sampled_from(["numpy", "scipy", "NumPy[a]", "numpy-other"]),
    _SPECIFIERS,
    _MARKERS,
)


@given(st.lists(_REQUIREMENTS, max_size=4), _SPECIFIERS)
def test_never_wider_and_never_without_the_pin(lines: list[str], pin: str) -> None:
    text = "".join(f"Requires-Dist: {line}\n" for line in lines)
    metadata = f"Name: x\nVersion: 1\n{text}\nbody\n".encode()
    result = narrowed_metadata(metadata, {"numpy": pin}, LINUX)
    found = BytesParser().parsebytes(result).get_all("Requires-Dist") or []
    assert found == narrowed(lines, {"numpy": pin}, LINUX)
    assert len(lines) <= len(found) <= len(lines) + 1
    for old, new in zip(map(Requirement, lines), map(Requirement, found)):
        assert (old.name, old.extras, str(old.marker)) == (new.name, new.extras, str(new.marker))
        wanted = old.specifier & SpecifierSet(pin if old.name.lower() == "numpy" else "")
        assert new.specifier == wanted
    applying = [
        one
        for one in map(Requirement, found)
        if one.name.lower() == "numpy"
        and (one.marker is None or one.marker.evaluate({**LINUX, "extra": ""}))
    ]
    assert applying
