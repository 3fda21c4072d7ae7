"""What else an environment runs when Python starts: files with code, and whose they are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from pip_build_override import switch
from pip_build_override.startup import STEM, block, others
from pip_build_override.startup.others import Other
from pip_build_override.startup.target import StartFiles

Found = "dict[str, tuple[Any, ...]]"


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def found(folder: Path, **more: Any) -> list[Other]:
    return others.others(
        StartFiles(**{"sitecustomize": (), "directories": (str(folder),), **more}), "/env"
    )


def imported(folder: Path, line: str | bytes) -> tuple[Any, Any]:
    write(folder, "a.pth", line)
    (other,) = found(folder)
    assert (other.file, other.kind, other.package) == (str(folder / "a.pth"), ".pth", None)
    return other.imports, other.calls


@pytest.mark.parametrize(
    ("line", "imports", "calls"),
    [
        ("import a", ("a",), ()),
        ("import\ta; b = 1", ("a",), ()),
        ("import a.b as c, d\n/some/where\n# import e\n", ("a.b", "d"), ()),
        ("import os;exec(open('/x').read())", ("os",), ("exec",)),
        ("import sys; exec('import b')", ("sys",), ("exec",)),
        (
            "import os; v = os.environ.get('V'); v and __import__('_hack').go()",
            ("os", "_hack"),
            ("__import__",),
        ),
        (
            "import importlib as i; i.import_module('b'); i.import_module(i.x)",
            ("importlib", "b"),
            ("import_module",),
        ),
        ("import builtins; builtins.eval('1')", ("builtins",), ("eval",)),
        ("import re; re.compile('a'); print(1)", ("re",), ()),
        ("import a; from .. import b; from c.d import e", ("a", "..", "c.d"), ()),
        ("import a if", None, ()),
        ("import a\nimport b b", None, ()),
        ("import a; x = '\0'", None, ()),
        (b"\xef\xbb\xbfimport a", ("a",), ()),
        (b"import a # \xff", ("a",), ()),
        # What is one line to bytes may be two to Python.
        ("/some/where\u2028import a", ("a",), ()),
        ("/some/where\x0cimport a", ("a",), ()),
    ],
)
def test_the_lines_of_a_pth_file(line: Any, imports: Any, calls: Any, tmp_path: Path) -> None:
    assert imported(tmp_path, line) == (imports, calls)


@pytest.mark.parametrize("content", ["", "/some/where\n", "# import a\n", " import a\n", "important\n"])
def test_a_pth_file_without_code(content: str, tmp_path: Path) -> None:
    write(tmp_path, "a.pth", content)
    assert found(tmp_path) == []


def test_what_python_accepts_is_what_is_listed(tmp_path: Path) -> None:
    """site.py itself runs the same lines."""
    import site

    ran: list[str] = []
    write(tmp_path, "a.pth", "import sys; sys.modules['ran'].append('one')\n import b\n/nowhere\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(__import__("sys").modules, "ran", ran)  # type: ignore[arg-type]
        site.addpackage(str(tmp_path), "a.pth", set())
    assert ran == ["one"]
    assert [other.imports for other in found(tmp_path)] == [("sys",)]


def test_a_start_file(tmp_path: Path) -> None:
    write(tmp_path, "a.start", "# about\n\n  one:main \ntwo.b:start\n")
    write(tmp_path, "b.start", "# nothing\n")
    (other,) = found(tmp_path)
    assert (other.kind, other.imports, other.calls) == (".start", ("one:main", "two.b:start"), ())


def test_the_order_is_that_of_python(tmp_path: Path) -> None:
    one, two = tmp_path / "1", tmp_path / "2"
    one.mkdir()
    two.mkdir()
    for path in (two / "a.pth", one / "c.pth", one / "b.pth"):
        write(path.parent, path.name, "import x")
    site, user = (str(write(tmp_path, f"{name}customize.py", "import y")) for name in ("site", "user"))
    files = StartFiles((site,), (user,), (str(one), str(tmp_path / "none"), str(two), f"{one}{os.sep}"))
    assert [
        (os.path.relpath(other.file, tmp_path), other.kind) for other in others.others(files, "/env")
    ] == [
        (os.path.join("1", "b.pth"), ".pth"),
        (os.path.join("1", "c.pth"), ".pth"),
        (os.path.join("2", "a.pth"), ".pth"),
        ("sitecustomize.py", "sitecustomize"),
        ("usercustomize.py", "usercustomize"),
    ]


def test_ours_is_not_listed(tmp_path: Path) -> None:
    for name, content in block.own_files("/package").items():
        write(tmp_path, name, content)
    ours = block.sitecustomize_block("/package", made=True, added_break=False, line_end="\n")
    path = write(tmp_path, "sitecustomize.py", ours)
    injected = os.path.join(switch.INJECTED, "sitecustomize.py")
    assert os.path.isfile(injected)
    assert found(tmp_path, sitecustomize=(str(path), injected)) == []
    # Somebody else's of that name is, and what only begins like ours.
    write(tmp_path, f"{STEM}.pth", "import a")
    write(tmp_path, "z.pth", block.own_files("")[f"{STEM}.pth"] + b"import b\n")
    first, second = found(tmp_path)
    assert first.imports == ("a",)
    assert second.imports is not None
    assert "b" in second.imports


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("made", [True, False])
@pytest.mark.parametrize("package", ["/a b", "/it's", 'C:\\\\a"b', "/\N{SNOWMAN}"])
def test_a_block_is_ours_only_if_it_is_unchanged(
    package: str, made: bool, line_end: str, tmp_path: Path
) -> None:
    ours = block.sitecustomize_block(package, made=made, added_break=not made, line_end=line_end)
    end = line_end.encode()
    files = {
        "before": b"x = 1" + (end if made else b"") + ours,
        "changed": ours.replace(b"    import sys" + end, b"    import sys, a" + end),
        "inside": ours.replace(b"# <<<", b"import a" + end + b"# <<<"),
        "for nothing": ours.splitlines(keepends=True)[not made]
        + b"import a"
        + end
        + b"# <<< pip-build-override <<<",
    }
    assert block.without_unchanged(files.pop("before")).strip() == b"x = 1"
    assert block.without_unchanged(ours) == b""
    no_path = ours.replace(b"package=", b"package='\\x', package=")
    assert block.without_unchanged(no_path) == no_path
    for content in files.values():
        path = write(tmp_path, "sitecustomize.py", content)
        (other,) = found(tmp_path, sitecustomize=(str(path),))
        assert other.imports is not None
        assert "a" in other.imports


def test_what_is_beside_ours_in_a_file(tmp_path: Path) -> None:
    ours = block.sitecustomize_block("/package", made=False, added_break=False, line_end="\n")
    path = write(tmp_path, "sitecustomize.py", ours + b"def f():\n    import a\n")
    (other,) = found(tmp_path, sitecustomize=(str(path),))
    assert (other.kind, other.imports) == ("sitecustomize", ("a",))
    # Of a block without its end nothing is known.
    write(tmp_path, "sitecustomize.py", ours.splitlines()[0] + b"\nimport b\n")
    (other,) = found(tmp_path, sitecustomize=(str(path),))
    assert other.imports == ("b",)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.pth").mkdir()
    (other,) = found(tmp_path)
    assert (other.imports, other.calls) == (None, ())
    assert other.to_json() == {
        "file": str(tmp_path / "a.pth"),
        "kind": ".pth",
        "package": None,
        "imports": None,
        "calls": [],
    }


def test_the_package_that_a_file_is_of(tmp_path: Path) -> None:
    write(tmp_path, "a.pth", "import a")
    information = tmp_path / "a-1.0.dist-info"
    information.mkdir()
    write(information, "RECORD", "a.pth,sha256=x,8\na/__init__.py,,\n")
    (other,) = found(tmp_path)
    assert other.package == "a-1.0"
    assert other.to_json()["imports"] == ["a"]
