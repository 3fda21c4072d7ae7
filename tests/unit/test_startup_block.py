"""The marked block: what is around it is restored byte for byte, whatever it was."""

from __future__ import annotations

import importlib
import os
import pkgutil
import site
import sys
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

from pip_build_override import __version__
from pip_build_override.startup import STEM, block, preamble

SWITCH = "PIP_BUILD_REQUIREMENTS_OVERRIDE"
CONTENTS = {
    "nothing": b"",
    "one line": b"import os\n",
    "no final newline": b"import os",
    "CRLF": b"import os\r\nx = 1\r\n",
    "CR": b"import os\rx = 1\r",
    "BOM": b"\xef\xbb\xbfimport os\n",
    "BOM alone": b"\xef\xbb\xbf",
    "BOM and cookie": b"\xef\xbb\xbf# coding: utf-8\nx = '\xc3\xa9'\n",
    "cookie": b"# -*- coding: latin-1 -*-\nx = '\xe9'\n",
    "cookie on line 2": b"#!/usr/bin/python\n# vim: set fileencoding=latin-1 :\nx = '\xe9'\n",
    "cookie without newline": b"# coding: latin-1",
    "docstring": b'"""What it is for."""\nimport os\n',
    "docstring without newline": b'"""Only this."""',
    "docstring of many lines, CRLF": b'"""One\r\ntwo\r\n"""  # end\r\nx = 1',
    "future": b'"""Doc."""\nfrom __future__ import annotations\n\nx: y = 1\n',
    "future alone": b"from __future__ import annotations",
    "raises": b"raise RuntimeError('mine')\n",
    "exits": b"import sys\nsys.exit(3)\n",
    "decorated": b"@staticmethod\ndef f(): pass\n",
    "comments only": b"# nothing here\n\n# but this\n",
    "somebody's block": b"# >>> conda >>>\nx = 1\n# <<< conda <<<\n",
    "form feed": b"\x0c\nx = 1\n",
}


def install(source: bytes, *, made: bool = False, line_end: str = "\n") -> bytes:
    offset = preamble.place(source)
    before = source[:offset].replace(block.BOM, b"")
    ours = block.sitecustomize_block(
        "/some/pip_build_override",
        made=made,
        added_break=bool(before) and before[-1:] not in b"\r\n",
        line_end=line_end,
    )
    preamble.check(source, ours, offset)
    return source[:offset] + ours + source[offset:]


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_there_and_back(content: bytes, line_end: str) -> None:
    with_block = install(content, line_end=line_end)
    assert block.find(with_block) == block.Found(version=__version__, made=False)
    assert block.remove(with_block) == content
    assert block.find(content) is None
    assert block.remove(content) == content


def waiting(route: str) -> None:
    finder = vars(sys.meta_path[0])
    assert (finder["package"], finder["route"]) == ("/some/pip_build_override", route)
    # What it is called with decides, not what it says about itself.
    assert sys.meta_path[0].__defaults__ == (  # type: ignore[attr-defined]
        None,
        None,
        "/some/pip_build_override",
        route if route != block.START else block.PTH,
    )


def test_runs_before_what_stands_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_BUILD_REQUIREMENTS_OVERRIDE", "any.toml")
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    source = install(b'"""Doc."""\nfrom __future__ import annotations\nraise KeyError\n')
    names: dict[str, object] = {}
    with pytest.raises(KeyError):
        exec(compile(source, "sitecustomize.py", "exec"), names)
    waiting(block.SITECUSTOMIZE)
    assert names["__doc__"] == "Doc."
    assert not any(name.startswith("_pip") for name in names)


def test_does_nothing_while_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_BUILD_REQUIREMENTS_OVERRIDE", "")
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    before = list(sys.meta_path)
    names: dict[str, object] = {}
    exec(install(b""), names)
    assert sys.meta_path == before
    assert set(names) == {"__builtins__"}


def test_goes_with_the_file_that_was_made_for_it() -> None:
    alone = install(b"", made=True)
    assert block.find(alone) == block.Found(version=__version__, made=True)
    assert block.remove(alone) is None
    # Not with what somebody has put there since.
    assert block.remove(alone + b"x = 1\n") == b"x = 1\n"


def test_of_another_version_and_twice() -> None:
    old = (
        install(b"x = 1\n").replace(__version__.encode(), b"0.0.7").replace(b"import sys", b"import q")
    )
    found = block.find(old)
    assert found is not None
    assert found.version == "0.0.7"
    assert block.remove(old) == b"x = 1\n"
    assert block.remove(old + install(b"y = 2\n")) == b"x = 1\ny = 2\n"


@pytest.mark.parametrize("cut", ["begin", "end"])
def test_damaged(cut: str) -> None:
    lines = install(b"x = 1\n").splitlines(keepends=True)
    mark = b"# >>> " if cut == "begin" else b"# <<< "
    damaged = b"".join(line for line in lines if not line.startswith(mark))
    with pytest.raises(block.Damaged):
        block.remove(damaged)
    with pytest.raises(block.Damaged):
        block.find(damaged)


def test_begun_twice() -> None:
    source = install(b"x = 1\n")
    with pytest.raises(block.Damaged):
        block.find(source.partition(b"# <<<")[0] + source)


def test_package_with_any_path() -> None:
    package = "/dir with 'quotes' \\ and é \udce9/pip_build_override"
    text = block.sitecustomize_block(package, made=False, added_break=False, line_end="\n")
    assert ascii(package) in text.decode("ascii")
    compile(text, "sitecustomize.py", "exec")


# The .pth route


def test_own_files(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    files = block.own_files("/some/pip_build_override")
    # The one that Python looks at comes after what it names.
    assert [name.partition(".")[2] for name in files] == ["py", "start", "pth"]
    assert all(block.is_ours(content) for content in files.values())
    assert {block.version_of(content) for content in files.values()} == {__version__}
    assert not block.is_ours(b"")
    assert not block.is_ours(b"# >>> pip-build-override\n")
    # PEP 829: one entry point, all else is comment.
    (entry,) = [line for line in files[f"{STEM}.start"].decode().splitlines() if line[:1] != "#"]
    assert entry == f"{STEM}:start"


def environment(factory: pytest.TempPathFactory, system: str, module: bytes | None = None) -> Path:
    """Make a directory with the files of the route, its module another one where one is given."""
    directory = factory.mktemp("site-packages")
    for name, content in block.own_files("/some/pip_build_override", system).items():
        (directory / name).write_bytes(content)
    if module is not None:
        (directory / f"{STEM}.py").write_bytes(module)
    return directory


SYSTEMS = ["posix", "nt"] if os.name == "posix" else ["nt"]


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], None]]:
    """Do with a site directory what Python does, to a ``sys`` that is then as before."""
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    monkeypatch.delenv(SWITCH, raising=False)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def process(directory: Path) -> None:
        monkeypatch.setattr(sys, "path", [str(directory), *sys.path])
        importlib.invalidate_caches()
        # In a virtual environment, twice.
        for _ in range(2):
            site.addsitedir(str(directory), set())

    yield process
    sys.modules.pop(STEM, None)
    if sys.modules.get("pip._internal", sys) is None:
        del sys.modules["pip._internal"]


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("value", [None, "", "any.toml"])
def test_pth_line(
    value: str | None,
    system: str,
    start: Callable[[Path], None],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = list(sys.meta_path)
    if value is not None:
        monkeypatch.setenv(SWITCH, value)
    start(environment(tmp_path_factory, system))
    assert capsys.readouterr() == ("", "")
    if value:
        assert sys.meta_path[1:] == before
        waiting(block.PTH)
    else:
        assert sys.meta_path == before
    assert (STEM in sys.modules) is (value is not None)


@pytest.mark.parametrize("value", ["", "any.toml"])
def test_start_file(
    value: str,
    start: Callable[[Path], None],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """What the .start file names, as of Python 3.15; it may be called in whatever state."""
    directory = environment(tmp_path_factory, "nt")
    (directory / f"{STEM}.pth").unlink()
    before = list(sys.meta_path)
    monkeypatch.setenv(SWITCH, value)
    start(directory)
    assert sys.meta_path == before
    entry = pkgutil.resolve_name(f"{STEM}:start") if sys.version_info >= (3, 9) else None
    for _ in range(2):
        (entry or importlib.import_module(STEM).start)()
        if value:
            assert sys.meta_path[1:] == before
            waiting(block.START)
        else:
            assert sys.meta_path == before


WHOLE = block.own_files("/some/pip_build_override")[f"{STEM}.py"]


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize(
    "content",
    [None, b"", b"def start(\n", b"raise SystemExit(3)\n", WHOLE[: len(WHOLE) // 2], WHOLE[:-14]],
)
def test_pth_line_alone_stops_pip_only(
    content: bytes | None,
    system: str,
    start: Callable[[Path], None],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
    capsys: pytest.CaptureFixture[str],
) -> None:
    directory = environment(tmp_path_factory, system, content)
    if content is None:
        (directory / f"{STEM}.py").unlink()
    monkeypatch.setenv(SWITCH, "any.toml")
    start(directory)
    assert capsys.readouterr() == ("", "")
    assert "pip._internal" not in sys.modules or sys.modules["pip._internal"] is not None
    finder: Any = sys.meta_path[0]
    assert finder.pip_build_override
    assert finder.find_spec("json", None) is None
    with pytest.raises(SystemExit) as stopped:
        finder.find_spec("pip._internal", [], None)
    assert stopped.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith("pip-build-override: error: ")
    assert said.splitlines()[1].startswith("hint: ")
    # Off is off, also where something is broken.
    monkeypatch.setenv(SWITCH, "")
    assert finder.find_spec("pip._internal", [], None) is None


def test_pth_line_run_by_a_stranger_bars_pip(
    start: Callable[[Path], None],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """One that does not define the name by which the line looks for the file that contains it."""
    monkeypatch.setenv(SWITCH, "any.toml")
    monkeypatch.delitem(sys.modules, "pip._internal", raising=False)
    directory = environment(tmp_path_factory, "nt", b"")
    line = (directory / f"{STEM}.pth").read_text(encoding="ascii").splitlines()[-1]
    monkeypatch.syspath_prepend(str(directory))
    with pytest.raises(NameError):
        exec(line, {})
    with pytest.raises(ImportError, match="halted"):
        importlib.import_module("pip._internal")
