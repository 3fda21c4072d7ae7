"""A package table with a wrong key, a wrong type or a wrong name says so, with the right spelling."""

from __future__ import annotations

from typing import Callable

import pytest

from pip_build_override.rules import OverrideError
from pip_build_override.rules.reading.values import KEYS as KEYS_OF_A_TABLE

Refusal = Callable[..., OverrideError]

# What follows [package.pyworld] in the file, and what message and hint hold.
KEYS = [
    ("Constrain = ['a']", "unknown key Constrain", "did you mean constrain?"),
    ("'c d' = 'e'", 'unknown key "c d"', "the keys are replace, remove, add, constrain"),
    ("constraint = ['cython<3']", "unknown key constraint", "did you mean constrain?"),
    ("replaces.numpy = 'numpy==1'", "unknown key replaces", "did you mean replace?"),
    ("removed = ['a']", "unknown key removed", "did you mean remove?"),
    ("drop = ['a']", "unknown key drop", "did you mean remove?"),
    ("no_binary = true", "unknown key no_binary", "did you mean no-binary?"),
    ("numpy = 'numpy==1.2'", "unknown key numpy", "did you mean replace.numpy = …?"),
    ("NumPy = ['numpy']", "unknown key NumPy", "did you mean replace.NumPy = …?"),
    ("pil = 'pillow<9'", "unknown key pil", "did you mean replace.pil = …?"),
    ("PIL = 'pil'", "unknown key PIL", "did you mean replace.PIL = …?"),
    ("numpy = '<2'", "unknown key numpy", 'did you mean replace.numpy = "numpy<2"?'),
    ("numpy = 'numpy=1.2'", "unknown key numpy", 'did you mean replace.numpy = "numpy==1.2"?'),
    ("numpy = '1.17.5'", "unknown key numpy", 'did you mean replace.numpy = "numpy==1.17.5"?'),
    (
        "'a b' = 1",
        'unknown key "a b"',
        "the keys are replace, remove, add, constrain, requires, no-binary",
    ),
    ("MAX_JOBS = '<2'", "unknown key MAX_JOBS", 'did you mean env.MAX_JOBS = "<2"?'),
    ("CC = 'gcc>=9'", "unknown key CC", 'did you mean env.CC = "gcc>=9"?'),
    ("CFLAGS = '-O2'", "unknown key CFLAGS", 'did you mean env.CFLAGS = "-O2"?'),
    ("unused = 'warn'", "unused is not a rule for one package", "put unused under [settings]"),
    ("record = 'all'", "record is not a rule for one package", "put record under [settings]"),
    (
        "group = 'a'",
        "group is not a key of this table",
        "a group is a table of its own: [group.NAME], with packages",
    ),
    (
        "include = ['a']",
        "include is not a key of this table",
        "put it at the top of the file, above all tables",
    ),
]

# The same.
TYPES = [
    ("remove.a = 'a>1'", "remove: expected a list, found a table", 'write remove = ["a"]'),
    ("remove = 'pkgconfig'", "remove: expected a list, found a string", 'write remove = ["pkgconfig"]'),
    (
        "remove.pkgconfig = true",
        "remove: expected a list, found a table",
        'write remove = ["pkgconfig"]',
    ),
    (
        "remove = [1]",
        "remove: expected a name in quotes, found a number",
        'write "NAME", or with a marker "NAME; os_name == \'nt\'"',
    ),
    (
        "remove = [{ name = 'a' }]",
        "remove: expected a name in quotes, found a table",
        'write "a", or with a marker "a; os_name == \'nt\'"',
    ),
    ("remove = true", "remove: expected a list, found a boolean", 'write remove = ["…"]'),
    ("add = 'swig'", "add: expected a list, found a string", 'write add = ["swig"]'),
    ("add.swig = 'swig>4'", "add: expected a list, found a table", 'write add = ["swig>4"]'),
    ("add.swig = true", "add: expected a list, found a table", 'write add = ["swig"]'),
    ("add = {}", "add: expected a list, found a table", 'write add = ["…"]'),
    (
        "add = { path = 'x' }",
        "add: expected a list, found a table",
        "put the source table in brackets: add = [{",
    ),
    ("add.swig = '4.0'", "add: expected a list, found a table", 'write add = ["swig==4.0"]'),
    (
        "constrain = { a = '<2', b = '*' }",
        "constrain: expected a list, found a table",
        'write constrain = ["a<2", "b"]',
    ),
    ("remove = { path = 'x' }", "remove: expected a list, found a table", 'write remove = ["…"]'),
    (
        "replace = ['numpy==1', 'b']",
        "expected a name and a requirement, found a list",
        'write replace.numpy = "numpy==1", and a line like it for each other name',
    ),
    ("replace = 3", "expected a name and a requirement", 'write replace.NAME = "NAME"'),
    ("add = [3]", "found a number", 'write a requirement in quotes, such as "NAME>=1.20"'),
    (
        "add = [['a']]",
        "add: expected a requirement in quotes or a source table, found a list",
        'write "a" without the inner brackets',
    ),
    (
        "add = [2020-01-01]",
        "found a date or time",
        'write a requirement in quotes, such as "NAME>=1.20"',
    ),
    ("add = [1.5]", "found a number", 'write a requirement in quotes, such as "NAME>=1.20"'),
    ("constrain = 'a<2'", "constrain: expected a list, found a string", 'write constrain = ["a<2"]'),
    (
        "constrain.setuptools = '<82'",
        "constrain: expected a list, found a table",
        'write constrain = ["setuptools<82"]',
    ),
    (
        "constrain = [{ name = 'a' }]",
        "constrain: expected a requirement in quotes, found a table",
        'write a requirement in quotes, such as "setuptools<82"',
    ),
    ("requires = 'a'", "requires: expected a list, found a string", 'write requires = ["a"]'),
    (
        "replace = 'numpy==1'",
        "replace: expected a name and a requirement, found a string",
        'write replace.numpy = "numpy==1"',
    ),
    (
        "replace = ['numpy==1']",
        "replace: expected a name and a requirement, found a list",
        'write replace.numpy = "numpy==1"',
    ),
    (
        "replace.numpy = true",
        "replace.numpy: expected a requirement in quotes or a source table, found a boolean",
        'write a requirement in quotes, such as "numpy>=1.20"',
    ),
    (
        "replace.numpy = 2",
        "replace.numpy: expected a requirement in quotes or a source table, found a number",
        'write "numpy==2"',
    ),
    (
        "no-binary = 'yes'",
        "no-binary: expected true or false, found a string",
        "write no-binary = true",
    ),
    ("no-binary = 1", "no-binary: expected true or false, found a number", "write no-binary = true"),
]

# The same.
NAMES = [
    (
        "replace.Zope.File = 'zope-file<6'",
        "replace.Zope: TOML reads the dots in replace.Zope.File as nested tables",
        "replace.zope-file = …",
    ),
    (
        "replace.zope = { event = 'a', app = 'b' }",
        "replace.zope: TOML reads the dots in replace.zope.event as nested tables",
        "replace.zope-event = …",
    ),
    (
        "replace.zope.interface = 'zope.interface<6'",
        "replace.zope: TOML reads the dots in replace.zope.interface as nested tables",
        'write replace."zope.interface" = … or replace.zope-interface = …',
    ),
    (
        "replace.zope.app.form = ['zope.app.form<5']",
        "replace.zope.app.form",
        'replace."zope.app.form" = …',
    ),
    (
        "replace.zope.interface = { path = 'x' }",
        "replace.zope.interface as",
        "replace.zope-interface = …",
    ),
    (
        "replace.'numpy>=1' = 'numpy==1'",
        'replace."numpy>=1": "numpy>=1" is not the name of a requirement',
        "write replace.numpy = …",
    ),
    (
        "replace.'*' = 'numpy==1'",
        'replace."*": "*" is not the name of a requirement',
        "write replace.NAME = …",
    ),
    (
        "replace.Cython = 'cython<3'\nreplace.cython = 'cython<3'",
        "replace.Cython and replace.cython replace the same declared name",
        "write one list: replace.cython = [",
    ),
    (
        "replace = ['==1', 'numpy<2']",
        "replace: expected a name and a requirement, found a list",
        'write replace.numpy = "numpy<2"',
    ),
    ("replace.numpy = []", "replace.numpy has no replacement for numpy", 'write remove = ["numpy"]'),
    ("replace.numpy = ''", "replace.numpy has no replacement for numpy", 'write remove = ["numpy"]'),
    (
        "remove = ['numpy>1']",
        'remove: "numpy>1" has more than a name; remove applies to all its requirements',
        'write "numpy"',
    ),
    (
        "remove = ['numpy[x]; os_name == \"nt\"']",
        "has more than a name; remove applies to all its requirements",
        'write "numpy; os_name == \\"nt\\""',
    ),
    (
        "remove = ['a @ https://b/c']",
        'remove: "a @ https://b/c" has more than a name; remove applies to all its requirements',
        'write "a"',
    ),
    ("constrain = ['setuptools[x]<82']", "has extras", 'write "setuptools<82"'),
    (
        "constrain = ['a @ https://b/c']",
        "has a URL",
        'to install from a URL, write add = ["a @ https://b/c"]',
    ),
]


@pytest.mark.parametrize(("rules", "message", "hint"), KEYS)
def test_wrong_key(refusal: Refusal, rules: str, message: str, hint: str) -> None:
    error = refusal(f"[package.pyworld]\n{rules}\n")
    assert error.where == "build-overrides.toml: package.pyworld"
    assert message in error.message
    assert hint in error.hint
    assert "\n" not in error.message + error.hint


@pytest.mark.parametrize(
    "rules",
    [
        "cc = 'gcc'",
        "cc = ''",
        "flags = []",
        "path = '/usr/bin'",
        "homepage = 'https://example.org/a-1.tar.gz'",
        "jobs = 4",
        "jobs = '4'",
        "jobs = [4]",
        "'c d' = 'c<2'",
    ],
)
def test_a_key_whose_value_is_no_requirement(refusal: Refusal, rules: str) -> None:
    error = refusal(f"[package.pyworld]\n{rules}\n")
    assert error.message.startswith("unknown key ")
    assert error.hint == f"the keys are {', '.join(KEYS_OF_A_TABLE)}"


def test_flags_in_a_list_are_one_variable(refusal: Refusal) -> None:
    error = refusal("[package.pyworld]\nflags = ['-O2', '-g']\n")
    assert error.hint == 'did you mean env.FLAGS = "-O2 -g"?'


@pytest.mark.parametrize(("rules", "message", "hint"), TYPES)
def test_wrong_type(refusal: Refusal, rules: str, message: str, hint: str) -> None:
    error = refusal(f"[package.pyworld]\n{rules}\n")
    assert error.where == "build-overrides.toml: package.pyworld"
    assert message in error.message
    assert hint in error.hint
    assert "\n" not in error.message + error.hint


@pytest.mark.parametrize(("rules", "message", "hint"), NAMES)
def test_wrong_name(refusal: Refusal, rules: str, message: str, hint: str) -> None:
    error = refusal(f"[package.pyworld]\n{rules}\n")
    assert error.where == "build-overrides.toml: package.pyworld"
    assert message in error.message
    assert hint in error.hint
    assert "\n" not in error.message + error.hint


@pytest.mark.parametrize("rules", ["'a b' = 'c'", "'a b' = 1", "zzz = 1"])
def test_lists_the_keys_where_none_is_near(refusal: Refusal, rules: str) -> None:
    error = refusal(f"[package.pyworld]\n{rules}")
    assert error.hint == f"the keys are {', '.join(KEYS_OF_A_TABLE)}"
