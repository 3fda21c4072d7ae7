"""Groups and included files, in the pip that reads them and in those that it starts."""

from __future__ import annotations

import json

import pytest

from ..support.environments import Target

MAIN = """
include = ["org/base.toml"]

[package."*"]
env.STAMP_OTHER = "main"
"""
BASE = """
[group.shown]
packages = ["shows", "needs-shows"]
reason = "both show it"
env.STAMP_FLAG = "group"
env.STAMP_OTHER = "group"

[package.shows]
env.STAMP_FLAG = "own"
"""


@pytest.mark.seam("start-up")
def test_nested_pips_follow_all_files(target: Target) -> None:
    (target.room / "org").mkdir()
    target.write(BASE, "org/base.toml")
    result = target.override(MAIN, "install", "needs-shows").succeeded()
    log = target.builds_log.with_name(f"{target.builds_log.name}.shown")
    calls = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert {(name, *sorted(shown["env"].items())) for _, name, shown in calls} == {
        ("needs-shows", ("STAMP_FLAG", "group"), ("STAMP_OTHER", "main")),
        ("shows", ("STAMP_FLAG", "own"), ("STAMP_OTHER", "main")),
    }
    where = "   [build-overrides.toml: group.shown in org/base.toml]"
    assert f'needs-shows 1.0: env.STAMP_FLAG = "group"{where}' in result.reported
    assert "not used" not in result.summary

    assert target.builds() == ["shows", "needs-shows"]

    # What an included file says is part of the wheel's key.
    again = target.fresh()
    target.write(BASE.replace('"own"', '"other"'), "org/base.toml")
    again.override(MAIN, "install", "needs-shows").succeeded()
    assert again.builds() == ["shows", "needs-shows"]


@pytest.mark.seam("none")
def test_files_that_contradict_each_other_stop_pip_before_it_downloads(target: Target) -> None:
    target.write('[package.shows]\nadd = ["ingredient==1.0"]\n', "one.toml")
    target.write('[package.shows]\nadd = ["ingredient==2.0"]\n', "two.toml")
    target.refuses(
        'include = ["one.toml", "two.toml"]\n',
        "install",
        "shows",
        words=("package.shows in one.toml", "package.shows in two.toml", "ingredient of shows"),
    )
    target.refuses('include = ["none.toml"]\n', "install", "shows", words=("line 1", "none.toml"))
