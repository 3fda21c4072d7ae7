"""Tiny sdists of setuptools in one command: ours beside the same pip, and beside uv.

    python benchmarks/tiny_sdists.py [--python PY] [--pip VERSION] [--uv PATH] [--rounds N] [CASE]...

A case is one of

- a number: so many sdists with the same build environment. A rule pins the version of setuptools; pip
  and uv are given the pin by a build constraint;
- ``growth``: 1, 8 and 32 of them under the rule, beside each other;
- ``different``: eight sdists with eight versions of setuptools, one table for each. The sdists for pip
  and uv contain the pins;
- ``cached``: eight sdists whose wheels are in pip's cache;
- ``tables``: one sdist, under overrides files with 10, 1,000 and 10,000 tables;
- ``files``: two sdists with the same build environment, with 10, 1,000 and 10,000 more files in it.

``WAYS`` lists what is compared. The wheels of setuptools are in a local directory, and there is no
index. Except for ``cached``, pip has no cache; with kept environments and for uv there is one, from
which only what was built of the sdists is removed. It prints figures, and judges none. To be kept, in
processor time with pip 26.3: 1 sdist at most 1.03 of pip; 8 at most 0.55 of pip and 1.2 of uv, with
kept environments 1.0 of uv; 32 at most 4.2 of 8; ``cached`` at most 1.15 of pip.

Set ``TMPDIR`` to a directory in memory. ext4 uses the inode of a deleted file again only after a
while, so what one way has deleted slows down the next one.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import Callable, NamedTuple

from measuring import Taken, in_turn, own_python, show, timed

from pip_build_override import switch

SETUPTOOLS = "setuptools=={}"
VERSIONS = ("80.9.0", "80.8.0", "80.7.1", "80.4.0", "80.3.1", "80.1.0", "80.0.1", "79.0.1")
PYPROJECT = """[build-system]
requires = ["{requirement}"]
build-backend = "setuptools.build_meta"

[project]
name = "{name}"
version = "1.0"

[tool.setuptools]
py-modules = ["{name}"]
"""
TABLES = (1, 10, 1_000, 10_000)
FILES = (10, 1_000, 10_000)
SIZES = (1, 8, 32)
CASES = ("1", "8", "32", "growth", "different", "cached", "tables", "files")
# Variables that decide how much is compiled, or where pip and uv look.
_NOT_PASSED_ON = ("PIP_", "_PIP_", "PYTHON", "UV_")


class Case(NamedTuple):
    """What is installed.

    Args:
        sdists: The sdists, which are built under the rules; their paths, or their requirements.
        pinned: The same for ways without rules.
        overrides: The overrides file.
        options: Options of ``run``.
        pins: The constraints for ways without rules; none if the sdists contain the pins.
        cached: Whether pip has a cache.
    """

    sdists: list[str]
    pinned: list[str]
    overrides: Path
    options: tuple[str, ...] = ()
    pins: Path | None = None
    cached: bool = False


class Room:
    """A pip in an environment of its own, and what it builds from.

    Args:
        room: An empty directory.
        args: The command line.
    """

    def __init__(self, room: Path, args: argparse.Namespace) -> None:
        self.room = room
        self.uv = args.uv
        (room / "sdists").mkdir()
        subprocess.run([args.python, "-m", "venv", str(room / "environment")], check=True)
        self.python = str(room / "environment" / "bin" / "python")
        self.own = own_python(room / "own")
        pip = [self.python, "-m", "pip"]
        subprocess.run([*pip, "install", "-q", f"pip=={args.pip}"], check=True)
        for version in VERSIONS:
            download = [*pip, "download", "-q", "--no-deps", "-d", str(room / "wheels")]
            subprocess.run([*download, SETUPTOOLS.format(version)], check=True)
        told = subprocess.run([*pip, "install", "--help"], check=True, capture_output=True, text=True)
        self.knows_build_constraints = "--build-constraint" in told.stdout
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(_NOT_PASSED_ON)
        }
        self.variables = {
            **kept,
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": f"{room / 'wheels'} {room / 'sdists'}",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "UV_NO_CONFIG": "1",
            "UV_CACHE_DIR": str(room / "uv"),
        }

    def by_pip(self, case: Case, name: str) -> Taken:
        """Install without rules."""
        variables: dict[str, str] = {}
        constrained: list[str] = []
        if case.pins is not None and self.knows_build_constraints:
            constrained = ["--build-constraint", str(case.pins)]
        elif case.pins is not None:
            # Older pips pass it on to those that fill build environments.
            variables = {"PIP_CONSTRAINT": str(case.pins)}
        return self._timed([], [*constrained, *case.pinned], case, name, variables)

    def by_rules(self, case: Case, name: str, *options: str) -> Taken:
        """Install under the rules."""
        run = [self.own, "-m", "pip_build_override", "run"]
        run += ["--overrides", str(case.overrides), *case.options, *options, "--"]
        return self._timed(run, case.sdists, case, name, {})

    def by_keeping(self, case: Case, name: str) -> Taken:
        """Install under the rules, with build environments of the round before."""
        shutil.rmtree(self._cache_of(name) / "wheels", ignore_errors=True)
        return self.by_rules(case._replace(cached=True), name, "--keep-environments")

    def without_run(self, case: Case, name: str) -> Taken:
        """Install under the rules, as where the start-up hook is installed."""
        variables = {switch.SWITCH: str(case.overrides), "PYTHONPATH": switch.INJECTED}
        return self._timed([], case.sdists, case, name, variables)

    def by_uv(self, case: Case, name: str) -> Taken:
        """Install with uv."""
        names = [Path(sdist).name.partition("-")[0] for sdist in case.pinned]
        # What it says of each sdist is of no interest.
        clean = [self.uv, "cache", "clean", "--quiet", *names]
        subprocess.run(clean, env=self.variables, check=True)
        command = [self.uv, "pip", "install", "--quiet", "--no-deps", "--python", self.python]
        command += ["--no-index", "--find-links", str(self.room / "wheels")]
        if case.pins is not None:
            command += ["--build-constraint", str(case.pins)]
        with tempfile.TemporaryDirectory(dir=self.room) as target:
            return timed([*command, "--target", target, *case.pinned], env=self.variables)

    def _timed(
        self, run: list[str], options: list[str], case: Case, name: str, variables: dict[str, str]
    ) -> Taken:
        cache = {"PIP_NO_CACHE_DIR": "1"}
        if case.cached:
            # Each way finds what it has built itself.
            cache = {"PIP_CACHE_DIR": str(self._cache_of(name))}
        install = [self.python, "-m", "pip", "install", "-q", "--no-deps"]
        with tempfile.TemporaryDirectory(dir=self.room) as target:
            return timed(
                [*run, *install, "--target", target, *options],
                env={**self.variables, **variables, **cache},
                cwd=self.room,
            )

    def _cache_of(self, name: str) -> Path:
        return self.room / f"cache of {name}"


# Each is given the room, the case and its own name.
WAYS: dict[str, Callable[[Room, Case, str], Taken]] = {
    "pip": Room.by_pip,
    "rule": Room.by_rules,
    "rule, --no-reuse": lambda room, case, name: room.by_rules(case, name, "--no-reuse"),
    "rule, --keep-environments": Room.by_keeping,
    "rule, without run": Room.without_run,
    "uv": Room.by_uv,
}
RATIOS = [(name, "pip") for name in WAYS if name.startswith("rule")]
RATIOS += [(name, "uv") for name in WAYS if name.startswith("rule")]


def main() -> None:
    """Measure, and print a table for each case."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--python", default=sys.executable, help="the interpreter to build for")
    parser.add_argument("--pip", default="26.3", help="the release of pip")
    parser.add_argument("--uv", default=shutil.which("uv"), help="left out if there is none")
    parser.add_argument("--rounds", type=int, default=5, help="how often each way is gone")
    parser.add_argument("cases", nargs="*", default=CASES, metavar="CASE")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        room = Room(Path(scratch), args)
        ways = [name for name in WAYS if name != "uv" or args.uv]
        for text in args.cases:
            if text in _APART:
                _APART[text](room, args.rounds)
                continue
            case = _case(room.room, text)
            # Only where nothing is built does it show what ``run`` takes; there, uv does other things.
            left_out = ("uv", "rule, --keep-environments") if case.cached else ("rule, without run",)
            gone = [name for name in ways if name not in left_out]
            title = _of(int(text)) if text.isdigit() else text
            taken = in_turn({name: _way(room, case, name) for name in gone}, args.rounds)
            show(title, taken, RATIOS)


def _way(room: Room, case: Case, name: str) -> Callable[[], Taken]:
    return lambda: WAYS[name](room, case, name)


def _measure_growth(room: Room, rounds: int) -> None:
    names = {size: _of(size) for size in SIZES}
    ways = {names[size]: _way(room, _case(room.room, str(size)), "rule") for size in SIZES}
    pairs = [(names[large], names[small]) for small, large in zip(SIZES, SIZES[1:])]
    show("under the rule", in_turn(ways, rounds), pairs)


def _measure_tables(room: Room, rounds: int) -> None:
    ways = {}
    for count in TABLES:
        overrides = room.room / f"{count}-tables.toml"
        rule = f'[package."*"]\nconstrain = ["{SETUPTOOLS.format(VERSIONS[0])}"]\n'
        more = (f'\n[package.p{number}]\nadd = ["numpy=={number}.0"]\n' for number in range(count - 1))
        overrides.write_text(rule + "".join(more), encoding="utf-8")
        case = _case(room.room, "1")._replace(overrides=overrides, options=("--allow-unused",))
        ways["1 table" if count == 1 else f"{count:,} tables"] = _way(room, case, "rule")
    first, *others = ways
    show("1 sdist", in_turn(ways, rounds), [(name, first) for name in others])


def _measure_files(room: Room, rounds: int) -> None:
    pin = SETUPTOOLS.format(VERSIONS[0])
    ways = {}
    for count in FILES:
        _write_wheel(room.room / "wheels", count)
        rule = f'[package."*"]\nconstrain = ["{pin}"]\nadd = ["files=={count}"]\n'
        overrides = _written(room.room / f"{count}-files.toml", rule)
        ways[f"{count:,} files"] = _way(
            room, _case(room.room, "2")._replace(overrides=overrides), "rule"
        )
    first, *others = ways
    show("2 sdists", in_turn(ways, rounds), [(name, first) for name in others])


# Not ways beside each other, but more and less of the same.
_APART = {"growth": _measure_growth, "tables": _measure_tables, "files": _measure_files}


def _case(room: Path, text: str) -> Case:
    if text == "different":
        requirements = [SETUPTOOLS.format(version) for version in VERSIONS]
        tables = (
            f'[package.tiny{number}]\nconstrain = ["{requirement}"]\n'
            for number, requirement in enumerate(requirements)
        )
        return Case(
            [_sdist(room, f"tiny{number}", "setuptools") for number in range(len(VERSIONS))],
            [_sdist(room, f"pinned{number}", each) for number, each in enumerate(requirements)],
            _written(room / "different.toml", "\n".join(tables)),
        )
    count = 8 if text == "cached" else int(text)
    requirement = SETUPTOOLS.format(VERSIONS[0])
    sdists = [_sdist(room, f"tiny{number}", "setuptools") for number in range(count)]
    overrides = _written(room / "equal.toml", f'[package."*"]\nconstrain = ["{requirement}"]\n')
    pins = _written(room / "pins.txt", f"{requirement}\n")
    if text == "cached":
        # pip does not look into its cache for a path.
        wanted = [f"tiny{number}==1.0" for number in range(count)]
        return Case(wanted, wanted, overrides, pins=pins, cached=True)
    return Case(sdists, sdists, overrides, pins=pins)


def _of(count: int) -> str:
    return f"{count} sdists" if count > 1 else "1 sdist"


def _written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def _sdist(room: Path, name: str, requirement: str) -> str:
    path = room / "sdists" / f"{name}-1.0.tar.gz"
    if not path.exists():
        files = {
            "pyproject.toml": PYPROJECT.format(name=name, requirement=requirement),
            f"{name}.py": "",
            "PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        }
        with tarfile.open(path, "w:gz") as archive:
            for file, text in files.items():
                member = tarfile.TarInfo(f"{name}-1.0/{file}")
                member.size = len(text.encode())
                archive.addfile(member, io.BytesIO(text.encode()))
    return str(path)


def _write_wheel(directory: Path, count: int) -> None:
    """Write a wheel of so many modules of a kilobyte, of which nothing imports any."""
    info = f"files-{count}.dist-info"
    files = {f"files/module{number}.py": f"# {'x' * 1000}\n" for number in range(count)}
    files[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: files\nVersion: {count}\n"
    files[f"{info}/WHEEL"] = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    record = "".join(f"{name},,\n" for name in (*files, f"{info}/RECORD"))
    with zipfile.ZipFile(directory / f"files-{count}-py3-none-any.whl", "w") as archive:
        for name, text in {**files, f"{info}/RECORD": record}.items():
            archive.writestr(name, text)


if __name__ == "__main__":
    main()
