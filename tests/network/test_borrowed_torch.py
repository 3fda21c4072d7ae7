"""A small C++ extension of our own, built in isolation against the installed torch itself."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .real import Case, Venv, pip_environment, shared_downloads

pytestmark = pytest.mark.network

OVERRIDES = """\
[package.doubler]
replace.torch = { name = "torch", from = "target", borrow = true }
"""
PYPROJECT = """\
[build-system]
requires = ["setuptools", "torch"]
build-backend = "setuptools.build_meta"

[project]
name = "doubler"
version = "1.0"
dependencies = ["torch"]
"""
SETUP = """\
from setuptools import setup
from torch.utils.cpp_extension import BuildExtension, CppExtension

setup(
    ext_modules=[CppExtension("doubler", ["doubler.cpp"])],
    cmdclass={"build_ext": BuildExtension.with_options(use_ninja=False)},
)
"""
SOURCE = """\
#include <torch/extension.h>

torch::Tensor twice(torch::Tensor x) { return x * 2; }

PYBIND11_MODULE(TORCH_EXTENSION_NAME, m) { m.def("twice", &twice); }
"""
CASE = Case(
    name="doubler",
    python="3.11",
    pip="pip==26.3",
    present=["torch==2.13.0"],
    install=["./doubler"],
    fails="",
    symptom="",
    smoke="import torch, doubler; assert doubler.twice(torch.ones(2)).tolist() == [2.0, 2.0]",
    # Where the index has a torch with CUDA only, gigabytes are fetched first.
    seconds=1200,
    find_links=True,
)


@pytest.mark.parametrize("case", [CASE], ids=lambda case: case.name)
def test_is_built_against_the_installed_torch(case: Case, tmp_path: Path, downloads: Path) -> None:
    shared_downloads(tmp_path / "cache", downloads)
    environment = pip_environment(tmp_path / "cache", find_links=case.find_links)
    venv = Venv(case.python, tmp_path / "venv", environment)
    venv.prepare(case)
    (packages,) = (tmp_path / "venv").glob("lib/python*/site-packages")
    before = _taken_down(packages / "torch")

    sources = tmp_path / "doubler"
    sources.mkdir()
    files = {"pyproject.toml": PYPROJECT, "setup.py": SETUP, "doubler.cpp": SOURCE}
    for name, text in files.items():
        (sources / name).write_text(text, encoding="utf-8")
    overrides = tmp_path / "build-overrides.toml"
    overrides.write_text(OVERRIDES, encoding="utf-8")

    outcome = venv.pip_install("-v", str(sources), overrides=overrides)
    assert outcome.status == 0
    assert "doubler 1.0: torch -> torch==2.13.0" in outcome.output
    assert "(borrowed)" in outcome.output
    assert _taken_down(packages / "torch") == before
    assert venv.smoke(case.smoke).status == 0


def _taken_down(directory: Path) -> dict[str, tuple[int, int, int]]:
    found = {}
    for folder, _, names in os.walk(directory):
        for name in names:
            if not name.endswith(".pyc"):
                status = os.lstat(os.path.join(folder, name))
                found[os.path.join(folder, name)] = (
                    status.st_ino,
                    status.st_size,
                    status.st_mtime_ns,
                )
    return found
