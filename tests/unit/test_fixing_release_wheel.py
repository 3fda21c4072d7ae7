"""What the wheel of a release says of the tool that its author built it with."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest

from pip_build_override import switch
from pip_build_override.diagnosis import Failure
from pip_build_override.diagnosis.failed_command import FailedCommand
from pip_build_override.fixing.clock import Clock
from pip_build_override.fixing.release_wheel import generator_of, generator_of_release

LAMP = Failure("lamp", "1.0")


def write_wheel(path: Path, generator: str, inside: str = "lamp-1.0.dist-info/WHEEL") -> Path:
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(inside, f"Wheel-Version: 1.0\n{generator}\nTag: py3-none-any\n")
    return path


@pytest.mark.parametrize(
    ("generator", "expected"),
    [
        ("Generator: bdist_wheel (0.37.1)", ("wheel", "0.37.1")),
        ("Generator: setuptools (75.1.0)", ("setuptools", "75.1.0")),
        ("Generator: flit 3.2.0", ("flit-core", "3.2.0")),
        ("Generator: poetry-core 1.0.3", ("poetry-core", "1.0.3")),
        ("Generator: poetry 0.12.17", ("poetry", "0.12.17")),
        ("Generator: hatchling 1.9.0", ("hatchling", "1.9.0")),
        ("Generator: meson", None),
        ("Generator: ", None),
        ("Root-Is-Purelib: true", None),
    ],
)
def test_generators(generator: str, expected: Any, tmp_path: Path) -> None:
    assert generator_of(str(write_wheel(tmp_path / "a.whl", generator))) == expected


def test_no_wheel(tmp_path: Path) -> None:
    assert generator_of(str(tmp_path / "a.whl")) is None
    (tmp_path / "a.whl").write_bytes(b"PK")
    assert generator_of(str(tmp_path / "a.whl")) is None
    assert generator_of(str(write_wheel(tmp_path / "a.whl", "Generator: flit 1", "WHEEL"))) is None


class Place:
    """A workplace in which pip downloads a wheel."""

    def __init__(self, room: Path, *, status: int, wheel: bool) -> None:
        self.room = room
        self.status = status
        self.wheel = wheel
        self.ran: list[list[str]] = []

    def new(self, kind: str) -> str:
        return str(self.room / kind)

    def run(self, words: list[str], variables: dict[str, str], *_: Any) -> int:
        assert switch.SWITCH not in variables
        self.ran.append(words)
        directory = Path(words[words.index("--dest") + 1])
        directory.mkdir()
        if self.wheel:
            write_wheel(directory / "lamp-1.0-py3-none-any.whl", "Generator: flit 3.2.0")
        return self.status


@pytest.mark.parametrize(
    ("status", "wheel", "expected"),
    [(0, True, ("flit-core", "3.2.0")), (1, True, None), (0, False, None)],
)
def test_the_wheel_that_pip_downloads(
    status: int, wheel: bool, expected: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(switch.SWITCH, "/mine.toml")
    place: Any = Place(tmp_path, status=status, wheel=wheel)
    options = ("--no-binary=:all:", "--no-deps", "--index-url=https://example.org/")
    command = FailedCommand("/python", "/pip", options, (LAMP,), "/")
    assert generator_of_release(command, LAMP, place, Clock(1)) == expected
    (words,) = place.ran
    assert words[:4] == ["/python", "/pip", "download", "--no-deps"]
    assert words[-5:] == [options[0], options[2], "--only-binary", "lamp", "lamp==1.0"]
