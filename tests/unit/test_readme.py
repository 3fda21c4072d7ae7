"""What the README says, as far as it can be tried: its overrides files, keys, commands and length."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pip_build_override.cli.main import main
from pip_build_override.rules import parse_overrides

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
OVERRIDES = re.findall(r"^```toml\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
KEYS = ("replace", "remove", "add", "constrain", "requires", "no-binary")


@pytest.mark.parametrize("text", OVERRIDES)
def test_overrides_files_are_valid(text: str, tmp_path: Path) -> None:
    parse_overrides(text.encode(), path=str(tmp_path / "build-overrides.toml"))


def test_starts_with_failure_override_and_success() -> None:
    top = "\n".join(README.splitlines()[:40])
    parts = ("ModuleNotFoundError", "```toml", "Successfully installed")
    positions = [top.index(part) for part in parts]
    assert positions == sorted(positions)
    assert len(OVERRIDES[0].splitlines()) == 5


@pytest.mark.parametrize("key", KEYS)
def test_every_key_has_a_row(key: str) -> None:
    assert re.search(rf"^\| `{key}[.`]", README, re.MULTILINE)


@pytest.mark.parametrize(
    "command",
    [
        "run",
        "suggest",
        "install",
        "status",
        "check",
        "explain",
        "verify",
        "freeze",
        "demo",
    ],
)
def test_every_command_has_a_row_with_its_options(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    row = re.search(rf"^\| `{command} .*$", README, re.MULTILINE)
    assert row is not None
    with pytest.raises(SystemExit):
        main([command, "--help"])
    options = set(re.findall(r"--[a-z-]+", capsys.readouterr().out)) - {"--help", "--format"}
    if command == "explain":
        options.discard("--requirement")
    assert set(re.findall(r"--[a-z-]+", row[0])) == options
