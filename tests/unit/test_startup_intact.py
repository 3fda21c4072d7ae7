"""A copy of the package that is incomplete, or of two versions, is distinguished from a whole one."""

from __future__ import annotations

import base64
import hashlib
import os
from pathlib import Path

import pytest

from pip_build_override.startup import intact

FILES = {"__init__.py": b"\n", "in_pip/gate.py": b"def engage(): return True\n", "py.typed": b""}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Return an installed copy, with the record that its installer has made."""
    package = tmp_path / "pip_build_override"
    rows = []
    for name, content in FILES.items():
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_bytes(content)
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
        rows.append(f"{package.name}/{name},sha256={digest},{len(content)}")
    rows += ["../../bin/pip-build-override,sha256=x,1", "pip_build_override/cache.py,,", "odd"]
    record = tmp_path / "pip_build_override-1.0.dist-info" / "RECORD"
    record.parent.mkdir()
    record.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return package


def test_whole(package: Path) -> None:
    assert intact.check(str(package)) is True
    # What nothing depends on may change.
    (package / "py.typed").write_bytes(b"x")
    assert intact.check(str(package)) is True


def test_no_record(tmp_path: Path) -> None:
    assert intact.check(str(tmp_path / "pip_build_override")) is True


@pytest.mark.parametrize("content", [b"", b"def engage(): pass\n", None])
def test_not_as_recorded(content: bytes | None, package: Path) -> None:
    file = package / "in_pip" / "gate.py"
    file.unlink() if content is None else file.write_bytes(content)
    with pytest.raises(ImportError, match="gate.py"):
        intact.check(str(package))


def test_newer_than_the_record(package: Path) -> None:
    # Of the size that is recorded, as an upgrade may leave it that was broken off.
    file = package / "in_pip" / "gate.py"
    file.write_bytes(file.read_bytes().replace(b"True", b"None"))
    os.utime(package.parent / "pip_build_override-1.0.dist-info" / "RECORD", (1, 1))
    with pytest.raises(ImportError, match="gate.py has changed since it was installed"):
        intact.check(str(package))


@pytest.mark.parametrize("content", [b"", b"def engage(): return True"])
def test_breaks_off(content: bytes, tmp_path: Path) -> None:
    package = tmp_path / "pip_build_override"
    (package / "in_pip").mkdir(parents=True)
    (package / "__init__.py").write_bytes(b"# all of it\n")
    assert intact.check(str(package)) is True
    (package / "in_pip" / "gate.py").write_bytes(content)
    with pytest.raises(ImportError, match="gate.py is truncated"):
        intact.check(str(package))
    (package / "in_pip" / "gate.py").unlink()
    (package / "in_pip" / "gate.py").mkdir()
    with pytest.raises(ImportError, match="gate.py: "):
        intact.check(str(package))


def test_unreadable(package: Path) -> None:
    (package / "in_pip" / "gate.py").unlink()
    (package / "in_pip" / "gate.py").mkdir()
    with pytest.raises(ImportError, match="gate.py: "):
        intact.check(str(package))


def test_of_two_versions(package: Path) -> None:
    other = package.parent / "pip_build_override-2.0.dist-info" / "RECORD"
    other.parent.mkdir()
    other.touch()
    with pytest.raises(ImportError, match="2 versions"):
        intact.check(str(package))
