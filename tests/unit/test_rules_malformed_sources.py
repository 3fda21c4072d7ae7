"""Source tables that are none or of a later version, and rules that contradict each other."""

from __future__ import annotations

from typing import Callable

import pytest

from pip_build_override.rules import OverrideError

Refusal = Callable[..., OverrideError]

# What follows [package.pyworld] in the file, and what message and hint hold.
SOURCES = [
    (
        "add = [{ zzz = 'x' }]",
        "add: unknown key zzz in a source table",
        "requirement, name, marker, borrow, specifier, else, allow-sdist and hashes",
    ),
    ("add = [{ path = 'src' }]", "a source table needs a name here", '{ name = "src", path = "src" }'),
    ("add = [{ path = 'A_b-1.WHL' }]", "a source table needs a name here", '{ name = "A-b", path = '),
    ("add = [{ path = 'A.WHL' }]", "a source table needs a name here", '{ name = "A", path = '),
    (
        "replace.numpy = {}",
        "a source table needs one of from, path and requirement",
        'write { from = "target" }, { path = "…" } or a requirement such as "numpy==1.20.1"',
    ),
    (
        "replace.numpy = { name = 'a' }",
        "a source table needs one of from, path and requirement",
        'or a requirement such as "a==1.20.1"',
    ),
    ("replace.numpy = { pth = 'a' }", "unknown key pth in a source table", "did you mean path?"),
    ("replace.numpy = { file = 'a' }", "unknown key file in a source table", "did you mean path?"),
    (
        "replace.numpy = { path = 'a', zzz = 1 }",
        "unknown key zzz in a source table",
        "its keys are from, path",
    ),
    (
        "replace.numpy = { version = '1.2' }",
        "unknown key version in a source table",
        'write "numpy==1.2"',
    ),
    (
        "replace.numpy = { version = '==1.2' }",
        "unknown key version in a source table",
        'write "numpy==1.2"',
    ),
    (
        "add = [{ url = 'https://a/b' }]",
        "unknown key url in a source table",
        'write "NAME @ https://a/b"',
    ),
    (
        "replace.numpy = { git = 'https://a/b' }",
        "unknown key git in a source table",
        'write "numpy @ git+https://a/b"',
    ),
    (
        "replace.numpy = { path = 3 }",
        "replace.numpy: path: expected a string, found a number",
        'write path = "3"',
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
        'write name = "a"; the version is that of the source',
    ),
    (
        "add = [{ path = 'src', name = 'a', marker = 'x' }]",
        "its marker 'x' cannot be read",
        (
            "the variables are python_version, python_full_version, os_name, sys_platform, "
            "platform_release, platform_system, platform_version, platform_machine, "
            "platform_python_implementation, implementation_name, implementation_version"
        ),
    ),
    (
        "replace.numpy = { path = 'none.whl' }",
        "there is no ",
        'correct path = "none.whl", which is relative to the directory of the overrides file',
    ),
    (
        "replace.numpy = { path = 'notes.md' }",
        "replace.numpy: notes.md is not a wheel, an sdist or a directory",
        (
            "give the path of a directory, or of a file that ends in .whl, .tar.gz, .zip, "
            ".tar.bz2, .tar.xz, .tgz or .tar"
        ),
    ),
    (
        "replace.numpy = { path = 'numpy.whl' }",
        "replace.numpy: numpy.whl is not a valid wheel file name",
        "NAME-VERSION-PYTHON-ABI-PLATFORM",
    ),
    ("replace.scipy = { path = 'numpy-1.20.1.tar.gz' }", "is not a distribution of scipy", "{ name = "),
    (
        "replace.scipy = { path = 'numpy-1.20.1-cp38-cp38-linux_x86_64.whl' }",
        "is not a distribution of scipy",
        (
            'write { name = "numpy", path = "numpy-1.20.1-cp38-cp38-linux_x86_64.whl" }, or '
            "correct the path"
        ),
    ),
    (
        "replace.numpy = { from = 'traget' }",
        'replace.numpy: from is "traget"; it must be "target" or "oldest"',
        'did you mean from = "target"?',
    ),
    ("replace.numpy = { from = 'index' }", 'from is "index"', 'write from = "target"'),
    (
        "replace.numpy = { from = 3 }",
        "replace.numpy: from: expected a string, found a number",
        'write from = "target"',
    ),
    (
        "replace.numpy = { match-runtime = true }",
        "unknown key match-runtime in a source table",
        'mean from = "target"?',
    ),
    (
        "replace.numpy = { from = 'target', path = 'src' }",
        "from and path exclude each other",
        "keep one of from and path",
    ),
    (
        "replace.numpy = { path = 'src', borrow = true }",
        "replace.numpy: borrow cannot be used with path",
        "leave borrow out; with path, a source table takes name and marker",
    ),
    (
        "add = [{ requirement = 'a==1', name = 'a', hashes = [] }]",
        "add: name cannot be used with requirement",
        "leave name out; with requirement, a source table takes hashes",
    ),
    ("add = [{ from = 'target' }]", "needs a name here", 'write { name = "numpy", from = "target" }'),
    ("add = [{ name = 'a', borrow = true }]", "needs one of from, path", '"a==1.20.1"'),
    (
        "replace.numpy = { from = 'target', borrow = 'yes' }",
        "replace.numpy: borrow: expected true or false, found a string",
        "write borrow = true",
    ),
    (
        "replace.numpy = { from = 'oldest', borrow = true }",
        'replace.numpy: borrow works only with from = "target"',
        "leave borrow out",
    ),
    (
        "replace.numpy = { from = 'oldest', else = 'declared' }",
        'replace.numpy: else works only with from = "target"',
        "leave else out",
    ),
    (
        "replace.numpy = { from = 'target', borrow = true, allow-sdist = true }",
        "replace.numpy: a borrowed distribution is not built, so allow-sdist has no effect",
        "leave allow-sdist out",
    ),
    (
        "replace.numpy = { from = 'oldest', specifier = '1.20' }",
        "specifier: '1.20' is not a version specifier",
        'write specifier = ">=1.20"',
    ),
    (
        "replace.numpy = { from = 'oldest', specifier = '>=1.*' }",
        "specifier: .* can be used only with == and !=",
        'write specifier = ">=1"',
    ),
    (
        "add = [{ name = 'a', from = 'target', else = 'declared' }]",
        'add: else = "declared" works only in replace',
        'write else = "oldest", or a requirement such as else = "a>=1.20"',
    ),
    (
        "replace.a = { from = 'target', else = 'b==1' }",
        'else = "b==1" is not a requirement of a',
        'write else = "declared", else = "oldest" or a requirement of a such as else = "a>=1.20"',
    ),
    (
        "replace.a = { from = 'target', else = 'a==1; os_name == \"nt\"' }",
        "has a marker",
        'write else = "declared", else = "oldest" or a requirement of a such as else = "a==1"',
    ),
    ("replace.a = { from = 'target', else = 'a=1' }", "replace.a: else: ", 'write "a==1"'),
    (
        "add = [{ requirement = 'a' }]",
        "a requirement in a source table needs hashes",
        'add hashes = ["sha256:…"], or write only "a"',
    ),
    (
        "add = [{ requirement = 'a', hashes = 'sha256:0' }]",
        "add: hashes must be a list of strings",
        '["sha256:',
    ),
    (
        "add = [{ requirement = 'a', hashes = [3] }]",
        "add: hashes must be a list of strings",
        '["sha256:',
    ),
    (
        "add = [{ requirement = 'a', hashes = ['sha256:ab'] }]",
        '"sha256:ab" is not a hash',
        (
            "write sha256: and 64 lowercase hexadecimal digits; the algorithms are sha256, "
            "sha384 and sha512"
        ),
    ),
    (
        "add = [{ requirement = 'a', hashes = ['md5:'] }]",
        '"md5:" is not a hash',
        (
            "write sha256: and 64 lowercase hexadecimal digits; the algorithms are sha256, "
            "sha384 and sha512"
        ),
    ),
    ("add = [{ requirement = 'a=1', hashes = ['sha256:" + "0" * 64 + "'] }]", "add: ", 'write "a==1"'),
    (
        "add = [{ hashes = [] }]",
        "needs one of from, path and requirement",
        (
            'write { name = "NAME", from = "target" }, { name = "NAME", path = "…" } or a '
            'requirement such as "NAME==1.20.1"'
        ),
    ),
    (
        "add = [{ reason = 'a' }]",
        "add: unknown key reason in a source table",
        "put reason under the package's table, outside of the braces",
    ),
    # The short forms of the command line.
    (
        "add = ['numpy@target']",
        'add: "numpy@target" is not a requirement: in a file, a source is a table',
        'write { name = "numpy", from = "target" }',
    ),
    ("add = ['numpy @ oldest']", "a source is a table", 'write { name = "numpy", from = "oldest" }'),
    (
        "requires = ['numpy@borrow']",
        'requires: "numpy@borrow"',
        'write { name = "numpy", from = "target", borrow = true }',
    ),
    ("replace.b = 'numpy@tagret'", "source is a table", 'write { name = "numpy", from = "target" }'),
    (
        "add = ['numpy@target; os_name == \"nt\"']",
        "a source is a table",
        'write { name = "numpy", from = "target", marker = "os_name == \\"nt\\"" }',
    ),
    (
        "replace.a = { from = 'target', else = 'a@oldest' }",
        "a source needs no name here",
        'write else = "oldest"',
    ),
    ("remove = ['numpy@target']", "remove: ", 'write "numpy"'),
    (
        "constrain = ['numpy @ target']",
        'constrain: "numpy @ target" is not a requirement: a limit cannot be the version of a source',
        'to install that version, write add = [{ name = "numpy", from = "target" }]',
    ),
    (
        "constrain = [{ name = 'a', from = 'target' }]",
        "constrain: expected a requirement in quotes, found a table",
        'to install that version, write add = [{ name = "a", from = "target" }]',
    ),
    ("constrain = [{ name = 'a', specifier = '<2' }]", "found a table", 'write "a<2"'),
    ("constrain = [{ name = 'a', version = '2.1' }]", "found a table", 'write "a==2.1"'),
]

# The same.
CONTRADICTIONS = [
    ("add = ['a==1', 'a==2; os_name == \"nt\"']", "add has both a==1 and a==2", "keep one"),
    ("add = ['a==1; os_name == \"nt\"', 'a==2']", "add has both a==1 and a==2", "keep one"),
    (
        "requires = []\nadd = ['a']",
        "cannot be combined with add in one table",
        "edit the list of requires instead",
    ),
    (
        "requires = []\nadd = ['a']\nremove = ['b']\nreplace.c = 'd'",
        "cannot be combined with replace, remove and add in one table",
        "edit the list of requires",
    ),
    (
        "replace.a = 'a<2'\nremove = ['A']",
        "replace and remove of one table both name a",
        "keep only replace.a, with a list of everything to install",
    ),
    (
        "replace.a = 'a<2'\nadd = ['a']",
        "replace and add of one table both name a",
        "keep only replace.a, with a list of everything to install",
    ),
    (
        "remove = ['a']\nadd = ['b', 'a>1']",
        "remove and add of one table both name a",
        "to install a different a, write only replace.a = …",
    ),
    (
        "replace.numpy = 'numpy==1.20'\nconstrain = ['numpy<1.19']",
        "replace.numpy has numpy==1.20, and constrain has numpy<1.19; no version satisfies both",
        "\"numpy==1.20; python_version < '3.12'\"",
    ),
    (
        "add = ['a<2']\nconstrain = ['a==2']",
        "add has a<2, and constrain has a==2",
        "keep one of the two",
    ),
    (
        "replace.a = ['a==1', 'a==2']",
        "replace.a has both a==1 and a==2",
        "exclude each other",
    ),
    (
        "requires = ['a[x]==1', 'a>1']",
        "requires has both a==1 and a>1",
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
