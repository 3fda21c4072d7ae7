"""How long the log of a failed build takes to read: python benchmarks/reading_logs.py

Prints the seconds for 5 and for 50 megabytes, and the ratio of the two, which is 10 where the time
grows as the log does. Most of the lines are a compiler's; now and then comes one that holds the text of
a signature and nothing that its pattern is after.
"""

# ruff: noqa: T201 - printing figures is what it is for

from __future__ import annotations

import time
from typing import Iterator

from pip_build_override.diagnosis import read_log

MEGABYTE = 1_000_000
SIZES = (5, 50)

LINES = (
    "      gcc -Wsign-compare -DNDEBUG -g -fwrapv -O3 -Wall -fPIC -I/opt/include -c a.c -o a.o\n",
    "      a.c:5311:52: warning: comparison of terms of different signedness [-Wsign-compare]\n",
    "       5311 |   if (unlikely(__Pyx_PyInt_As_int(x) < 3)) __PYX_ERR(0, 606, __pyx_L1_error)\n",
    "      No module named anything, has no attribute of interest, setuptools. is not 'meant'\n",
    "2026-05-01T12:00:00.1234567Z   copying a/b/c.py -> build/lib.linux-x86_64-cpython-311/a/b\n",
    "      " + "x" * 5000 + "\n",
)
HEAD = """\
Collecting lamp==1.0
  Downloading lamp-1.0.tar.gz (7 kB)
  Building wheel for lamp (pyproject.toml) did not run successfully.
  ╰─> [1 lines of output]
"""
TAIL = "      ModuleNotFoundError: No module named 'pkg_resources'\n      [end of output]\n"


def log(size: int) -> Iterator[str]:
    """Yield the lines of a log of so many bytes."""
    yield from HEAD.splitlines(keepends=True)
    written = 0
    while written < size:
        for line in LINES:
            written += len(line)
            yield line
    yield from TAIL.splitlines(keepends=True)


def seconds(size: int) -> float:
    """Read a log once."""
    lines = list(log(size))
    start = time.perf_counter()
    failures = read_log(lines)
    taken = time.perf_counter() - start
    assert [hit.signature.name for failure in failures for hit in failure.hits] == ["pkg-resources"]
    return taken


def main() -> None:
    """Print the figures."""
    taken = {size: seconds(size * MEGABYTE) for size in SIZES}
    for size, value in taken.items():
        print(f"{size} MB: {value:.2f} s")
    small, large = SIZES
    print(f"{large} MB to {small} MB: {taken[large] / taken[small]:.1f}")


if __name__ == "__main__":
    main()
