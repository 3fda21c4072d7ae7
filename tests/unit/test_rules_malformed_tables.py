"""A package table with a wrong key, a wrong type or a wrong name says so, with the right spelling."""

from __future__ import annotations

from typing import Callable

import pytest

from pip_build_override.rules import OverrideError

Refusal = Callable[..., OverrideError]

# What follows [package.pyworld] in the file, and what message and hint hold.
KEYS = [
    ("Constrain = ['a']", "has no key Constrain", "did you mean constrain?"),
    ("'c d' = 'e'", 'has no key "c d"', "the keys are replace, remove, add, constrain"),
    ("constraint = ['cython<3']", "has no key constraint", "did you mean constrain?"),
    ("replaces.numpy = 'numpy==1'", "has no key replaces", "did you mean replace?"),
    ("removed = ['a']", "has no key removed", "did you mean remove?"),
    ("drop = ['a']", "has no key drop", "did you mean remove?"),
    ("no_binary = true", "has no key no_binary", "did you mean no-binary?"),
    ("numpy = 'numpy==1.2'", "has no key numpy", "did you mean replace.numpy = …?"),
    (
        "'a b' = 1",
        'has no key "a b"',
        "the keys are replace, remove, add, constrain, requires, no-binary",
    ),
    ("unused = 'warn'", "unused is not a rule for one package", "unused belongs under [settings]"),
    ("record = 'all'", "record is not a rule for one package", "record belongs under [settings]"),
    ("group = 'a'", "group is reserved for a later version", "take group out of the file"),
    ("include = ['a']", "include is reserved", "take include out"),
    ("env.CC = 'gcc'", "env is reserved", "take env out"),
    ("config-settings = {}", "config-settings is reserved", "take config-settings out"),
    ("reason = 'it breaks'", "reason is reserved", "take reason out"),
    ("as-of = 2020-01-01", "as-of is reserved", "take as-of out"),
]

# The same.
TYPES = [
    ("remove.a = 'a>1'", "remove: wanted a list, found a table", 'write remove = ["a"]'),
    ("remove = 'pkgconfig'", "remove: wanted a list, found a text", 'write remove = ["pkgconfig"]'),
    ("remove.pkgconfig = true", "remove: wanted a list, found a table", 'write remove = ["pkgconfig"]'),
    ("remove = [1]", "remove: wanted a name in quotes, found a number", 'remove = ["pkgconfig"]'),
    ("remove = [{ name = 'a' }]", "wanted a name in quotes, found a table", "pkgconfig; os_name"),
    ("remove = true", "remove: wanted a list, found a boolean", 'write remove = ["…"]'),
    ("add = 'swig'", "add: wanted a list, found a text", 'write add = ["swig"]'),
    ("add.swig = 'swig>4'", "add: wanted a list, found a table", 'write add = ["swig>4"]'),
    ("add.swig = true", "add: wanted a list, found a table", 'write add = ["swig"]'),
    ("add = {}", "add: wanted a list, found a table", 'write add = ["…"]'),
    (
        "add = { path = 'x' }",
        "wanted a list, found a table",
        "put the source table in brackets: add = [{",
    ),
    (
        "add = [['a']]",
        "wanted a requirement in quotes or a source table, found a list",
        'add = ["numpy==',
    ),
    ("add = [2020-01-01]", "found a date or time", 'add = ["numpy==1.20.1"]'),
    ("add = [1.5]", "found a number", 'add = ["numpy==1.5"]'),
    ("constrain = 'a<2'", "constrain: wanted a list, found a text", 'write constrain = ["a<2"]'),
    (
        "constrain.setuptools = '<82'",
        "wanted a list, found a table",
        'write constrain = ["setuptools<82"]',
    ),
    (
        "constrain = [{ name = 'a' }]",
        "wanted a requirement in quotes, found a table",
        '["setuptools<82"]',
    ),
    ("requires = 'a'", "requires: wanted a list, found a text", 'write requires = ["a"]'),
    (
        "replace = 'numpy==1'",
        "replace: wanted a name and what to use, found a text",
        "write replace.NAME =",
    ),
    ("replace = ['numpy==1']", "wanted a name and what to use, found a list", "write replace.NAME ="),
    (
        "replace.numpy = true",
        "replace.numpy: wanted a requirement in quotes",
        'replace.numpy = "numpy==1.20.1"',
    ),
    ("replace.numpy = 2", "replace.numpy: wanted a requirement", 'write replace.numpy = "numpy==2"'),
    ("no-binary = 'yes'", "no-binary: wanted true or false, found a text", "write no-binary = true"),
    ("no-binary = 1", "no-binary: wanted true or false, found a number", "write no-binary = true"),
]

# The same.
NAMES = [
    ("replace.Zope.File = 'zope-file<6'", "replace.Zope.File as tables", "replace.zope-file = …"),
    (
        "replace.zope = { event = 'a', app = 'b' }",
        "replace.zope.event as tables",
        "replace.zope-event = …",
    ),
    (
        "replace.zope.interface = 'zope.interface<6'",
        "TOML reads the dots in replace.zope.interface as tables in tables",
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
    ("replace.'numpy>=1' = 'numpy==1'", '"numpy>=1" is not a bare name', "write replace.numpy = …"),
    ("replace.'*' = 'numpy==1'", '"*" is not a bare name', "write replace.NAME = …"),
    (
        "replace.Cython = 'cython<3'\nreplace.cython = 'cython<3'",
        "replace.Cython and replace.cython replace the same declared name",
        "write one list: replace.cython = [",
    ),
    ("replace.numpy = []", "has nothing to put in place of numpy", 'write remove = ["numpy"]'),
    ("replace.numpy = ''", "has nothing to put in place of numpy", 'write remove = ["numpy"]'),
    ("remove = ['numpy>1']", '"numpy>1" is more than a name', 'write remove = ["numpy"]'),
    (
        "remove = ['numpy[x]; os_name == \"nt\"']",
        "is more than a name",
        'write remove = ["numpy; os_name == \\"nt\\""]',
    ),
    ("remove = ['a @ https://b/c']", "is more than a name", 'write remove = ["a"]'),
    ("constrain = ['setuptools[x]<82']", "has extras", 'write constrain = ["setuptools<82"]'),
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
    assert error.hint == "the keys are replace, remove, add, constrain, requires, no-binary"
