"""Letters and digits of other scripts, of which Python takes some for a-z and 0-9."""

from __future__ import annotations

import packaging.requirements
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pip_build_override.diagnosis.modules import distribution_of
from pip_build_override.errors import OverrideError
from pip_build_override.rules import CommandLine, parse_overrides
from pip_build_override.rules.command_line import with_command_line
from pip_build_override.rules.reading.requirement import RequirementError, is_version, read_requirement
from pip_build_override.rules.reading.requirement_slips import read
from pip_build_override.rules.tables import EMPTY

LONG_S, KELVIN, THREE, SUPERSCRIPT = "\u017f", "\u212a", "\u0663", "\u00b2"
FULL_WIDTH = "\uff11"

WRONG = [
    f"numpy==1.0+{LONG_S}",
    f"numpy==1.0+{KELVIN}",
    f"numpy===1.0+{KELVIN}",
    f"numpy==1.0.po{LONG_S}t1",
    f"numpy==1.{THREE}",
    f"numpy=={FULL_WIDTH}",
    f"numpy~=1.{THREE}",
    f"numpy==1{SUPERSCRIPT}",
    f"numpy=={THREE}.*",
    f"numpy>=1.0.po{LONG_S}t1",
    f"numpy~=1.0.po{LONG_S}t1",
    f"num{KELVIN}py",
    "n\u00fcmpy",
    f"numpy[{KELVIN}]",
    f"numpy @ http{LONG_S}://host/x.whl",
    f"numpy; python_version < '3.{THREE}'",
    f"numpy; python_version < '{THREE}'",
    f"numpy; python_full_version == '3.1.po{LONG_S}t1'",
    f"numpy; python_ver{LONG_S}ion < '3'",
    f"numpy; o{LONG_S}_name == 'nt'",
]


@pytest.mark.parametrize("text", WRONG)
def test_what_looks_like_a_requirement(text: str) -> None:
    with pytest.raises(RequirementError):
        read_requirement(text)
    for form in (f'add = ["{text}"]', f'constrain = ["{text}"]', f'replace.numpy = "{text}"'):
        with pytest.raises(OverrideError) as caught:
            parse_overrides(f'[package."*"]\n{form}\n'.encode(), path="/o.toml")
        assert caught.value.hint
    with pytest.raises(OverrideError):
        parse_overrides(text.encode(), path="/o.txt")
    with pytest.raises(OverrideError):
        with_command_line(EMPTY, CommandLine(set=(f"p: {text}",)))


@pytest.mark.parametrize("header", [f"numpy==1.0+{LONG_S}", f"numpy<{THREE}", f"num{KELVIN}"])
def test_headers(header: str) -> None:
    with pytest.raises(OverrideError):
        parse_overrides(f'[package."{header}"]\nadd = ["x"]\n'.encode(), path="/o.toml")


@pytest.mark.parametrize("source", ["n\u00fcmpy@target", f"numpy@{LONG_S}", f"num{KELVIN}@oldest"])
def test_short_sources(source: str) -> None:
    with pytest.raises(OverrideError):
        with_command_line(EMPTY, CommandLine(set=(f"p: {source}",)))


@pytest.mark.parametrize("slip", [f"numpy^{THREE}", f"numpy~{THREE}", f"numpy {THREE}.0"])
def test_no_hint_repeats_them_as_right(slip: str) -> None:
    with pytest.raises(RequirementError) as caught:
        read(slip)
    assert THREE not in caught.value.hint


def test_a_version_has_none_of_them() -> None:
    assert is_version("1.0RC1+ABC")
    assert not any(map(is_version, (f"1.0+{LONG_S}", f"1.0+{KELVIN}", f"1.{THREE}")))


@given(st.text(f"numpy=<>~!.,;[]+@*' 01kKsS{LONG_S}{KELVIN}{THREE}{SUPERSCRIPT}{FULL_WIDTH}\u0131"))
def test_what_is_read_here_is_read_by_pip(rest: str) -> None:
    try:
        requirement = read_requirement(f"n{rest}")
    except RequirementError:
        return
    assert requirement.text.isascii()
    packaging.requirements.Requirement(requirement.text)


def test_modules() -> None:
    assert distribution_of("Cython") == "cython"
    assert distribution_of(f"cython.{KELVIN}") == "cython"
    assert distribution_of("s\u212aimage") == distribution_of(f"{LONG_S}klearn") == ""
