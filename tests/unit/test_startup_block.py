"""The marked block: what stands around it is given back byte for byte, however it was."""

from __future__ import annotations

import sys

import pytest

from pip_build_override import __version__
from pip_build_override.startup import block, preamble

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


def test_runs_before_what_stands_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_BUILD_REQUIREMENTS_OVERRIDE", "any.toml")
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    source = install(b'"""Doc."""\nfrom __future__ import annotations\nraise KeyError\n')
    names: dict[str, object] = {}
    with pytest.raises(KeyError):
        exec(compile(source, "sitecustomize.py", "exec"), names)
    waiting = vars(sys.meta_path[0])
    assert waiting == {"package": "/some/pip_build_override", "route": "sitecustomize"}
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


def run_pth(content: bytes) -> None:
    """Do with it what ``site`` does."""
    for line in content.decode("ascii").splitlines():
        if not line.startswith("#"):
            assert line.startswith("import ")
            exec(line)


def test_own_files(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    files = block.own_files("/some/pip_build_override")
    # The one that Python looks at comes after what it names.
    assert [name.partition(".")[2] for name in files] == ["py", "start", "pth"]
    assert all(block.is_ours(content) for content in files.values())
    assert {block.version_of(content) for content in files.values()} == {__version__}
    assert not block.is_ours(b"")
    assert not block.is_ours(b"# >>> pip-build-override\n")
    # PEP 829: one entry point, all else is comment.
    (entry,) = [line for line in files[f"{block.STEM}.start"].decode().splitlines() if line[:1] != "#"]
    assert entry == f"{block.STEM}:start"


def test_pth_line(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    directory = tmp_path_factory.mktemp("site-packages")
    files = block.own_files("/some/pip_build_override")
    (directory / f"{block.STEM}.py").write_bytes(files[f"{block.STEM}.py"])
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    monkeypatch.syspath_prepend(str(directory))
    before = list(sys.meta_path)
    monkeypatch.delenv("PIP_BUILD_REQUIREMENTS_OVERRIDE", raising=False)
    run_pth(files[f"{block.STEM}.pth"])
    assert sys.meta_path == before
    assert block.STEM not in sys.modules

    monkeypatch.setenv("PIP_BUILD_REQUIREMENTS_OVERRIDE", "any.toml")
    for _ in range(2):
        run_pth(files[f"{block.STEM}.pth"])
        assert sys.meta_path[1:] == before
        assert vars(sys.meta_path[0]) == {"package": "/some/pip_build_override", "route": ".pth"}
    # What the .start file names, as of Python 3.15.
    sys.meta_path[:] = before
    module = sys.modules.pop(block.STEM)
    module.start()
    assert vars(sys.meta_path[0])["route"] == ".start"
    sys.meta_path[:] = before
    monkeypatch.delenv("PIP_BUILD_REQUIREMENTS_OVERRIDE")
    assert module.start() is False
    assert sys.meta_path == before


@pytest.mark.parametrize("content", [None, b"", b"def start(route): pass\n", b"def start(\n"])
def test_pth_line_alone_stops_pip_only(
    content: bytes | None,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
    capsys: pytest.CaptureFixture[str],
) -> None:
    directory = tmp_path_factory.mktemp("site-packages")
    if content is not None:
        (directory / f"{block.STEM}.py").write_bytes(content)
    monkeypatch.setenv("PIP_BUILD_REQUIREMENTS_OVERRIDE", "any.toml")
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    monkeypatch.syspath_prepend(str(directory))
    run_pth(block.own_files("/some/pip_build_override")[f"{block.STEM}.pth"])
    sys.modules.pop(block.STEM, None)
    finder: object = sys.meta_path[0]
    assert finder.find_spec("json", None) is None  # type: ignore[attr-defined]
    with pytest.raises(SystemExit) as stopped:
        finder.find_spec("pip._internal", [], None)  # type: ignore[attr-defined]
    assert stopped.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith("pip-build-override: error: ")
    assert said.splitlines()[1].startswith("hint: ")
