"""Only code of which it is known what its import does is imported once for several hooks."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest

from pip_build_override import switch
from pip_build_override.in_pip.builds import compiled
from pip_build_override.in_pip.builds.environment_files import File
from pip_build_override.in_pip.builds.known_backends import are_known

MODULES = ("setuptools/__init__.py", "setuptools/_vendor/packaging/tags.py", "distutils-precedence.pth")


def install(site: Path, name: str, *modules: str) -> list[str]:
    """Install a distribution as pip does, and return its files."""
    rows = []
    for module in modules:
        path = site / module
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"import os  # {name}\n", encoding="utf-8")
        digest = base64.urlsafe_b64encode(hashlib.sha256(path.read_bytes()).digest()).decode()
        rows.append(f"{module},sha256={digest.rstrip('=')},{path.stat().st_size}\n")
    info = site / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Name: {name}\nVersion: 1.0\n", encoding="utf-8")
    (info / "RECORD").write_text("".join(rows), encoding="utf-8")
    return [str(site / module) for module in modules]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    found = tmp_path / "overlay" / "lib" / "site-packages"
    found.mkdir(parents=True)
    return found


def test_modules_of_setuptools(tmp_path: Path, site: Path) -> None:
    loaded = install(site, "setuptools", *MODULES)
    assert are_known(str(tmp_path), loaded)
    compiled = site / "setuptools" / "__pycache__" / "__init__.cpython-38.opt-2.pyc"
    assert are_known(str(tmp_path), [*loaded, str(compiled)])
    assert not are_known(str(tmp_path), [str(site / "setuptools" / "__init__.pyc")])
    compiled.parent.mkdir()
    compiled.write_bytes(b"head" + bytes(12))
    assert are_known(str(tmp_path), [*loaded, str(compiled)])
    # Python would use it without a look at the source.
    compiled.write_bytes(b"head\1" + bytes(11))
    assert not are_known(str(tmp_path), [*loaded, str(compiled)])


def test_modules_that_are_compiled_for_copies(tmp_path: Path, site: Path) -> None:
    loaded = install(site, "setuptools", *MODULES[:1])
    source = File(MODULES[0], "", 0o644)
    content = Path(loaded[0]).read_bytes()
    found = compiled.compile_modules(str(site), [source], lambda file: [content], {})
    compiled.put(str(site), found)
    (path,) = (site / "setuptools" / "__pycache__").iterdir()
    assert are_known(str(tmp_path), [*loaded, str(path)])


def test_setuptools_of_the_interpreter_itself(tmp_path: Path, site: Path) -> None:
    # Its start-up file imports a module of its own in each process.
    loaded = install(site, "setuptools", "setuptools/__init__.py")
    other = install(tmp_path / "venv" / "site-packages", "Setuptools", "_distutils_hack/__init__.py")
    assert are_known(str(tmp_path), [*loaded, *other])


@pytest.mark.parametrize("name", ["setuptools_scm", "plugin"])
def test_modules_of_others(tmp_path: Path, site: Path, name: str) -> None:
    loaded = install(site, "setuptools", *MODULES)
    others = install(site, name, f"{name}/__init__.py")
    assert not are_known(str(tmp_path), [*loaded, *others])
    # It may be there, as long as it is not imported.
    assert are_known(str(tmp_path), loaded)


def test_a_module_that_is_not_as_its_wheel_has_it(tmp_path: Path, site: Path) -> None:
    loaded = install(site, "setuptools", *MODULES)
    with open(loaded[1], "a", encoding="utf-8") as file:
        file.write("more = 1\n")
    assert are_known(str(tmp_path), loaded[:1])
    assert not are_known(str(tmp_path), loaded)


def test_a_module_that_no_wheel_has(tmp_path: Path, site: Path) -> None:
    loaded = install(site, "setuptools", *MODULES)
    for path in (site / "setuptools" / "more.py", site / "more.so", tmp_path / "source" / "setup.py"):
        path.parent.mkdir(exist_ok=True)
        path.touch()
        assert not are_known(str(tmp_path), [*loaded, str(path)]), path


def test_what_pip_and_this_package_add_at_the_start(tmp_path: Path, site: Path) -> None:
    loaded = install(site, "setuptools", *MODULES)
    start = [str(tmp_path / "site" / "sitecustomize.py"), f"{switch.INJECTED}/sitecustomize.py"]
    start += [str(tmp_path / "site" / "__pycache__" / "sitecustomize.cpython-311.pyc")]
    assert are_known(str(tmp_path), [*loaded, *start])
    assert not are_known(str(tmp_path), [*loaded, str(tmp_path / "user" / "sitecustomize.py")])


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("/some/directory\n\n# import this\nimportant\n", True),
        ("/some/directory\nimport other\n", False),
        ("import\tother", False),
        ("/some/directory\fimport other", False),
        ("\N{ZERO WIDTH NO-BREAK SPACE}import other", False),
    ],
)
def test_files_that_python_reads_at_its_start(
    tmp_path: Path, site: Path, text: str, known: bool
) -> None:
    path = site / "other.pth"
    path.write_text(text, encoding="utf-8")
    assert are_known(str(tmp_path), [str(path)]) is known
    assert not are_known(str(tmp_path), [str(path.with_suffix(".start"))])


def test_start_up_files_that_are_known(tmp_path: Path, site: Path) -> None:
    own = tmp_path / "venv" / "site-packages"
    own.mkdir(parents=True)
    for name in ("_virtualenv.pth", "_virtualenv.py"):
        for directory in (own, own.parent, site):
            (directory / name).write_text("import _virtualenv", encoding="utf-8")
        root = str(tmp_path / "overlay")
        assert are_known(root, [str(own / name)])
    # The module is known in the environment that runs pip, not as one of a build requirement.
    assert not are_known(root, [str(own.parent / "_virtualenv.py")])
    assert not are_known(root, [str(site / "_virtualenv.py")])
    (own / "_virtualenv.pth").write_text("import _virtualenv, more", encoding="utf-8")
    assert not are_known(root, [str(own / "_virtualenv.pth")])
