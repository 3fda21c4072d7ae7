"""The one error that a user can cause."""

from __future__ import annotations

import pytest

from pip_build_override.errors import OverrideError


@pytest.mark.parametrize(
    ("where", "hint", "text"),
    [
        ("", "", "it is wrong"),
        ("a.toml: package.x", "", "a.toml: package.x: it is wrong"),
        ("", "fix it", "it is wrong\nhint: fix it"),
        ("a.toml", "fix it", "a.toml: it is wrong\nhint: fix it"),
    ],
)
def test_says_where_what_and_then_the_hint_on_its_own_line(where: str, hint: str, text: str) -> None:
    error = OverrideError("it is wrong", kind="usage", where=where, hint=hint)
    assert str(error) == text
    assert (error.message, error.where, error.hint) == ("it is wrong", where, hint)
