"""What is read of pip's build environments, and what is changed about one of them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pip_build_override.errors import OverrideError
from pip_build_override.in_pip.internals import objects


def _environment(**attributes: Any) -> Any:
    return SimpleNamespace(**attributes)


def test_the_interpreter_of_a_backend() -> None:
    backend = SimpleNamespace(python_executable="/own")
    objects.run_backend_with(_environment(pep517_backend=backend), "/other")
    assert backend.python_executable == "/other"
    for unknown in (None, SimpleNamespace()):
        with pytest.raises(OverrideError, match="no python_executable"):
            objects.run_backend_with(_environment(pep517_backend=unknown), "/other")


def test_the_commands_of_an_environment() -> None:
    assert objects.script_directories(_environment(_bin_dirs=["a", "b"])) == ("a", "b")
    assert objects.script_directories(_environment(_bin_path="a")) == ("a",)
    for unknown in (_environment(), _environment(_bin_dirs=[]), _environment(_bin_path="")):
        with pytest.raises(OverrideError, match="neither _bin_dirs nor _bin_path"):
            objects.script_directories(unknown)


def test_the_start_up_file_of_an_environment(tmp_path: Path) -> None:
    assert objects.sitecustomize_of(_environment()) == ""
    path = tmp_path / "sitecustomize.py"
    path.touch()
    assert objects.sitecustomize_of(_environment(_prefixes={}, _site_dir=tmp_path)) == str(path)
    for unknown in (_environment(_prefixes={}), _environment(_prefixes={}, _site_dir=tmp_path / "x")):
        with pytest.raises(OverrideError, match="no _site_dir with a sitecustomize"):
            objects.sitecustomize_of(unknown)


class Checked:
    """An environment with pip's function for checks."""

    def check_requirements(self, reqs: Any) -> Any:
        return (set(), set(reqs))


def test_the_check_of_one_environment() -> None:
    environment: Any = Checked()
    for _ in range(2):
        objects.wrap_check(environment, lambda original: lambda reqs: (original(reqs), "ours"))
    assert environment.check_requirements("a") == ((set(), {"a"}), "ours")
    assert Checked().check_requirements("a") == (set(), {"a"})
    with pytest.raises(OverrideError, match="no check_requirements"):
        objects.wrap_check(_environment(), lambda original: original)
