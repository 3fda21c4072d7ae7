"""Source tables that are none or of a later version, and rules that contradict each other."""

from __future__ import annotations

from typing import Callable

import pytest

from pip_build_override.rules import OverrideError

Refusal = Callable[..., OverrideError]

# What follows [package.pyworld] in the file, and what message and hint hold.
SOURCES = [
    (
        "replace.scipy = { from = 'target' }",
        "from in a source table is not supported yet",
        '"scipy==1.20.1"',
    ),
    (
        "add = [{ zzz = 'x' }]",
        "add: a source table has no key zzz",
        "its keys are path, name and marker",
    ),
    ("add = [{ path = 'src' }]", "a source table needs a name here", '{ name = "src", path = "src" }'),
    ("add = [{ path = 'A_b-1.WHL' }]", "a source table needs a name here", '{ name = "A-b", path = '),
    ("add = [{ path = 'A.WHL' }]", "a source table needs a name here", '{ name = "A", path = '),
    ("replace.numpy = {}", "a source table needs a path", 'or a requirement such as "numpy==1.20.1"'),
    (
        "replace.numpy = { name = 'a' }",
        "a source table needs a path",
        'or a requirement such as "a==1.20.1"',
    ),
    ("replace.numpy = { pth = 'a' }", "a source table has no key pth", "did you mean path?"),
    ("replace.numpy = { file = 'a' }", "a source table has no key file", "did you mean path?"),
    ("replace.numpy = { path = 'a', zzz = 1 }", "has no key zzz", "its keys are path, name and marker"),
    ("replace.numpy = { version = '1.2' }", "has no key version", 'write "numpy==1.2"'),
    ("replace.numpy = { version = '==1.2' }", "has no key version", 'write "numpy==1.2"'),
    ("add = [{ url = 'https://a/b' }]", "has no key url", 'write "NAME @ https://a/b"'),
    ("replace.numpy = { git = 'https://a/b' }", "has no key git", 'write "numpy @ git+https://a/b"'),
    (
        "replace.numpy = { path = 3 }",
        "path wants a text, found a number",
        "put the value of path in quotes",
    ),
    (
        "replace.numpy = { path = ' ' }",
        "path is empty",
        "write the path of a wheel, sdist or directory",
    ),
    (
        "add = [{ path = 'numpy-1.20.1.tar.gz' }]",
        "a source table needs a name here",
        '{ name = "numpy", path = ',
    ),
    (
        "add = [{ path = 'src', name = 'a==1' }]",
        '"a==1" is not the name of a distribution',
        "takes a bare name",
    ),
    (
        "add = [{ path = 'src', name = 'a', marker = 'x' }]",
        "its marker 'x' cannot be read",
        "known are",
    ),
    (
        "replace.numpy = { path = 'none.whl' }",
        "there is no ",
        'path = "none.whl" is taken from the folder',
    ),
    (
        "replace.numpy = { path = 'notes.md' }",
        "neither a wheel, an sdist nor a directory",
        "ends in one of .whl",
    ),
    (
        "replace.numpy = { path = 'numpy.whl' }",
        "not the file name of a wheel",
        "NAME-VERSION-PYTHON-ABI-PLATFORM",
    ),
    ("replace.scipy = { path = 'numpy-1.20.1.tar.gz' }", "is not a distribution of scipy", "{ name = "),
    (
        "replace.scipy = { path = 'numpy-1.20.1-cp38-cp38-linux_x86_64.whl' }",
        "is not a distribution of scipy",
        "where the name changes",
    ),
    (
        "replace.numpy = { from = 'target' }",
        "from in a source table is not supported yet",
        '"numpy==1.20.1"',
    ),
    (
        "add = [{ name = 'a', borrow = true }]",
        "borrow in a source table is not supported yet",
        '"a==1.20.1"',
    ),
    ("add = [{ else = 'declared' }]", "else in a source table is not supported yet", '"numpy==1.20.1"'),
    (
        "add = [{ allow-sdist = true }]",
        "allow-sdist in a source table is not supported",
        "{ path = … }",
    ),
    ("add = [{ specifier = '>1' }]", "specifier in a source table is not supported", "{ path = … }"),
    (
        "add = [{ requirement = 'a', hashes = [] }]",
        "requirement in a source table is not supported",
        "{ path",
    ),
    (
        "add = [{ hashes = [] }]",
        "hashes in a source table is not supported yet",
        "write the requirement out",
    ),
    ("add = [{ reason = 'a' }]", "add: reason is reserved for a later version", "take reason out"),
]

# The same.
CONTRADICTIONS = [
    ("add = ['a==1', 'a==2; os_name == \"nt\"']", "add asks for a==1 and add for a==2", "keep one"),
    ("add = ['a==1; os_name == \"nt\"', 'a==2']", "add asks for a==1 and add for a==2", "keep one"),
    (
        "requires = []\nadd = ['a']",
        "excludes add in the same table",
        "change the list of requires instead",
    ),
    (
        "requires = []\nadd = ['a']\nremove = ['b']\nreplace.c = 'd'",
        "excludes replace, remove and add in the same table",
        "change the list of requires",
    ),
    (
        "replace.a = 'a<2'\nremove = ['A']",
        "replace and remove of one table both speak of a",
        "keep replace.a",
    ),
    (
        "replace.a = 'a<2'\nadd = ['a']",
        "replace and add of one table both speak of a",
        "with a list of all",
    ),
    (
        "remove = ['a']\nadd = ['b', 'a>1']",
        "remove and add of one table both speak of a",
        "write replace.a = …",
    ),
    (
        "replace.numpy = 'numpy==1.20'\nconstrain = ['numpy<1.19']",
        "replace.numpy asks for numpy==1.20 and constrain for numpy<1.19; no version is both",
        "\"numpy==1.20; python_version < '3.12'\"",
    ),
    (
        "add = ['a<2']\nconstrain = ['a==2']",
        "add asks for a<2 and constrain for a==2",
        "keep one of the two",
    ),
    (
        "replace.a = ['a==1', 'a==2']",
        "replace.a asks for a==1 and replace.a for a==2",
        "exclude each other",
    ),
    (
        "requires = ['a[x]==1', 'a>1']",
        "requires asks for a==1 and requires for a>1",
        "keep one of the two",
    ),
]


@pytest.mark.parametrize(("rules", "message", "hint"), SOURCES)
def test_wrong_source_table(refusal: Refusal, rules: str, message: str, hint: str) -> None:
    error = refusal(f"[package.pyworld]\n{rules}\n")
    assert error.where == "build-overrides.toml: package.pyworld"
    assert message in error.message
    assert hint in error.hint
    assert "\n" not in error.message + error.hint


@pytest.mark.parametrize(("rules", "message", "hint"), CONTRADICTIONS)
def test_contradiction(refusal: Refusal, rules: str, message: str, hint: str) -> None:
    error = refusal(f"[package.pyworld]\n{rules}\n")
    assert error.where == "build-overrides.toml: package.pyworld"
    assert message in error.message
    assert hint in error.hint
    assert "\n" not in error.message + error.hint
