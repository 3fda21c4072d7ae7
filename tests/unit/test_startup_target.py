"""Interpreters are found and asked about themselves, in starts of their own."""

from __future__ import annotations

import io
import json
import os
import pkgutil  # noqa: F401 - imported by runpy, and later there is no path to find it on
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pip_build_override import switch
from pip_build_override.errors import OverrideError
from pip_build_override.startup import asked, target

from ..support.waiting import wait

SWITCH = "PIP_BUILD_REQUIREMENTS_OVERRIDE"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a virtual environment without pip."""
    directory = tmp_path_factory.mktemp("environment") / "here"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(directory)], check=True)
    return directory


def test_found(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = target.find(str(environment))
    assert os.path.dirname(os.path.dirname(found)) == str(environment)
    assert target.find(found) == found
    monkeypatch.setenv("PATH", os.path.dirname(found))
    assert target.find(os.path.basename(found)) == found


@pytest.mark.parametrize("python", ["/no/such/python", "no-such-python", os.path.dirname(__file__)])
def test_not_found(python: str) -> None:
    with pytest.raises(OverrideError, match="there is no interpreter"):
        target.find(python)


def test_described(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # None of this is the target's own.
    monkeypatch.setenv("PYTHONPATH", str(environment))
    monkeypatch.setenv(SWITCH, "any.toml")
    (environment / "sitecustomize.py").write_text("print('{')\n", encoding="utf-8")
    described = target.describe(str(environment))
    assert described.version == sys.version_info[:3]
    assert described.prefix == str(environment)
    assert described.site_packages.startswith(str(environment))
    assert described.site_packages in described.path
    assert described.site_packages in described.site_directories
    assert described.managed is None
    assert str(environment / "sitecustomize.py") not in dict(described.sitecustomize).values()
    assert described.shown.startswith(described.python)
    assert described.injected == str(environment / "sitecustomize.py")
    # With it, it comes first.
    files = target.start_files_now(described)
    assert files.sitecustomize[0] == str(environment / "sitecustomize.py")
    assert described.site_packages in files.directories
    assert files.usercustomize == ()
    assert target.ask_preamble(described, {"source": ""})["offset"] == 0


def test_what_run_injects_is_in_nobodys_way(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", switch.INJECTED)
    assert target.describe(str(environment)).injected is None
    monkeypatch.delenv("PYTHONPATH")
    assert target.describe(str(environment)).injected is None


def test_loading(environment: Path) -> None:
    described = target.describe(str(environment))
    answer = target.loading(described, "any.toml", clean=True)
    assert answer["armed"] is False
    assert answer["pip"] is None
    assert target.loading(described, "", clean=False)["armed"] is False


def script(path: Path, text: str) -> str:
    path.write_text(f"#!{sys.executable}\n{text}", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def test_that_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exits = script(tmp_path / "exits", "import sys; sys.exit('out of order')\n")
    with pytest.raises(OverrideError, match="exit status 1.*: out of order"):
        target.describe(exits)
    with pytest.raises(OverrideError, match="printed nothing"):
        target.describe(script(tmp_path / "silent", ""))
    unknown = tmp_path / "unknown"
    unknown.write_bytes(b"\x7fELF, or not")
    unknown.chmod(0o755)
    with pytest.raises(OverrideError, match="cannot be run"):
        target.describe(str(unknown))
    monkeypatch.setattr(target, "_TIMEOUT_SECONDS", 0.2)
    with pytest.raises(OverrideError, match="timed out"):
        target.describe(script(tmp_path / "hangs", "import time; time.sleep(30)\n"))


def test_that_is_too_old(tmp_path: Path) -> None:
    old = script(tmp_path / "old", "print('{\"version\": [3, 7, 16]}'); print('bye')\n")
    with pytest.raises(OverrideError, match="older than 3.8"):
        target.describe(old)


# What runs in the other interpreter


def answer_to(question: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setattr(sys, "argv", ["asked.py", question])
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    runpy.run_path(asked.__file__, run_name="__main__")
    answer: dict[str, Any] = json.loads(sys.stdout.getvalue())  # type: ignore[attr-defined]
    return answer


def test_asked_about_its_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "stdlib").mkdir()
    (tmp_path / "stdlib" / "EXTERNALLY-MANAGED").touch()
    (tmp_path / "namespace" / "sitecustomize").mkdir(parents=True)
    (tmp_path / "sitecustomize.py").touch()
    (tmp_path / "usercustomize.py").touch()
    here = os.path.dirname(asked.__file__)
    monkeypatch.setattr(sys, "path", [here, "", str(tmp_path / "namespace"), str(tmp_path)])
    monkeypatch.setattr("sysconfig.get_path", lambda name: str(tmp_path / name))
    monkeypatch.setattr(sys, "base_prefix", sys.prefix)
    monkeypatch.setattr("site.ENABLE_USER_SITE", True)
    monkeypatch.setattr("site.getusersitepackages", lambda: "/home/user/site-packages")
    answer = answer_to("start", monkeypatch)
    assert answer["managed"] == str(tmp_path / "stdlib" / "EXTERNALLY-MANAGED")
    assert answer["path"] == [str(tmp_path / "namespace"), str(tmp_path)]
    assert answer["sitecustomize"] == [[str(tmp_path), str(tmp_path / "sitecustomize.py")]]
    assert answer["usercustomize"] == [[str(tmp_path), str(tmp_path / "usercustomize.py")]]
    assert answer["site_directories"][-1] == "/home/user/site-packages"
    # A virtual environment is nobody else's, whatever its base is; and there may be no user site.
    monkeypatch.setattr(sys, "base_prefix", "/usr")
    monkeypatch.setattr("site.ENABLE_USER_SITE", False)
    answer = answer_to("start", monkeypatch)
    assert answer["managed"] is None
    assert answer["usercustomize"] == []
    assert "/home/user/site-packages" not in answer["site_directories"]


@pytest.fixture
def finders(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return the finders of this process, as a list of their own, and the modules as they were."""
    finders = [*sys.meta_path]
    monkeypatch.setattr(sys, "meta_path", finders)
    for name in [name for name in sys.modules if name.partition(".")[0] == "pip"]:
        monkeypatch.delitem(sys.modules, name)
    return finders


def fake_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, internals: str = "") -> None:
    (tmp_path / "pip" / "_internal").mkdir(parents=True)
    (tmp_path / "pip" / "__init__.py").write_text("__version__ = '99.0'\n", encoding="utf-8")
    (tmp_path / "pip" / "_internal" / "__init__.py").write_text(internals, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))


@pytest.fixture(autouse=True)
def _no_pip_left() -> Any:
    before = {name for name in sys.modules if name.partition(".")[0] == "pip"}
    yield
    for name in {name for name in sys.modules if name.partition(".")[0] == "pip"} - before:
        del sys.modules[name]


def test_asked_without_a_hook(
    finders: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_pip(tmp_path, monkeypatch)
    assert answer_to("loading", monkeypatch) == {
        "armed": False,
        "package": None,
        "route": None,
        "pip": {"version": "99.0", "path": str(tmp_path / "pip")},
    }


@pytest.mark.parametrize("hint", ["refused", "broken", None])
def test_asked_with_a_hook(
    hint: str | None, finders: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shim itself is tested in real pips; here it is the answer that is tested."""

    class Shim:
        @staticmethod
        def probe() -> None:
            if hint == "broken":
                raise OverrideError("a seam is gone", kind="usage", hint="none")

        @staticmethod
        def hand_on() -> None:
            return None

    monkeypatch.setattr("importlib.import_module", lambda name: Shim)
    fake_pip(tmp_path, monkeypatch, "raise SystemExit(2)" if hint == "refused" else "")
    wait("/some/package", ".pth")
    finders[0].find_spec = lambda *args: None
    answer = answer_to("loading", monkeypatch)
    assert (answer["armed"], answer["package"], answer["route"]) == (True, "/some/package", ".pth")
    assert answer["loaded"] is True
    assert answer["problem"] == {"refused": "refused", "broken": "a seam is gone"}.get(str(hint))


def test_asked_where_several_wait(
    finders: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one of ``run`` does the work, though that of a start-up file is asked first."""

    class Armed:
        pip_build_override = True
        package, route = "/run", "PYTHONPATH"
        find_spec = staticmethod(lambda *args: None)

    fake_pip(tmp_path, monkeypatch)
    for name in [name for name in sys.modules if name.partition(".")[0] == "pip_build_override"]:
        monkeypatch.delitem(sys.modules, name)
    finders.insert(0, Armed)
    wait("/gone", "sitecustomize").find_spec = lambda *args: None
    answer = answer_to("loading", monkeypatch)
    assert (answer["package"], answer["route"]) == ("/run", "PYTHONPATH")


def test_asked_where_the_other_python_is_not_known(
    finders: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Shim:
        probe = staticmethod(lambda: None)
        hand_on = staticmethod(lambda: "not there")

    monkeypatch.setattr("importlib.import_module", lambda name: Shim)
    fake_pip(tmp_path, monkeypatch)
    wait("/some/package", ".pth")
    finders[0].find_spec = lambda *args: None
    assert answer_to("loading", monkeypatch)["problem"] == "not there"


def test_asked_where_nothing_comes_with_the_hook(
    finders: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_pip(tmp_path, monkeypatch)
    for name in [name for name in sys.modules if name.partition(".")[0] == "pip_build_override"]:
        monkeypatch.delitem(sys.modules, name)
    wait("/some/package", ".pth")
    finders[0].find_spec = lambda *args: None
    answer = answer_to("loading", monkeypatch)
    assert (answer["loaded"], answer["problem"]) == (False, None)


@pytest.mark.parametrize("whole", [True, False])
def test_asked_without_a_pip(
    whole: bool,
    finders: list[Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "path", [])
    package = os.path.dirname(os.path.dirname(asked.__file__))
    wait(package if whole else "/gone", ".pth")
    answer = answer_to("loading", monkeypatch)
    assert answer["armed"] is True
    assert answer["pip"] is None
    assert answer["problem"] == (None if whole else "refused")
    assert ("cannot be loaded" in capsys.readouterr().err) is not whole
    sys.modules.pop("pip_build_override_hook", None)
