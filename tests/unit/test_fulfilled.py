"""Requirements that installed distributions do not satisfy, at any depth."""

from __future__ import annotations

from pathlib import Path
from typing import Iterable

import pytest

from pip_build_override.in_pip.target import installed
from pip_build_override.in_pip.target.fulfilled import fulfilment

from ..support.stampbackend import metadata_text


def put(site: Path, name: str, version: str, requires: Iterable[str] = ()) -> None:
    """Install a distribution that has only metadata."""
    info = site / f"{name}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(metadata_text(name, version, requires), encoding="utf-8")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Return a library directory: torch needs numpy 2, of which there is an older one."""
    put(tmp_path, "torch", "2.1", ["numpy>=2", "filelock", 'triton; sys_platform == "none"'])
    put(tmp_path, "numpy", "1.26")
    put(tmp_path, "filelock", "3", ['mint>=2; extra == "fresh"', "torch"])
    put(tmp_path, "strange", "1", ["no requirement @", "mint (>=", 'mint; unknown == "1"'])
    put(tmp_path, "cut", "1", ["mint==2.*"])
    return tmp_path


@pytest.mark.parametrize(
    ("requirements", "lacking", "used"),
    [
        (["filelock", "numpy"], ["numpy>=2 (required by torch 2.1, 1.26 is installed)"], "torch"),
        (["numpy<2", "numpy"], [], "numpy"),
        (["numpy==1.24"], ["numpy==1.24 (1.26 is installed)"], ""),
        (["mint", "mint"], ["mint"], ""),
        (["mint; python_version < '3'"], [], ""),
        (["cut"], ["mint==2.* (required by cut 1)"], "cut"),
        (
            ["filelock[Fresh]", "numpy"],
            [
                "numpy>=2 (required by torch 2.1, 1.26 is installed)",
                "mint>=2 (required by filelock 3)",
            ],
            "filelock",
        ),
        (["strange"], [], "strange"),
        # pip says what is wrong with it.
        (["no requirement @"], [], ""),
        # Where it comes from is compared with its rule elsewhere.
        (["numpy @ https://example.org/numpy.whl"], [], "numpy"),
    ],
)
def test_what_is_lacking(site: Path, requirements: list[str], lacking: list[str], used: str) -> None:
    copies = {name: found[0] for name, found in installed.copies([str(site)]).items()}
    found = fulfilment(requirements, copies)
    assert {one.shown for one in found.lacking} == set(lacking)
    assert not used or used in found.used
