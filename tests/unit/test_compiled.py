"""Modules that Python has compiled in one build environment are compiled anew for its copies."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from pip_build_override.in_pip.builds import compiled
from pip_build_override.in_pip.builds.environment_files import File, contents_in

USED = File("p/used.py", "", 0o644)
FILES = (USED, File("p/idle.py", "", 0o644), File("top.py", "", 0o444), File("p/data.txt", "", 0o644))


def _environment(room: Path, **sources: str) -> Path:
    (room / "p").mkdir(parents=True)
    for path, _, _ in FILES:
        (room / path).write_text("X = 1\n", encoding="utf-8")
    for name, text in sources.items():
        (room / "p" / f"{name}.py").write_text(text, encoding="utf-8")
    return room


def _run(room: Path, code: str) -> str:
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(room)!r}); {code}"]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(command, env=clean, check=True, stdout=subprocess.PIPE, text=True).stdout


def _cache(room: Path, path: str) -> Path:
    return Path(importlib.util.cache_from_source(str(room / path), optimization=""))


def _compiled(room: str, sources: list[File], environ: dict[str, str]) -> list[compiled.Compiled]:
    return compiled.compile_modules(room, sources, contents_in(room), environ)


def test_only_names_are_taken_from_where_hooks_have_run(tmp_path: Path) -> None:
    first, copy = _environment(tmp_path / "first"), _environment(tmp_path / "copy")
    _run(first, "import p.used, top")
    _cache(first, "p/used.py").write_bytes(b"what a build has put there")
    sources = compiled.modules_in(str(first), FILES)
    assert [source.path for source in sources] == ["p/used.py", "top.py"]
    compiled.put(str(copy), _compiled(str(copy), sources, {}))
    assert not _cache(copy, "p/idle.py").exists()
    before = {path: _cache(copy, path).read_bytes() for path in ("p/used.py", "top.py")}
    assert _run(copy, "import p.used, top; print(p.used.X, p.used.__cached__)").startswith("1 ")
    # Python has used them, and not written them anew.
    assert before == {path: _cache(copy, path).read_bytes() for path in before}
    assert _cache(copy, "top.py").stat().st_mode & 0o777 == 0o644 & ~_umask()


def test_a_source_that_a_build_changes_is_compiled_again(tmp_path: Path) -> None:
    room = _environment(tmp_path / "room")
    status = (room / "p" / "used.py").stat()
    compiled.put(str(room), _compiled(str(room), [USED], {}))
    (room / "p" / "used.py").write_text("X = 2\n", encoding="utf-8")
    os.utime(room / "p" / "used.py", ns=(status.st_atime_ns, status.st_mtime_ns))
    assert _run(room, "import p.used; print(p.used.X)") == "2\n"


@pytest.mark.parametrize("text", ["X = (\n", "X = '\\d'\n", "X = '\0'\n"])
def test_what_is_left_to_the_hook(tmp_path: Path, text: str) -> None:
    room = _environment(tmp_path / "room", used=text)
    assert _compiled(str(room), [USED], {}) == []
    assert _compiled(str(room), [File("p/none.py", "", 0o644)], {}) == []


def test_warnings_that_a_user_has_asked_for(tmp_path: Path) -> None:
    room = _environment(tmp_path / "room")
    assert len(_compiled(str(room), [USED], {})) == 1
    assert _compiled(str(room), [USED], {"PYTHONWARNINGS": "error"}) == []


@pytest.mark.parametrize("text", ["X = 1\n", "X = '\\d'\n"])
def test_what_pip_has_warned_of_once_is_not_repeated(tmp_path: Path, text: str) -> None:
    room = _environment(tmp_path / "room", used=text)
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("default")
        filters = list(warnings.filters)
        for _ in range(2):
            warnings.warn("as of pip", stacklevel=1)
            _compiled(str(room), [USED], {})
        assert warnings.filters == filters
    assert [str(one.message) for one in given] == ["as of pip"]


def test_nothing_is_written_through_what_a_build_has_put_there(tmp_path: Path) -> None:
    room, elsewhere = _environment(tmp_path / "room"), tmp_path / "elsewhere"
    elsewhere.mkdir()
    modules = _compiled(str(room), [USED, FILES[2]], {})
    (room / "p" / "__pycache__").symlink_to(elsewhere)
    (room / "__pycache__").mkdir()
    _cache(room, "top.py").symlink_to(elsewhere / "there")
    compiled.put(str(room), modules)
    assert not list(elsewhere.iterdir())
    compiled.put(str(tmp_path / "missing"), modules)
    assert not (tmp_path / "missing").exists()


def test_a_part_of_a_file_is_not_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = _environment(tmp_path / "room")
    modules = _compiled(str(room), [USED], {})

    class Full:
        def __init__(self, descriptor: int, mode: str) -> None:
            os.close(descriptor)

        def __enter__(self) -> Full:
            return self

        def __exit__(self, *_: object) -> None: ...

        def write(self, content: bytes) -> int:
            raise OSError("no space left")

    monkeypatch.setattr(compiled, "open", Full, raising=False)
    compiled.put(str(room), modules)
    assert not _cache(room, "p/used.py").exists()


def _umask() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return umask
