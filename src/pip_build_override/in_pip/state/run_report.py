"""The report of a run, a file to which every pip adds each of its builds when the build is done.

The file is replaced as a whole and under a lock, so it is always valid, even if several pips write to
it or one of them is killed.
"""

from __future__ import annotations

import json
import os
import sys
import time
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING, Iterable, Iterator

from ... import records, switch
from ...errors import OverrideError
from ...files import Json, check_replaceable, sha256_of_file, write_json

if TYPE_CHECKING:
    from ..builds.package_build import PackageBuild
    from ..internals.protocols import InstallRequirement
    from .cached_wheels import CachedWheels
    from .environments import Environments
    from .rules_in_force import RulesInForce

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_PATIENCE_SECONDS = 60


def place(cwd: str) -> str:
    """Return the absolute path of the report, "" for none, and set it for nested pips.

    Args:
        cwd: the directory to which a relative path refers.

    Raises:
        OverrideError: if the file cannot be written, or is not a report.
    """
    given = os.environ.get(switch.REPORT, "")
    if not given:
        return ""
    path = os.environ[switch.REPORT] = os.path.join(cwd, given)
    _read(path)
    return path


class RunReport:
    """Adds the builds of this pip to the report, if the user wants one.

    Args:
        path: the path of the report; "" for none.
        rules_in_force: the rules in force.
        environments: the environments that this pip fills.
        cached_wheels: the wheels that were built before; None for a front end that keeps none.
    """

    def __init__(
        self,
        path: str,
        rules_in_force: RulesInForce,
        environments: Environments,
        cached_wheels: CachedWheels | None,
    ) -> None:
        self._path = path
        self._rules = rules_in_force
        self._environments = environments
        self._cached_wheels = cached_wheels

    def add(self, build: PackageBuild, wheel: str) -> None:
        """Add one build.

        Args:
            build: the build, which is done.
            wheel: the path of the wheel that was built.

        Raises:
            OverrideError: if the file cannot be written.
        """
        if not self._path:
            return
        from ..builds import wheel_record

        record = wheel_record.record_of(build, self._rules.shown, wheel)
        self._add(record, wheel, overridden=build.overridden, editable=build.editable, cached=False)

    def add_cached(self, chosen: Iterable[InstallRequirement]) -> None:
        """Add the wheels of an earlier run that are used again and carry a record.

        Args:
            chosen: the requirements that pip's resolver chose.

        Raises:
            OverrideError: if the file cannot be written.
        """
        if not self._path:
            return
        from ..internals.objects import link_of  # only pip has such requirements, and has loaded it

        for req in chosen:
            record = self._cached_wheels.record_of(req.link) if self._cached_wheels else None
            if record is not None:
                self._add(
                    record,
                    link_of(req).file_path,
                    overridden=bool(record.changes),
                    editable=False,
                    cached=True,
                )

    def _add(self, record: records.Record, wheel: str, **flags: bool) -> None:
        built_for = self._environments.current.built_for
        entry = {
            **record.to_json(),
            **flags,
            "id": uuid.uuid4().hex,
            "wheel": os.path.basename(wheel),
            "sha256": sha256_of_file(wheel),
            "nested": bool(built_for),
            "built_for": list(built_for),
        }
        try:
            with _lock(self._path):
                write_json(self._path, records.with_build(_read(self._path), entry))
        except OSError as error:
            raise _unwritable(self._path, error.strerror or str(error)) from None


def _read(path: str) -> Json:
    """Read the report; return a blank one if the file is missing or empty."""
    try:
        check_replaceable(path)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        # Some programs create an empty file to reserve the name.
        report: Json = json.loads(text) if text.strip() else records.blank()
        records.read_report(report)
        return report
    except FileNotFoundError:
        if os.path.isdir(os.path.dirname(path)):
            return records.blank()
        raise _unwritable(path, "its directory does not exist") from None
    except OSError as error:
        raise _unwritable(path, error.strerror or str(error)) from None
    except ValueError as error:
        raise _unwritable(path, f"its content is not valid: {error}") from None


def _unwritable(path: str, why: str) -> OverrideError:
    return OverrideError(
        f"cannot write the report to {path}: {why}",
        kind="unwritable-file",
        hint=f"set {switch.REPORT} to another file, or unset it",
    )


@contextmanager
def _lock(path: str) -> Iterator[None]:
    """Hold a lock file beside a file, and remove it afterwards."""
    name = f"{path}.lock"
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        descriptor = _open_lock(name)
        if _locked(descriptor) and _is_still(name, descriptor):
            break
        os.close(descriptor)
        if time.monotonic() > deadline:
            raise OSError(0, f"another process holds {name}")
        time.sleep(0.01)
    try:
        yield
    finally:
        # Removed while it is held: a waiting process sees that it is gone, and creates another one.
        try:
            os.unlink(name)
        except OSError:  # Windows does not remove an open file
            pass
        os.close(descriptor)


def _open_lock(name: str) -> int:
    # A symbolic link of another user would create a file at its target.
    try:
        return os.open(name, os.O_CREAT | os.O_RDWR | getattr(os, "O_NOFOLLOW", 0), 0o666)
    except OSError as error:
        if os.path.islink(name):
            raise OSError(error.errno, f"{name} is a symbolic link") from None
        raise


def _locked(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _is_still(name: str, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.stat(name), os.fstat(descriptor))
    except OSError:
        return False
