"""``install`` makes the override a lasting part of an environment; ``uninstall`` leaves no trace."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ..support.environments import SWITCH, Result, Target, tool
from ..support.stampbackend import write_wheel

OVERRIDES = """
[package.declares]
replace.ingredient = "ingredient==1.0"

[package.needs-sauce]
replace.ingredient = "ingredient==1.0"

[package.sauce]
replace.ingredient = "ingredient==1.0"

[settings]
unused = "warn"
"""
ONE_PIP = pytest.mark.pips(only=["24.0"])
STEM = "pip_build_override_startup"


def install(target: Target, *options: str, command: str = "install") -> Result:
    return target.execute(*tool(), command, "--python", target.python, *options)


def files(target: Target) -> dict[str, bytes]:
    """All files next to the distributions, except compiled code."""
    return {path.name: path.read_bytes() for path in target.site_packages.iterdir() if path.is_file()}


def switched_on(target: Target) -> dict[str, str]:
    return {SWITCH: str(target.write(OVERRIDES))}


@pytest.mark.quick_on("26.3")
@pytest.mark.seam("build environments")
def test_in_force_and_gone_again(target: Target) -> None:
    before = files(target)
    installed = install(target).succeeded()
    assert "start-up hook: sitecustomize" in installed.stdout
    assert f"into pip {target.pip.version}" in installed.stdout
    # Nested builds included, and by a Python that drops PYTHONPATH.
    pip = (target.python, "-I", "-m", "pip")
    target.execute(*pip, "install", "needs-sauce", settings=switched_on(target)).succeeded()
    assert target.stamp("needs_sauce") == {"ingredient": "1.0", "sauce": "1.0"}
    assert target.nested_stamps("needs_sauce") == {"sauce": {"ingredient": "1.0"}}

    install(target, command="uninstall").succeeded()
    assert files(target).keys() - {"needs_sauce.py"} == before.keys()
    plain = {SWITCH: str(target.room / "missing.toml")}
    target.run_pip("install", "--no-cache-dir", "declares", settings=plain).succeeded()
    assert target.stamp("declares") == {"ingredient": "3.0"}


@ONE_PIP
@pytest.mark.parametrize("route", ["sitecustomize", ".pth"])
def test_nothing_while_off(route: str, target: Target) -> None:
    if route == ".pth":
        theirs = target.write("import sys; del sys.modules['sitecustomize']\n", "theirs.py")
        (target.site_packages / "sitecustomize.py").symlink_to(theirs)
    report = "import sys; print(sorted(sys.modules), sys.path, sys.meta_path)"
    before = target.execute(target.python, "-c", report).succeeded()
    install(target).succeeded()
    after = target.execute(target.python, "-c", report).succeeded()
    # A sitecustomize is imported; nothing else is new.
    assert after.stdout.replace("'site', 'sitecustomize',", "'site',") == before.stdout
    empty = target.execute(target.python, "-c", report, settings={SWITCH: ""}).stdout
    assert empty.replace(f"'{STEM}', ", "") == after.stdout
    target.run_pip("install", "declares").succeeded()
    assert target.stamp("declares") == {"ingredient": "3.0"}


@ONE_PIP
def test_other_programs_while_on(target: Target) -> None:
    install(target).succeeded()
    report = "import sys; print(sorted(sys.modules), sys.path)"
    off = target.execute(target.python, "-c", report).succeeded()
    on = target.execute(target.python, "-c", report, settings=switched_on(target)).succeeded()
    assert on == Result(on.command, 0, off.stdout, off.stderr)
    # Nor any other command of pip.
    for command in ("list", "freeze", "check", "--version"):
        on = target.run_pip(command, settings=switched_on(target)).succeeded()
        assert on == target.run_pip(command)


# What decides how Python starts. Where the block goes in other files, the unit tests of the block say.
PRIOR = {
    "empty": b"",
    "CRLF": b"x = 1\r\ny = 2\r\n",
    "BOM": b"\xef\xbb\xbfx = 1\n",
    "wrong cookie": b"# coding: no-such-encoding\n",
    "not UTF-8": b"x = '\xe9'\n",
    "future": b"from __future__ import annotations\nx: y = 1\n",
    "syntax error": b"x = (\n",
    "null byte": b"x = 1\n\x00",
    "raises": b"raise RuntimeError('theirs')\n",
    "exits early": b"import os, sys\nif os.environ.get('EXIT_EARLY'): sys.exit(7)\n",
    "exits": b"import sys\nsys.exit(7)\n",
    "prints": b"print('{')\n",
    "half a block of ours": b"# >>> pip-build-override 0.1.0 >>>\nx = 1\n",
}


@ONE_PIP
@pytest.mark.parametrize("content", PRIOR.values(), ids=PRIOR)
def test_prior_content(content: bytes, target: Target) -> None:
    file = target.site_packages / "sitecustomize.py"
    file.write_bytes(content)
    file.chmod(0o604)
    before = files(target)
    status = file.stat()
    plain = target.execute(target.python, "-c", "import sitecustomize; print(sitecustomize.x)")

    installed = install(target)
    if installed.status == 0:
        missing = {SWITCH: "missing.toml", "EXIT_EARLY": ""}
        target.run_pip("download", "declares", settings=missing).refused("missing.toml")
        again = target.execute(target.python, "-c", "import sitecustomize; print(sitecustomize.x)")
        assert (again.status, again.stdout) == (plain.status, plain.stdout)
        assert install(target).succeeded().stdout.count("already installed") == 1
        install(target, command="uninstall").succeeded()
    else:
        installed.refused()
        assert content in (PRIOR["exits"], PRIOR["half a block of ours"])
    assert files(target) == before
    assert file.stat().st_mode == status.st_mode
    assert (file.stat().st_uid, file.stat().st_gid) == (status.st_uid, status.st_gid)


@ONE_PIP
def test_what_was_put_around_the_block_since(target: Target) -> None:
    install(target).succeeded()
    file = target.site_packages / "sitecustomize.py"
    ours = file.read_bytes()
    file.write_bytes(b"# >>> theirs >>>\n" + ours + b"x = 1\n# <<< theirs <<<")
    install(target).succeeded()
    install(target, command="uninstall").succeeded()
    assert file.read_bytes() == b"# >>> theirs >>>\nx = 1\n# <<< theirs <<<"


@ONE_PIP
def test_of_another_version_and_another_copy(target: Target) -> None:
    install(target).succeeded()
    file = target.site_packages / "sitecustomize.py"
    ours = file.read_bytes()
    old = ours.replace(b"pip-build-override 0.", b"pip-build-override 9.")
    file.write_bytes(old.replace(b"import sys", b"import sys, gone"))
    install(target).succeeded()
    assert file.read_bytes() == ours
    file.write_bytes(old)
    install(target, command="uninstall").succeeded()
    assert not file.exists()


@pytest.mark.quick_on("24.0")
@ONE_PIP
def test_link(target: Target) -> None:
    theirs = target.write("x = 1\n", "theirs.py")
    link = target.site_packages / "sitecustomize.py"
    link.symlink_to(theirs)
    assert "start-up hook: .pth" in install(target).succeeded().stdout
    missing = {SWITCH: "missing.toml"}
    target.run_pip("download", "declares", settings=missing).refused("missing.toml")
    install(target, command="uninstall").succeeded()
    assert link.is_symlink()
    assert theirs.read_text(encoding="utf-8") == "x = 1\n"
    assert set(files(target)) == {"sitecustomize.py"}


@ONE_PIP
def test_pth_route_in_force(target: Target) -> None:
    (target.site_packages / "sitecustomize.py").symlink_to(target.write("x = 1\n", "theirs.py"))
    own = [f"{target.site_packages / STEM}{suffix}" for suffix in (".py", ".start", ".pth")]
    assert f": installed in {', '.join(own)}\n" in install(target).succeeded().stdout
    removed = install(target, command="uninstall").succeeded().stdout
    assert [line.partition(": removed ")[2] for line in removed.splitlines()] == [*reversed(own)]
    install(target).succeeded()
    assert {STEM + suffix for suffix in (".pth", ".start", ".py")} < set(files(target))
    pip = (target.python, "-I", "-m", "pip")
    target.execute(*pip, "install", "needs-sauce", settings=switched_on(target)).succeeded()
    assert target.nested_stamps("needs_sauce") == {"sauce": {"ingredient": "1.0"}}


@ONE_PIP
def test_managed_by_another_tool(target: Target) -> None:
    # As PEP 668 has it, for an interpreter that is not one of a virtual environment.
    fake = target.write(
        "import sys, sysconfig, os\n"
        "sys.prefix = sys.base_prefix\n"
        f"sysconfig.get_path = lambda name: {str(target.room)!r}\n",
        "sitecustomize.py",
    )
    target.write("", "EXTERNALLY-MANAGED")
    (target.site_packages / "sitecustomize.py").write_bytes(fake.read_bytes())
    before = files(target)
    install(target).refused("EXTERNALLY-MANAGED", "PEP 668")
    assert files(target) == before


@ONE_PIP
def test_interpreters_that_are_none(target: Target) -> None:
    for python in ("no-such-python", target.room):
        for command in ("install", "status"):
            target.execute(*tool(), command, "--python", python).refused("no interpreter")


@ONE_PIP
def test_a_wheel_that_takes_its_place(target: Target) -> None:
    install(target).succeeded()
    wheel = write_wheel(str(target.room), "sites", "1.0", {"sitecustomize.py": "x = 1\n"})
    result = target.run_pip("install", wheel, settings=switched_on(target)).succeeded()
    (warning,) = result.warnings
    assert "so overrides are no longer in force in them" in warning
    assert f"hint: pip-build-override install --python {target.python}" in warning
    # What belongs to a distribution is left to it.
    assert "start-up hook: .pth" in install(target).succeeded().stdout


# Killed, and many at once

KILLED = """
import os, signal, sys
sys.path.insert(0, {source!r})
from pip_build_override.cli import main, startup_files
from pip_build_override.startup import writing

count = [0]

def killing(function):
    def killed(*args, **kwargs):
        for moment in ("before", "after"):
            count[0] += 1
            if count[0] == {step}:
                os.kill(os.getpid(), signal.SIGKILL)
            if moment == "before":
                result = function(*args, **kwargs)
        return result
    return killed

os.replace, os.unlink, os.fsync, os.chmod = map(killing, (os.replace, os.unlink, os.fsync, os.chmod))
writing.open = killing(open)
startup_files.FileLock.acquire = killing(startup_files.FileLock.acquire)
startup_files.FileLock.release = killing(startup_files.FileLock.release)
sys.exit(main.main([{command!r}, "--python", {python!r}]))
"""


def armed(target: Target) -> bool:
    """Whether the hook loads; every start must do, with the switch on and off."""
    ask = "import sys; print(any(hasattr(finder, 'pip_build_override') for finder in sys.meta_path))"
    off = target.execute(target.python, "-c", ask).succeeded()
    assert (off.stdout, off.stderr) == ("False\n", "")
    on = target.execute(target.python, "-c", ask, settings={SWITCH: "any.toml"}).succeeded()
    assert on.stderr == ""
    return on.stdout == "True\n"


if sys.platform != "win32":  # there is no such signal there

    @ONE_PIP
    @pytest.mark.parametrize("route", ["sitecustomize", ".pth"])
    def test_killed_at_any_step(route: str, target: Target) -> None:
        file = target.site_packages / "sitecustomize.py"
        if route == ".pth":
            file.symlink_to(target.write("x = 1\n", "theirs.py"))
        else:
            file.write_text("x = 1\n", encoding="utf-8")
        # Loading the shim into a pip after each step would take most of the time.
        shutil.rmtree(target.site_packages / "pip")
        before = files(target)
        install(target).succeeded()
        after = files(target)
        for command, old, new in (("uninstall", after, before), ("install", before, after)):
            left_before: set[tuple[bytes, ...]] = set()
            for step in range(1, 200):
                killed = target.execute(sys.executable, "-c", _killed(target, command, step))
                if killed.status == 0:
                    break
                # Most steps leave the very files that an earlier one left.
                left = tuple(sorted(files(target).values()))
                if left in left_before:
                    _put_back(target, old)
                else:
                    left_before.add(left)
                    _check_whole(target, old, new)
                    # The next run repairs what is left.
                    install(target, command="install" if old is after else "uninstall").succeeded()
                assert files(target) == old
            else:
                pytest.fail("it is always killed")
            assert step > 8, "the steps are not met"
            assert len(left_before) > 2, "it is never killed between two files"
            _check_whole(target, old, new)
            assert files(target) == new


def _killed(target: Target, command: str, step: int) -> str:
    source = str(Path(__file__).resolve().parents[2] / "src")
    return KILLED.format(source=source, step=step, command=command, python=str(target.python))


def _put_back(target: Target, old: dict[str, bytes]) -> None:
    for name, content in files(target).items():
        file = target.site_packages / name
        if name not in old:
            file.unlink()
        elif content != old[name]:
            file.write_bytes(old[name])
    for name in old.keys() - files(target).keys():
        (target.site_packages / name).write_bytes(old[name])


def _check_whole(target: Target, old: dict[str, bytes], new: dict[str, bytes]) -> None:
    standing = files(target)
    for name, content in standing.items():
        if not name.startswith(".pip-build-override-"):
            assert content in (old.get(name), new.get(name)), name
    loads = f"{STEM}.pth" in standing or b">>> pip-build-override" in standing["sitecustomize.py"]
    assert armed(target) is loads


@ONE_PIP
def test_many_at_once(target: Target) -> None:
    file = target.site_packages / "sitecustomize.py"
    file.write_text("x = 1\n", encoding="utf-8")
    shutil.rmtree(target.site_packages / "pip")
    before = files(target)
    assert _at_once(target, ["install"] * 16) == [0] * 16
    once = files(target)
    assert once["sitecustomize.py"].count(b">>> pip-build-override") == 1
    assert armed(target)
    assert _at_once(target, ["install", "uninstall"] * 8) == [0] * 16
    assert files(target) in (before, once)
    assert _at_once(target, ["uninstall"] * 16) == [0] * 16
    assert files(target) == before


def _at_once(target: Target, commands: list[str]) -> list[int]:
    started = [
        subprocess.Popen(
            [*tool(), command, "--python", str(target.python)],
            env=target.variables(),
            stdout=subprocess.DEVNULL,
        )
        for command in commands
    ]
    return [process.wait(timeout=240) for process in started]
