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
        error = capsys.readouterr().err
        # What is no real pip does not look at the file, and is not believed to have done so.
        expected = "no pip below" if starts and not options else "did you mean add?"
        assert expected in error

    def test_no_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "o.toml").write_text(RIGHT, encoding="utf-8")
        words = ["run", "--overrides", "o.toml", "--report", "report.json", "--allow-unused"]
        assert main([*words, "--", program(tmp_path, "pip"), "install"]) == 0
        assert (tmp_path / "started").exists()
        assert (tmp_path / "report.json").exists()
