"""What a build would import, if the target has code that Python runs at its start."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from pip_build_override.errors import OverrideError
from pip_build_override.in_pip.builds import imported

from .fakes import Owners


class Environment(nullcontext):  # type: ignore[type-arg]
    """A virtual build environment, which stays empty."""

    _prefixes: Any = None


@pytest.mark.parametrize(
    ("removed", "module"), [("pyyaml", "yaml"), ("Pillow", "PIL"), ("oldest-supported-numpy", "")]
)
def test_the_modules_of_a_distribution_that_was_removed(
    removed: str, module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = Owners(tmp_path, f"[package.x]\nremove = {json.dumps([removed])}\n").build(None, removed)
    asked: list[str] = []

    def found(modules: list[str]) -> dict[str, str]:
        asked.extend(modules)
        return {each: "/elsewhere" if each == module else "" for each in modules}

    monkeypatch.setattr(imported, "_found", found)
    monkeypatch.setattr(imported, "_files_with_code", lambda: iter(()))
    imported.check_from_environment(build, Environment())  # type: ignore[arg-type]
    assert asked == []
    monkeypatch.setattr(imported, "_files_with_code", lambda: iter(["/editable.pth"]))
    if module:
        with pytest.raises(OverrideError, match=f"no {module}, .* imported from /elsewhere"):
            imported.check_from_environment(build, Environment())  # type: ignore[arg-type]
    else:
        imported.check_from_environment(build, Environment())  # type: ignore[arg-type]
        assert asked == ["oldest_supported_numpy"]
