"""How long overrides files with many tables take to read: python benchmarks/large_files.py [--rounds N]

Measures files with 10, 1,000 and 10,000 tables or rules, and prints ratios, of which the last is 10 if
the time grows as the file does. The first table is of the TOML parser alone. To be kept: 10,000 tables
within 2 seconds of processor time with tomllib. What such a file adds to a build is in tiny_sdists.py.
"""

from __future__ import annotations

import argparse
from functools import partial

from measuring import in_turn, show, timed_here

from pip_build_override.errors import OverrideError
from pip_build_override.rules import package, parse_overrides, select
from pip_build_override.rules.standards import read_toml

SIZES = (10, 1_000, 10_000)
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


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--rounds", type=int, default=5, help="how often each is read")
    args = options.parse_args()
    names = {size: f"{size:,}" for size in SIZES}
    pairs = [(names[large], names[small]) for small, large in zip(SIZES, SIZES[1:])]
    for read in (parser, valid, mistaken, one_table, lines):
        ways = {names[size]: partial(timed_here, partial(read, size)) for size in SIZES}
        show(read.__name__, in_turn(ways, args.rounds), pairs)


if __name__ == "__main__":
    main()
