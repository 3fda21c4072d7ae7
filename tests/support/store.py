"""What is kept between test sessions: wheels from the index, and one unpacked environment for each pip.

It lies in ``.cache`` of the checkout, or where ``BUILD_OVERRIDE_TEST_CACHE`` says. This is the one
place of the hermetic tests that needs an index, and only until the wheels are there.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from filelock import FileLock

from .interpreters import find_interpreter
from .pips import Pip

# Each pip from 24.2 on loads all of these for a connection that no test makes: a tenth of its time.
CERTIFICATES = "pip/_vendor/certifi/cacert.pem"

CACHE = Path(
    os.environ.get("BUILD_OVERRIDE_TEST_CACHE")
    or Path(__file__).resolve().parents[2] / ".cache" / "tests"
).absolute()


def index_wheel(requirement: str) -> Path:
    """Get a pure wheel from the index, once.

    Args:
        requirement: ``NAME==VERSION`` of a distribution with a ``py3-none-any`` wheel.

    Returns:
        The wheel.
    """
    name, version = requirement.split("==")
    wheels = _prepared(CACHE / "wheels")
    with FileLock(str(wheels) + ".lock"):
        if not _wheels(wheels, name, version):
            # The wheels are for other interpreters than ours, and say so. The index, its certificates
            # and a proxy are those of the user.
            download = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check"]
            download += ["--quiet", "--no-deps", "--only-binary=:all:", "--python-version=3.12"]
            subprocess.run([*download, f"--dest={wheels}", requirement], check=True)
    (wheel,) = _wheels(wheels, name, version)
    return wheel


def compiled_wheel(requirement: str, python: str) -> Path:
    """Get a wheel with compiled modules from the index, once.

    Args:
        requirement: ``NAME==VERSION`` of a distribution with a wheel for that Python and this platform.
        python: minor version of the interpreter, such as ``3.8``.

    Returns:
        The wheel.
    """
    name, version = requirement.split("==")
    wheels = _prepared(CACHE / "wheels" / f"python{python}")
    with FileLock(str(wheels) + ".lock"):
        if not _wheels(wheels, name, version):
            download = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check"]
            download += ["--quiet", "--no-deps", "--only-binary=:all:", f"--python-version={python}"]
            subprocess.run([*download, f"--dest={wheels}", requirement], check=True)
    (wheel,) = _wheels(wheels, name, version)
    return wheel


def environment_template(pip: Pip) -> Path:
    """Make a virtual environment that holds that pip, with one certificate, and nothing else, once.

    Args:
        pip: the one to put there.

    Returns:
        A directory to be copied, never to be worked in.
    """
    wheel = index_wheel(f"pip=={pip.version}")
    interpreter = find_interpreter(pip.python)
    assert interpreter is not None, f"Python {pip.python} was found when tests were collected"
    key = hashlib.sha256(f"{interpreter}, one recorded certificate".encode()).hexdigest()[:8]
    template = _prepared(CACHE / "environments") / f"python{pip.python}-{key}-pip{pip.version}"
    with FileLock(str(template) + ".lock"):
        if not template.exists():
            half_done = template.with_name(template.name + ".new")
            shutil.rmtree(half_done, ignore_errors=True)
            subprocess.run(
                [str(interpreter), "-m", "venv", "--without-pip", str(half_done)], check=True
            )
            unpack_wheel(wheel, site_packages(half_done))
            _keep_one_certificate(site_packages(half_done))
            compile_all = [str(interpreter), "-m", "compileall", "-q", str(site_packages(half_done))]
            subprocess.run(compile_all, check=True)
            if pip.is_older_than("22.2"):
                # It zips itself for each nested pip, and a zip has its bytecode beside the sources.
                for compiled in site_packages(half_done).rglob("__pycache__/*.pyc"):
                    name = compiled.name.partition(".")[0] + ".pyc"
                    shutil.copy2(compiled, compiled.parent.with_name(name))
            half_done.rename(template)
    return template


@functools.lru_cache(maxsize=None)
def silent_commands() -> Path:
    """Make a directory of commands that say nothing, once, to come first on a pip's PATH.

    Each pip asks them what to tell an index about this machine, which no test is about: rustc alone,
    where it is a rustup proxy, takes as long as a sixth of that pip.

    Returns:
        The directory.
    """
    directory = _prepared(CACHE / "commands")
    with FileLock(f"{directory}.lock"):
        for name in ("lsb_release", "rustc"):
            command = directory / name
            if not command.exists():
                command.write_text("#!/bin/sh\n", encoding="utf-8")
                command.chmod(0o755)
    return directory


def site_packages(environment: Path) -> Path:
    """Where an environment's distributions are.

    Args:
        environment: its directory.
    """
    if os.name == "nt":
        return environment / "Lib" / "site-packages"
    (directory,) = environment.glob("lib/python3*/site-packages")
    return directory


def unpack_wheel(wheel: Path, directory: Path) -> None:
    """Install a pure wheel that has neither scripts nor data files.

    Args:
        wheel: the file.
        directory: the site-packages to put it into.
    """
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(directory)
        record = next(name for name in archive.namelist() if name.endswith(".dist-info/RECORD"))
    installer = f"{record.rpartition('/')[0]}/INSTALLER"
    (directory / installer).write_text("pip\n", encoding="utf-8")
    # If it were not recorded, pip would leave its directory behind when it installs another version.
    rows = [*(directory / record).read_text(encoding="utf-8").splitlines(), f"{installer},,"]
    (directory / record).write_text("\n".join(rows) + "\n", encoding="utf-8")


def _keep_one_certificate(directory: Path) -> None:
    certificates = directory / CERTIFICATES
    first, end, _ = certificates.read_text(encoding="utf-8").partition("-----END CERTIFICATE-----\n")
    kept = (first + end).encode()
    certificates.write_bytes(kept)
    # Environments share the file by links. Whether it was written to is judged by its recorded hash.
    (record,) = directory.glob("pip-*.dist-info/RECORD")
    digest = base64.urlsafe_b64encode(hashlib.sha256(kept).digest()).rstrip(b"=").decode()
    rows = record.read_text(encoding="utf-8").splitlines()
    rows = [row for row in rows if not row.startswith(f"{CERTIFICATES},")]
    rows.append(f"{CERTIFICATES},sha256={digest},{len(kept)}")
    record.write_text("\n".join(rows) + "\n", encoding="utf-8")


def _prepared(directory: Path) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    ignored = CACHE / ".gitignore"
    if not ignored.exists():
        ignored.write_text("*\n", encoding="utf-8")
    return directory


def _wheels(directory: Path, name: str, version: str) -> list[Path]:
    return list(directory.glob(f"{name}-{version}-*.whl"))
