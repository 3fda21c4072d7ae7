"""Causes that no build requirement changes, told apart from those that one does."""

from __future__ import annotations

import pytest

from pip_build_override.diagnosis import Failure
from pip_build_override.diagnosis.causes import beyond_build_requirements
from pip_build_override.diagnosis.output import UNREACHABLE

from .test_diagnosis_findings import PKG_RESOURCES, STALE, USE_2TO3, failure


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("src/gmpy2.h:69:10: fatal error: gmp.h: No such file or directory", "gmp.h"),
        ("cups.c:3:10: fatal error: 'cups/http.h' file not found", "cups/http.h"),
        ("lamp.c:1:10: fatal error: Python.h: No such file or directory", "header files of Python"),
        (
            "/usr/bin/ld: cannot find -lxml2: No such file or directory",
            "a library that is missing: xml2",
        ),
        (
            "OSError: Could not find library geos_c or load any of its variants ['libgeos_c.so.1']",
            "a library that is missing: geos_c",
        ),
        ("/bin/sh: 1: mysql_config: not found", "a library that is missing"),
        ("error: command 'gcc' failed: No such file or directory", "gcc"),
        ("error: command '/none/cc' failed: No such file or directory", "/none/cc"),
        ("error: can't find Rust compiler", "Rust"),
        ("ModuleNotFoundError: No module named '_ctypes'", "_ctypes of the standard library"),
        (
            "urllib.error.URLError: <urlopen error [Errno -3] Temporary failure in name resolution>",
            "cannot download",
        ),
        ("curl: (6) Could not resolve host: ftp.gnu.org", "cannot download"),
        ("OSError: [Errno 28] No space left on device", "disk space"),
        ("error: [Errno 122] Disk quota exceeded", "disk space"),
        ("error: could not create 'build/lib': Permission denied", "may not read or write"),
        ("PermissionError: [Errno 13] Permission denied: '/usr/include/x.h'", "may not read or write"),
        ("c++: fatal error: Killed signal terminated program cc1plus", "ran out of memory"),
        ("cc1plus: out of memory: virtual memory exhausted: Cannot allocate memory", "out of memory"),
        ("MemoryError", "ran out of memory"),
        ("error: command '/usr/bin/g++' failed with exit code -9", "ran out of memory"),
        (
            "RuntimeError: Cannot install on Python version 3.11.7; only versions <3.11 are supported",
            "refuses this Python",
        ),
        ("RuntimeError: Python version >= 3.12 is required", "refuses this Python"),
        ("This backport is for Python 2.7 only.", "refuses this Python"),
    ],
)
def test_a_cause_that_no_build_requirement_changes(line: str, cause: str) -> None:
    found = failure(line)
    assert cause in beyond_build_requirements(found)
    assert not beyond_build_requirements(found).endswith(":")
    outer = Failure("outer", "1.0", nested=(found,))
    assert beyond_build_requirements(outer).startswith("lamp 1.0 ")


@pytest.mark.parametrize(
    "line",
    [
        PKG_RESOURCES,
        USE_2TO3,
        STALE,
        "ModuleNotFoundError: No module named 'yaml'",
        "ModuleNotFoundError: No module named 'setup_helpers'",
        # Distributions provide these.
        "lamp.c:1:10: fatal error: numpy/arrayobject.h: No such file or directory",
        "lamp.cpp:1:10: fatal error: pybind11/pybind11.h: No such file or directory",
        "lamp.cpp:1:10: fatal error: torch/extension.h: No such file or directory",
        "lamp.c:35:10: fatal error: cPersistence.h: No such file or directory",
        # Another release may have been for this Python.
        "lamp.c:7:10: fatal error: longintrepr.h: No such file or directory",
        "AttributeError: module 'inspect' has no attribute 'getargspec'",
        "FileNotFoundError: [Errno 2] No such file or directory: 'requirements.txt'",
        "error: command '/usr/bin/gcc' failed with exit code 1",
        "ValueError: 42",
    ],
)
def test_what_may_be_one_of_build_requirements(line: str) -> None:
    assert beyond_build_requirements(failure(line)) == ""


def test_an_index_that_does_not_answer() -> None:
    found = failure("ERROR: No matching distribution found for setuptools", searched=UNREACHABLE)
    assert beyond_build_requirements(found) == "cannot connect to the package index"


def test_an_exception_that_was_caught() -> None:
    found = failure("MemoryError", PKG_RESOURCES)
    assert beyond_build_requirements(found)
    caught = failure("ModuleNotFoundError: No module named '_ctypes'", "error: command 'gcc' failed")
    assert beyond_build_requirements(caught) == ""
