"""What the unit tests share."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Callable

import pytest

from pip_build_override.rules import OverrideError, parse_overrides

from .schemas import judge

# There is no tox with environments from plugins for Python 3.8.
collect_ignore = [] if find_spec("tox") else ["test_engines_tox.py", "test_engines_tox_packaging.py"]
# Elsewhere, pip starts a process for each hook.
collect_ignore += [] if sys.platform == "linux" else ["test_hook_processes.py"]

# Beside the overrides file, for ``path``.
FILES = (
    "numpy-1.20.1-cp38-cp38-linux_x86_64.whl",
    "numpy-1.20.1.tar.gz",
    "numpy.whl",
    "notes.md",
)

# As packaging's default_environment() on CPython 3.11.
LINUX = {
    "implementation_name": "cpython",
    "implementation_version": "3.11.7",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_release": "6.1.0-generic",
    "platform_system": "Linux",
    "platform_version": "#1 SMP",
    "python_full_version": "3.11.7",
    "python_version": "3.11",
    "sys_platform": "linux",
}

# These start interpreters or try hundreds of examples; all others are quick.
SLOW = (
    "test_commands.py",
    "test_demo.py",
    "test_hints_of_commands.py",
    "test_hints_of_startup.py",
    "test_matrix_properties.py",
    "test_rules_properties_parser.py",
    "test_rules_properties_plan.py",
    "test_startup_routes.py",
    "test_startup_target.py",
)


# First, before what -m leaves out is left out.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == Path(__file__).parent and item.path.name not in SLOW:
            item.add_marker("quick")


@pytest.fixture
def refusal(tmp_path: Path) -> Callable[..., OverrideError]:
    """Return what an overrides file of some content is refused with; its schema also refuses it."""
    for file in FILES:
        (tmp_path / file).touch()
    (tmp_path / "src").mkdir()

    def parse(text: str, name: str = "build-overrides.toml") -> OverrideError:
        with pytest.raises(OverrideError) as caught:
            parse_overrides(text.encode(), path=str(tmp_path / name), shown=name)
        judge(text, name, caught.value)
        return caught.value

    return parse


@pytest.fixture
def environment() -> dict[str, str]:
    """Return the markers of one interpreter, whatever the tests run on."""
    return dict(LINUX)
