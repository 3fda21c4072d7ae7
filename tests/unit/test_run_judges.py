"""``run`` finds a mistake in the file before its command starts, unless that is a pip, which does."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pip_build_override.cli.main import main

WRONG = "[package.a]\nad = ['b']\n"
RIGHT = "[package.a]\nadd = ['b']\n"


def program(directory: Path, name: str) -> str:
    path = directory / name
    path.write_text("#!/bin/sh\ntouch started\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


if os.name != "nt":

    @pytest.mark.parametrize(
        ("command", "starts"),
        [
            ("pip install x", True),
            ("pip3.11 --quiet download x", True),
            ("python3 -m pip wheel x", True),
            ("pip list", False),
            ("python3 -I -m pip install x", False),
            ("python3 -m build install", False),
            ("pipx install x", False),
            ("pip-sync install", False),
            ("tox", False),
        ],
    )
    @pytest.mark.parametrize("options", [[], ["--report", "report.json"]])
    def test_a_mistake(
        command: str,
        starts: bool,
        options: list[str],
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "o.toml").write_text(WRONG, encoding="utf-8")
        first, *others = command.split()
        words = ["run", "--overrides", "o.toml", *options, "--", program(tmp_path, first), *others]
        assert main(words) == 2
        assert (tmp_path / "started").exists() is (starts and not options)
        assert not (tmp_path / "report.json").exists()
        # What is no real pip has not looked at the file, and is not believed to have done so.
        assert "did you mean add?" in capsys.readouterr().err

    @pytest.mark.parametrize(
        ("script", "hint"),
        [
            ("true", "hint: run a command that starts one of pip install"),
            # A pip that has installed something, but has not loaded the shim.
            (
                'echo "Installing collected packages: x" > "$PIP_LOG"',
                "hint: start pip without -I, -E and -S",
            ),
        ],
    )
    def test_no_pip_loaded_the_shim(
        script: str,
        hint: str,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "o.toml").write_text(RIGHT, encoding="utf-8")
        command = program(tmp_path, "make")
        Path(command).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        assert main(["run", "--overrides", "o.toml", "--", command]) == 2
        error = capsys.readouterr().err
        assert f"no pip below {command} loaded the shim" in error
        assert hint in error

    def test_below_another_run(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("PIP_BUILD_REQUIREMENTS_OVERRIDE_WATCH", str(tmp_path))
        command = ["--", program(tmp_path, "pip"), "install"]
        for option in ("--overrides", "--set", "--constrain", "--report"):
            assert main(["run", option, "x", *command]) == 2
            error = capsys.readouterr().err
            assert f"below another pip-build-override run, and {option} would replace what" in error
            assert "hint: give all options to the outer run, or " in error
        assert not (tmp_path / "started").exists()
        # Without rules of its own it adds nothing, and is in nobody's way.
        assert main(["run", *command]) == 0
        assert (tmp_path / "started").exists()

    def test_no_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "o.toml").write_text(RIGHT, encoding="utf-8")
        words = ["run", "--overrides", "o.toml", "--report", "report.json", "--allow-unused"]
        assert main([*words, "--", program(tmp_path, "pip"), "install"]) == 0
        assert (tmp_path / "started").exists()
        assert (tmp_path / "report.json").exists()


@pytest.mark.parametrize(("word", "near"), [("rnu", "run"), ("instal", "install"), ("chekc", "check")])
def test_a_misspelt_command(word: str, near: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([word, "x"]) == 2
    assert capsys.readouterr().err == (
        f"pip-build-override: error: unknown command {word} [usage]\nhint: did you mean {near}?\n"
    )
