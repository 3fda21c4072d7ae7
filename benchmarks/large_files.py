"""How long overrides files with many tables take to read: python benchmarks/large_files.py

Prints the seconds of processor time for 1,000 and for 10,000 tables, and the ratio of the two, which is
10 if the time grows as the file does. The first line is the TOML parser alone. To be kept: 10,000
tables within 2 seconds with tomllib.
"""

# ruff: noqa: T201 - printing figures is what it is for

from __future__ import annotations

import time
from typing import Callable

from pip_build_override.errors import OverrideError
from pip_build_override.rules import package, parse_overrides, select
from pip_build_override.rules.standards import read_toml

SIZES = (1_000, 10_000)
ENVIRONMENT = {"python_version": "3.11", "sys_platform": "linux"}


def tables(count: int) -> str:
    """Return a file with so many tables."""
    return "".join(f'[package.p{n}]\nreplace.numpy = "numpy=={n}.0"\n\n' for n in range(count))


def parser(count: int) -> None:
    """Have the TOML parser alone read it."""
    read_toml(tables(count))


def valid(count: int) -> None:
    """Read a file in which nothing is wrong."""
    parse_overrides(tables(count).encode(), path="/o.toml")


def mistaken(count: int) -> None:
    """Read a file with a mistake in its last line."""
    try:
        parse_overrides(f"{tables(count)}\nadd = numpy".encode(), path="/o.toml")
    except OverrideError:
        return
    raise AssertionError("the mistake was not found")


def one_table(count: int) -> None:
    """Read, and choose from, one table with so many rules."""
    listed = ", ".join(f'"p{n}<{n}"' for n in range(count))
    overrides = parse_overrides(f'[package."*"]\nconstrain = [{listed}]'.encode(), path="/o.toml")
    assert len(select(overrides, package("q"), ENVIRONMENT).rules) == count


def lines(count: int) -> None:
    """Read, and choose from, a .txt file with so many lines."""
    text = "".join(f"p{n}=={n}\n" for n in range(count))
    overrides = parse_overrides(text.encode(), path="/o.txt")
    assert len(select(overrides, package("q"), ENVIRONMENT).rules) == count


def seconds(read: Callable[[int], None], count: int) -> float:
    """Return the processor time of one reading."""
    start = time.process_time()
    read(count)
    return time.process_time() - start


def main() -> None:
    """Print the figures."""
    for read in (parser, valid, mistaken, one_table, lines):
        small, large = (seconds(read, size) for size in SIZES)
        print(f"{read.__name__:10} {small:6.2f} s {large:6.2f} s   {large / small:5.1f}")


if __name__ == "__main__":
    main()
