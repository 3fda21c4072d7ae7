"""What tables set for a build backend: environment variables and configuration settings."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ..support.environments import Target
from ..support.store import index_wheel
from ..support.wheelhouse import source_tree

SETTINGS = """
[package."*"]
env.STAMP_OTHER = "every"

[package.needs-shows]
reason = "it has no default"
config-settings.outer = "1"
env.STAMP_FLAG = "outer"
env.STAMP_UNSET = false

[package.shows]
config-settings."cmake.define.X" = "ON"
config-settings.setup-args = ["-Da=b", "-Dc=d"]
"""
NESTED = {
    "config-settings": {"cmake.define.X": "ON", "setup-args": ["-Da=b", "-Dc=d"]},
    "env": {"STAMP_OTHER": "every", "STAMP_UNSET": "user"},
}
OUTER = {"config-settings": {"outer": "1"}, "env": {"STAMP_OTHER": "every", "STAMP_FLAG": "outer"}}
USER = {"STAMP_UNSET": "user"}


def shown(target: Target) -> list[list[Any]]:
    """The hooks that were called since the last time, each with what it was given."""
    log = target.builds_log.with_name(f"{target.builds_log.name}.shown")
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    log.unlink(missing_ok=True)
    return [json.loads(line) for line in lines]


@pytest.mark.seam("build environments")
def test_each_hook_is_given_the_settings_of_its_own_package(target: Target) -> None:
    result = target.override(SETTINGS, "install", "-v", "needs-shows", settings=USER).succeeded()
    calls = shown(target)
    for name, given in (("needs-shows", OUTER), ("shows", NESTED)):
        hooks = {hook: what for hook, of, what in calls if of == name}
        assert hooks.keys() == {
            "get_requires_for_build_wheel",
            "prepare_metadata_for_build_wheel",
            "build_wheel",
        }
        assert all(what == given for what in hooks.values()), hooks
    own = "   [build-overrides.toml: package.needs-shows]"
    assert [line for line in result.reported if line.startswith("needs-shows")] == [
        'needs-shows 1.0: env.STAMP_OTHER = "every"   [build-overrides.toml: package."*"]',
        f'needs-shows 1.0: config-settings.outer = "1"{own}',
        f'needs-shows 1.0: env.STAMP_FLAG = "outer"{own}',
        f"needs-shows 1.0: env.STAMP_UNSET = false{own}",
        "needs-shows 1.0: built with shows 1.0, stampbackend 1.0",
    ]
    assert "needs-shows 1.0: reason: it has no default" in result.lines
    assert any('shows 1.0: config-settings."cmake.define.X" = "ON"' in line for line in result.lines)

    # The cached wheel is used only with the same settings.
    again = target.fresh()
    again.override(SETTINGS, "install", "needs-shows", settings=USER).succeeded()
    assert shown(target) == []
    other = SETTINGS.replace('"outer"', '"other"')
    again.fresh().override(other, "install", "needs-shows", settings=USER).succeeded()
    assert {name for _, name, _ in shown(target)} == {"needs-shows"}


@pytest.mark.pips(at_least="22.3")
@pytest.mark.seam("hooks")
def test_what_the_user_gives_is_kept_but_for_the_same_name(target: Target) -> None:
    rules = '[package.shows]\nconfig-settings.a = "ours"\n'
    given = ("--config-settings=a=users", "--config-settings=b=users")
    result = target.override(rules, "install", *given, "shows").succeeded()
    assert [what["config-settings"] for _, _, what in shown(target)] == [
        {"a": "ours", "b": "users"}
    ] * 3
    assert (
        "shows 1.0: config-settings.a = \"ours\" (instead of 'users' of --config-settings)"
        "   [build-overrides.toml: package.shows]"
    ) in result.reported


@pytest.mark.seam("editable installs")
def test_editable(target: Target) -> None:
    tree = source_tree("shows", target.room)
    result = target.override(SETTINGS, "install", "-e", tree, settings=USER)
    if target.pip.is_older_than("21.3"):
        # It has no hook for editable projects, so this one cannot be installed as such.
        result.failed()
        return
    result.succeeded()
    calls = {hook: what for hook, _, what in shown(target)}
    assert calls["build_editable"] == NESTED
    assert all(what == NESTED for what in calls.values()), calls


@pytest.mark.seam("sources")
def test_without_isolation(target: Target) -> None:
    target.put(*target.index.glob("stampbackend-*.whl"))
    result = target.override(
        SETTINGS, "install", "--no-build-isolation", "shows", settings=USER
    ).succeeded()
    assert [what for _, _, what in shown(target)] == [NESTED] * 2
    assert (
        'shows 1.0: env.STAMP_OTHER = "every"   [build-overrides.toml: package."*"]' in result.reported
    )
    assert "shows 1.0: built with what is installed" in result.reported
    assert result.warnings == []


@pytest.mark.seam("editable installs")
@pytest.mark.parametrize("option", [(), ("-e",)])
def test_setup_py(target: Target, option: tuple[str, ...]) -> None:
    target.put(index_wheel("setuptools==75.3.4"), index_wheel("wheel==0.45.1"))
    rules = '[package.setup-py-only]\nenv.STAMP_FLAG = "ours"\n'
    tree = source_tree("setup-py-only", target.room)
    result = target.override(rules, "install", *option, tree, settings={"STAMP_FLAG": "user"})
    result.succeeded()
    assert "PEP 517" not in result.stdout + result.stderr
    code = "import setup_py_only; print(setup_py_only.FLAG)"
    assert target.execute(target.python, "-c", code).succeeded().lines == ["ours"]
