"""Specifiers that are within others, or that may meet others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pip_build_override.exporting.versions import allows, is_within, may_meet
from pip_build_override.rules.standards import contains

from .generated import fast


@pytest.mark.parametrize(
    ("one", "other", "within", "meets"),
    [
        ("==1.20.1", "", True, True),
        ("", "==1.20.1", False, True),
        ("<3", "", True, True),
        ("<3", ">=0.29", False, True),
        ("<3", ">=3.0.8", False, False),
        (">=77.0.3,<82", ">=77.0.3", True, True),
        ("==1.26.4", "==1.17.3", False, False),
        ("==1.26.4", ">=1.17,<2", True, True),
        ("~=1.4", ">=1.4,<2", True, True),
        ("~=1.4", ">=1.4,<1.9", False, True),
        ("==1.*", "<2", True, True),
        ("==1.*", "<1.5", False, True),
        ("<2", "<=2", True, True),
        ("<=2", "<2", False, True),
        (">2", ">=2", True, True),
        (">=2", ">2", False, True),
        ("==2.1+cpu", "==2.1", True, True),
        ("!=1.5", "", True, True),
        ("", "!=1.5", False, True),
        ("==1!2.0", ">=1", True, True),
        # What cannot be read is neither.
        ("==1.20.1", "nonsense", False, False),
        ("===of-ours", "", False, False),
    ],
)
def test_within_and_meeting(one: str, other: str, within: bool, meets: bool) -> None:
    assert is_within(one, other) is within
    assert may_meet(one, other) is meets
    assert may_meet(other, one) is meets


def test_allowed() -> None:
    assert allows("<58", "57.5")
    assert not allows("<58", "58")
    assert not allows("<58", "of-ours")


versions = st.sampled_from(
    [
        "0",
        "0.9",
        "1",
        "1.0.1",
        "1.2",
        "1.2.dev1",
        "1.2rc1",
        "1.2.post1",
        "1.3",
        "2",
        "2.0.1",
        "1!1",
        "9",
    ]
)
wildcards = st.sampled_from(["1", "1.2", "2"])
clauses = st.one_of(
    st.builds("{}{}".format, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), versions),
    st.builds("{}{}.*".format, st.sampled_from(["==", "!="]), wildcards),
    st.builds("~={}".format, st.sampled_from(["1.0", "1.2", "1.2.1", "2.0"])),
)
specifiers = st.lists(clauses, max_size=3).map(",".join)


@fast
@given(specifiers, specifiers, versions)
def test_no_version_is_within_one_and_not_in_the_other(one: str, other: str, version: str) -> None:
    if contains(one, version):
        if contains(other, version):
            assert may_meet(one, other)
        else:
            assert not is_within(one, other)
