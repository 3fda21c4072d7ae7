"""A file with a wrong header or a wrong setting says so, with the right spelling."""

from __future__ import annotations

from typing import Callable

import pytest

from pip_build_override.rules import OverrideError

Refusal = Callable[..., OverrideError]

# The whole file, where the error is, and what message and hint hold.
HEADERS = [
    (
        "[package.ruamel.yaml]\nadd = ['a']",
        "package.ruamel",
        "the dots in package.ruamel.yaml",
        'write [package."ruamel.yaml"]',
    ),
    (
        "[package.ruamel.yaml]",
        "package.ruamel",
        "TOML reads the dots in package.ruamel.yaml as nested tables",
        "or [package.ruamel-yaml]",
    ),
    (
        "[package.zope.app.form]\nadd = ['a']",
        "package.zope",
        "package.zope.app.form",
        '[package."zope.app.form"]',
    ),
    ("[package.*]\nadd = ['a']", "line 1", "a star in a header needs quotes", 'write [package."*"]'),
    ("\n[package.h5py>=3]", "line 2", "a name with versions needs quotes", 'write [package."h5py>=3"]'),
    (
        "[package.h5py >= 3, < 4]",
        "line 1",
        "a name with versions needs quotes",
        'write [package."h5py>=3,<4"]',
    ),
    (
        "[package.h5py==3.1]",
        "line 1",
        "a name with versions needs quotes",
        'write [package."h5py==3.1"]',
    ),
    (
        "[package.h5py\nadd = ['a']",
        "line 1",
        "the header of a table is not closed",
        "write [package.h5py]",
    ),
    (
        "[package.h5py] add = ['a']",
        "line 1",
        "something follows the header of a table",
        "on a line of its own",
    ),
    (
        "[package.a]\n[package.b]\n[package.a]",
        "line 3",
        "the table [package.a] is already defined on line 1",
        "put all keys under one header",
    ),
    ("[package.a[b]]", "line 1", "not valid TOML: ", "look for a missing quote, bracket or comma"),
    (
        "[[package.h5py]]\nadd = ['a']",
        "package.h5py",
        "expected a table, found a list",
        "write [package.h5py], and its rules under it",
    ),
    ("[packages.x]\nadd = ['a']", "", "unknown top-level key packages", "did you mean [package.x]?"),
    ("[pakage.x]\nadd = ['a']", "", "unknown top-level key pakage", "did you mean [package.x]?"),
    ("[setting]\nunused = 'warn'", "", "unknown top-level key setting", "did you mean [settings]?"),
    (
        "[groups.g]\npackages = ['x']\nadd = ['a']",
        "",
        "unknown top-level key groups",
        "did you mean [group.g]?",
    ),
    ("includes = []", "", "unknown top-level key includes", "did you mean include?"),
    ("[pyworld]\nadd = ['a']", "", "unknown top-level key pyworld", "did you mean [package.pyworld]?"),
    (
        "[zzz]\na = 1",
        "",
        "unknown top-level key zzz",
        "the tables are [package.NAME], [settings] and [matrix]",
    ),
    ("no-binary = true", "", "unknown top-level key no-binary", "put no-binary under [package.NAME]"),
    (
        "zzz = 1",
        "",
        "unknown top-level key zzz",
        "the tables are [package.NAME], [settings] and [matrix]",
    ),
    (
        "replace.a = 'a<2'",
        "",
        "unknown top-level key replace",
        'put replace under [package.NAME], or under [package."*"] for every package',
    ),
    (
        "[package]\nadd = ['a']",
        "package.add",
        "expected a table, found a list",
        "write [package.NAME] and under it add",
    ),
    (
        "[package]\nreplace.a = 'a<2'",
        "package.replace",
        "the name of a package is missing before replace",
        "write [package.NAME] and under it replace.a = …",
    ),
    (
        "package = 'a'",
        "package",
        "expected a table for each package, found a string",
        "write [package.NAME]",
    ),
    (
        "[tool.pip-build-override.package.x]",
        "",
        "unknown top-level key tool",
        "leave out tool.pip-build-override. here, because only a pyproject.toml has it",
    ),
    (
        "[build-system]\nrequires = ['a']",
        "",
        "unknown top-level key build-system",
        (
            "if this is a pyproject.toml, give the file that name, and write tables like "
            "[tool.pip-build-override.package.NAME]"
        ),
    ),
    (
        "[tool.black]",
        "",
        "unknown top-level key tool",
        (
            "if this is a pyproject.toml, give the file that name, and write tables like "
            "[tool.pip-build-override.package.NAME]"
        ),
    ),
    (
        "[package.PyYAML]\n[package.pyyaml]",
        "",
        (
            "package.pyyaml and package.PyYAML are tables for the same package, because names "
            "are compared in normalised form (pyyaml)"
        ),
        "put all its rules under [package.pyyaml]",
    ),
    (
        "[package.'h5py>=3,<4']\n[package.'H5Py <4, >=3']",
        "",
        (
            'package."H5Py <4, >=3" and package."h5py>=3,<4" are tables for the same package, '
            "because names are compared in normalised form (h5py)"
        ),
        "put all its rules under",
    ),
    (
        "[package.'h5py>3']\nno-binary = true",
        'package."h5py>3"',
        "no-binary is allowed only in a table for one package, without a version specifier",
        "under [package.h5py]",
    ),
    (
        "[package.'*']\nno-binary = true",
        'package."*"',
        "no-binary is allowed only in a table for one package, without a version specifier",
        "under [package.NAME]",
    ),
    (
        "[package.'*>=3']",
        'package."*>=3"',
        "* means every package in every version, and cannot be combined with anything",
        'write [package."*"], or',
    ),
    (
        "[package.'h5py[mpi]']",
        'package."h5py[mpi]"',
        "the header of a package table cannot have extras",
        "write [package.h5py]",
    ),
    (
        "[package.'a @ https://b/c']",
        'package."a @ https://b/c"',
        "the header of a package table cannot have a URL",
        "write [package.a]",
    ),
    (
        "[package.'a; os_name == \"nt\"']",
        'package."a; os_name == \\"nt\\""',
        "the header of a package table cannot have a marker",
        "write [package.a]",
    ),
    ("[package.'h5py=3']", 'package."h5py=3"', "two equals signs", 'write [package."h5py==3"]'),
    (
        "[package.'h5py==3.x']",
        'package."h5py==3.x"',
        "the version specifier in \"h5py==3.x\" is not valid: '3.x' is not a version (PEP 440)",
        'write [package."h5py==3.*"]',
    ),
    (
        "[package.'h5py>=3.X']",
        'package."h5py>=3.X"',
        'the version specifier in "h5py>=3.X" is not valid: ',
        'write [package."h5py>=3"]',
    ),
    (
        "[package.'h5py==three']",
        'package."h5py==three"',
        'the version specifier in "h5py==three" is not valid: ',
        "write a version of digits and dots after ==, such as 1.20.1",
    ),
    (
        "[package.'']",
        'package.""',
        '"" is not the name of a package: it is empty',
        "write [package.NAME]",
    ),
    ("[package.'./src']", 'package."./src"', "it is a path, not a requirement", "write [package.NAME]"),
]

# The same.
SETTINGS = [
    (
        "[settings]\nkeep-environments = 1",
        "settings",
        "keep-environments is a number; it must be false or true",
        "write keep-environments = true",
    ),
    (
        "[settings]\nkeep-environments = 'False'",
        "settings",
        'keep-environments is "False"; it must be false or true',
        "did you mean keep-environments = false?",
    ),
    (
        "[settings]\nkeep-environments = 'yes'",
        "settings",
        'keep-environments is "yes"; it must be false or true',
        "write keep-environments = true",
    ),
    ("unused = 'warn'", "", "unknown top-level key unused", "put unused under [settings]"),
    ("settings = 'warn'", "settings", "expected a table, found a string", 'unused = "warn"'),
    ("[settings]\nunsued = 'warn'", "settings", "unknown setting unsued", "did you mean unused?"),
    (
        "[settings]\nzzz = 1",
        "settings",
        "unknown setting zzz",
        "the settings are unused, record, mismatch, generated and keep-environments",
    ),
    (
        "[settings]\nadd = ['a']",
        "settings",
        "unknown setting add",
        "put add under [package.NAME]",
    ),
    (
        "[settings]\nunused = 'warning'",
        "settings",
        'unused is "warning"',
        'did you mean unused = "warn"?',
    ),
    (
        "[settings]\nunused = 'zzz'",
        "settings",
        'unused is "zzz"; it must be "error" or "warn"',
        'write unused = "warn"',
    ),
    (
        "[settings]\nunused = false",
        "settings",
        "unused is a boolean",
        'write unused = "warn"',
    ),
    (
        "[settings]\nrecord = true",
        "settings",
        'record is a boolean; it must be "overridden", "all" or "none"',
        'write record = "none"',
    ),
    (
        "[settings]\ngenerated = 'errror'",
        "settings",
        'generated is "errror"; it must be "warn", "error" or "ignore"',
        'did you mean generated = "error"?',
    ),
    (
        "[settings]\ngenrated = 'warn'",
        "settings",
        "unknown setting genrated",
        "did you mean generated?",
    ),
    (
        "generated = 'warn'",
        "",
        "unknown top-level key generated",
        "put generated under [settings]",
    ),
    (
        "matrix = 1",
        "matrix",
        "expected a table, found a number",
        'write [matrix] and under it vary.numpy = ["oldest", "latest"]',
    ),
    ("[matrx]\nvary.numpy = ['latest']", "", "unknown top-level key matrx", "did you mean [matrix]?"),
    ("[matrix]\nbild = 'latest'", "matrix", "unknown key bild", "did you mean build?"),
    (
        "[matrix]\ninclude = []",
        "matrix",
        "include is not a key of this table",
        "put it at the top of the file, above all tables",
    ),
    ("[matrix]\nskip = []", "matrix", "unknown key skip", "did you mean exclude?"),
    ("[matrix]\nzzz = 1", "matrix", "unknown key zzz", "the keys are vary, build, python, window"),
    (
        "[matrix]\nreplace.numpy = 'numpy==1'",
        "matrix",
        "replace is a rule for a package",
        "put replace under [package.NAME]",
    ),
    ("[settings]\nmismatch = 'warning'", "settings", 'mismatch is "warning"', 'mismatch = "warn"'),
    (
        "[settings]\nregenerate = true",
        "settings",
        "unknown setting regenerate",
        "put regenerate under [package.NAME]",
    ),
]


@pytest.mark.parametrize(("text", "where", "message", "hint"), HEADERS)
def test_wrong_header(refusal: Refusal, text: str, where: str, message: str, hint: str) -> None:
    error = refusal(text)
    assert error.where == (f"build-overrides.toml: {where}" if where else "build-overrides.toml")
    assert message in error.message
    assert hint in error.hint
    assert "\n" not in error.message + error.hint


@pytest.mark.parametrize(("text", "where", "message", "hint"), SETTINGS)
def test_wrong_setting(refusal: Refusal, text: str, where: str, message: str, hint: str) -> None:
    error = refusal(text)
    assert error.where == (f"build-overrides.toml: {where}" if where else "build-overrides.toml")
    assert message in error.message
    assert hint in error.hint
    assert "\n" not in error.message + error.hint
