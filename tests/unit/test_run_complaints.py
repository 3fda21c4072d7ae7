"""What ``run`` says at its end, with a hint that fits what has happened."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from pip_build_override.cli import complaints
from pip_build_override.cli.main import main
from pip_build_override.cli.options import Given
from pip_build_override.command_line import CommandLine
from pip_build_override.in_pip.state.left_word import BuiltWord

from ..support.hints import follows

ALLOW = "or accept this with --allow-unused"


def chosen(
    words: set[str],
    directory: Path,
    text: str = "[package.x]\nadd = ['a']\n",
    *,
    failed: bool = False,
    command: str = "tox",
) -> str:
    path = directory / "o.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    watch = directory / "watch"
    watch.mkdir(exist_ok=True)
    given = Given(str(path), CommandLine())
    complaint = complaints.choose(words, str(watch), [command], given, failed=failed)
    return "" if complaint is None else str(complaint.error)


def test_a_command_that_starts_no_pip(tmp_path: Path) -> None:
    assert chosen(set(), tmp_path) == (
        "no pip below tox loaded the shim, so no override was in force\n"
        "hint: run a command that starts one of pip install, pip wheel, pip download, pip lock, and"
        f" that passes its environment variables on to it; {ALLOW}"
    )


def test_a_pip_without_the_shim(tmp_path: Path) -> None:
    hint = "hint: start pip without -I, -E and -S, and pass PYTHONPATH on to it; for tox, "
    for words, message in (
        ({"outer"}, "no pip below tox loaded the shim, so no override was in force\n"),
        ({"outer", "loaded"}, "a pip below tox ran without the shim, so the override was not in force"),
    ):
        said = chosen(words, tmp_path)
        assert said.startswith(message)
        assert hint in said
        assert "install_command = python -m pip install {opts} {packages}" in said
        assert said.endswith(ALLOW)


def test_commands_that_are_known_to_build_without_pip(tmp_path: Path) -> None:
    path = tmp_path / "o.toml"
    for command, front_end in (("/bin/uv", "uv"), ("uvx", "uv"), ("poetry", "poetry")):
        said = chosen(set(), tmp_path, command=command)
        assert said.startswith(f"no pip below {command} loaded the shim")
        hint = follows(
            "add to pyproject.toml what pip-build-override export --to {} {} prints, and run {} by"
            " itself; {}",
            said,
        )
        words = shlex.split(hint.partition(" what ")[2].partition(" prints")[0])
        assert words == ["pip-build-override", "export", "--to", front_end, str(path)]
        # Without a package that is on no index, but it is a command that is understood.
        path.write_text("[package.'*']\nconstrain = ['a<2']\n", encoding="utf-8")
        assert main(words[1:]) in (0, 1)
    # There is no file to export.
    given = Given(str(tmp_path / "command line"), CommandLine())
    file = Path(given.path)
    file.touch(0o600)
    complaint = complaints.choose(set(), str(tmp_path), ["uv"], given)
    assert complaint is not None
    assert "export" not in str(complaint.error)


def test_a_pip_of_pipx_without_the_shim(tmp_path: Path) -> None:
    for words in ({"outer"}, {"outer", "loaded"}):
        hint = (
            "hint: install the start-up hook into the pip of pipx: pipx upgrade-shared &&"
            ' pip-build-override install --python "$(pipx environment --value PIPX_SHARED_LIBS)"'
        )
        assert hint in chosen(words, tmp_path, command="/bin/pipx")


def test_an_isolated_pip(tmp_path: Path) -> None:
    assert chosen({"loaded", "isolated"}, tmp_path) == (
        "a pip below tox was run with --isolated, which ignores all PIP_ variables, and so the override"
        f"\nhint: remove --isolated, {ALLOW}"
    )


@pytest.mark.parametrize("rules", [True, False])
def test_a_program_that_uses_pips_modules(rules: bool, tmp_path: Path) -> None:
    said = chosen(
        {"loaded", "judged", "program"}, tmp_path, "[package.x]\nadd = ['a']\n" if rules else ""
    )
    assert said == (
        "a program below tox installed build requirements with pip's modules and without a pip command,"
        " so the override was not in force in what it built\n"
        f"hint: build the package with pip itself (pip wheel), {ALLOW}"
        if rules
        else ""
    )


@pytest.mark.parametrize("words", [set(), {"outer"}, {"loaded", "isolated"}, {"loaded", "built"}])
def test_nothing_makes_a_command_that_failed_succeed(words: set[str], tmp_path: Path) -> None:
    (tmp_path / "watch").mkdir()
    if "built" in words:
        built = BuiltWord("o.toml", (("package.x", "x"),), (), (("y", "1.0"),), ())
        (tmp_path / "watch" / "built-1").write_text(json.dumps(built.to_json()), encoding="utf-8")
    said = chosen(words, tmp_path)
    assert said.endswith(ALLOW)
    failed = chosen(words, tmp_path, failed=True)
    assert failed.startswith(said[: -len(ALLOW) - 2])
    assert "--allow-unused" not in failed
    assert re.search(r"\nhint: .*[^;, ]$", failed)


def test_another_front_end(tmp_path: Path) -> None:
    (tmp_path / "watch").mkdir()
    facts = {"by": "python -m build", "directory": "", "files": {}}
    (tmp_path / "watch" / "elsewhere-1-x").write_text(json.dumps(facts), encoding="utf-8")
    assert chosen({"loaded", "elsewhere"}, tmp_path) == (
        f"python -m build built a package itself, without pip, so {tmp_path / 'o.toml'}: package.x was"
        f" not in force in that build\nhint: build it with pip: pip wheel --no-deps DIRECTORY; {ALLOW}"
    )


@pytest.mark.parametrize(
    ("rule", "concerned"),
    [
        ("regenerate = true", True),
        ("as-of = 2023-01-31", True),
        ("env.A = '1'", True),
        ("no-binary = true", False),
    ],
)
def test_which_tables_another_front_end_has_not_followed(
    tmp_path: Path, rule: str, concerned: bool
) -> None:
    (tmp_path / "watch").mkdir()
    facts = {"by": "build", "directory": "", "files": {}}
    (tmp_path / "watch" / "elsewhere-1-x").write_text(json.dumps(facts), encoding="utf-8")
    said = chosen({"loaded", "elsewhere"}, tmp_path, f"[package.x]\n{rule}\n")
    assert ("without pip" in said) is concerned


def test_a_mistake_that_no_pip_has_read(tmp_path: Path) -> None:
    assert "did you mean add?" in chosen({"loaded"}, tmp_path, "[package.x]\nad = ['a']\n")
    assert chosen({"loaded", "judged"}, tmp_path) == ""


def test_a_tox_that_does_not_load_the_shim(tmp_path: Path) -> None:
    watch = tmp_path / "watch"
    watch.mkdir()
    facts = {"by": "tox", "directory": "/x", "files": {"pyproject.toml": "[project]\nname = 'x'\n"}}
    (watch / "elsewhere-1-a").write_text(json.dumps(facts), encoding="utf-8")
    said = chosen({"loaded", "judged", "elsewhere"}, tmp_path)
    assert "tox built x itself, without pip" in said
    follows("build it with pip: pip wheel --no-deps {}; or accept this with --allow-unused", said)
