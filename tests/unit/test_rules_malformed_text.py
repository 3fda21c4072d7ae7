"""What is not TOML says why, with the right spelling, whichever parser read it."""

from __future__ import annotations

from typing import Callable

import pytest

from pip_build_override.rules import OverrideError

Refusal = Callable[..., OverrideError]

# The whole file, where the error is, and what message and hint hold.
SLIPS = [
    (
        "[package.x]\nconstrain = [setuptools<82]",
        "line 2",
        "a string needs quotes",
        'write constrain = ["setuptools<82"]',
    ),
    (
        "[package.x]\nadd = [\n  numpy>=1,<2,  # old\n  'b', c[d],\n]",
        "line 2",
        "a string needs quotes",
        'write add = ["numpy>=1,<2", \'b\', "c[d]"]',
    ),
    (
        "[package.x]\nadd = [{ name = numpy, from = target, borrow = true }]",
        "line 2",
        "a string needs quotes",
        'write add = [{ name = "numpy", from = "target", borrow = true }]',
    ),
    ("[package.x]\nadd = [a &]", "line 2", "Invalid value (column 8)", "look for a missing quote"),
    ("[package.x]\nadd = ['a', ?]", "line 2", "Invalid value (column 13)", "look for a missing quote"),
    (
        "[package.x]\nadd = [\n'a',\n?]",
        "line 4",
        "Invalid value (column 1)",
        "look for a missing quote",
    ),
    (
        "setuptools<82",
        "line 1",
        "a requirement needs a key",
        'write [package."*"] and under it constrain = ["setuptools<82"]',
    ),
    (
        "[package.x]\nnumpy>=1,<2; os_name == 'nt'  # no",
        "line 2",
        "a requirement needs a key",
        "write constrain = [\"numpy>=1,<2; os_name == 'nt'\"]",
    ),
    ("[package.x]\nnumpy~=1.2", "line 2", "needs a key", 'write constrain = ["numpy~=1.2"]'),
    ("[package.x]\nnumpy[a]>1", "line 2", "needs a key", 'write add = ["numpy[a]>1"]'),
    (
        "[package.a]\nreplace.b = {  # why\n  path = 'x',\n}\n",
        "line 2",
        "an inline table { … } spans several lines",
        "write it on one line: replace.b = { path = 'x' }",
    ),
    (
        '[package.a]\nadd = [{ name = \'b\', # "why"\n  path = \'x #1\',\n else = "a\\" #b" }] # e\n',
        "line 2",
        "an inline table { … } spans several lines",
        "write it on one line: add = [{ name = 'b', path = 'x #1', else = \"a\\\" #b\" }]",
    ),
    (
        "[package.a]\nreplace.b = { path = 'x', }",
        "line 2",
        "a comma before the } of an inline table",
        "write replace.b = { path = 'x' }",
    ),
    (
        "[package.a]\nreplace.numpy = 'numpy==1'\nreplace.numpy = 'numpy==2'",
        "line 3",
        "replace.numpy is already defined on line 2",
        "keep one of the two",
    ),
    (
        "[package.a]\nadd = ['b']\nadd = ['c']",
        "line 3",
        "add is already defined on line 2",
        "write one list: add = ['b', 'c']",
    ),
    (
        "[package.a]\nadd = ['b'] # x\nadd = ['c']",
        "line 3",
        "add is already defined on line 2",
        "write one list: add = [",
    ),
    (
        "[package.a]\nreplace.b = 'b'\nreplace.b = 'c'",
        "line 3",
        "replace.b is already defined on line 2",
        "write one list: replace.b = ['b', 'c']",
    ),
    (
        "[package.a]\nreplace.b = 1.2.3",
        "line 2",
        "a string needs quotes",
        'write replace.b = "b==1.2.3"',
    ),
    ("[package.a]\nadd = b", "line 2", "a string needs quotes", 'write add = ["b"]'),
    ("[package.a]\nadd: b", "line 2", "joined by =, not by :", 'write add = ["b"]'),
    ("[package.a]\nreplace.b.c >= 1", "line 2", "a single =", 'write replace."b.c" = "b.c>= 1"'),
    (
        "[package.a]\nadd = ['b'\n'c']",
        "line 2",
        "a comma is missing in a list",
        "write add = ['b', 'c']",
    ),
    (
        "[package.a]\nadd = ['b' # x\n'c' 'd']",
        "line 2",
        "a comma is missing in a list",
        "put a comma between each two entries",
    ),
    (
        "[package.a]\nno-binary = true\nno-binary = true",
        "line 3",
        "no-binary is already defined on line 2",
        "keep one of the two",
    ),
    (
        "['package'.\"a\"]\nadd = ['b']\n[package.a.replace]\nc = 'c<2'\n[package]\na.replace.d = 'd'",
        "line 6",
        "a.replace.d adds to the table [package.a.replace], which has a header of its own",
        "write d = … under [package.a.replace]",
    ),
    ("[package.a]\nreplace.b = b==1", "line 2", "a string needs quotes", 'write replace.b = "b==1"'),
    (
        "[package.a]\nreplace.b == 'b==1'",
        "line 2",
        "replace takes a name without a version, and a single =",
        "write replace.b = 'b==1'",
    ),
    (
        "[package.a]\nreplace.b>=1 = 'b==1'",
        "line 2",
        "replace takes a name without a version, and a single =",
        "write replace.b = 'b==1'",
    ),
    (
        "[package.a]\nreplace.b ~= 1",
        "line 2",
        "replace takes a name without a version, and a single =",
        'write replace.b = "b~=1.0"',
    ),
    (
        "[package.a]\nreplace.* = 'b==1'",
        "line 2",
        "replace takes a name, not a star",
        "write replace.NAME = …",
    ),
    ("[package.a]\nreplace.b: 'b==1'", "line 2", "joined by =, not by :", "write replace.b = 'b==1'"),
    (
        "package:\n  a:\n    add: b",
        "line 1",
        "joined by =, not by :",
        "write a table like [package.NAME], and KEY = VALUE under it",
    ),
    ("[package.a]\nno-binary = True", "line 2", "True is not a boolean", "write no-binary = true"),
    ("[package.a]\nno-binary = no", "line 2", "no is not a boolean", "write no-binary = false"),
    ("[package.a]\nreplace.b = # later", "line 2", "replace.b has no value", 'write replace.b = "…"'),
    (
        "[package.a]\nreplace.b = \u201cb==1\u201d",
        "line 2",
        "curly quotes",
        'write plain quotes: replace.b = "b==1"',
    ),
    (
        "[package.a]\nadd = [\u2018b\u2019]",
        "line 2",
        "curly quotes",
        'write plain quotes: add = ["b"]',
    ),
    (
        "[package.a]\nadd = [\u201cb\u201d",
        "line 2",
        "curly quotes",
        'write plain quotes, such as "…"',
    ),
    (
        '[package.a]\nreplace.b = "b==1; os_name == "nt""',
        "line 2",
        "double quotes inside double quotes",
        "write replace.b = \"b==1; os_name == 'nt'\"",
    ),
    (
        '[package.a]\nreplace.b = { path = "C:\\wheels\\b.whl" }',
        "line 2",
        "a backslash begins an escape",
        "single quotes",
    ),
    (
        '[package.a]\nreplace.b = { path = "C:\\extra\\b.whl" }',
        "line 2",
        "a backslash begins an escape",
        "single quotes",
    ),
    (
        '[package.a]\nreplace.b = { path = "wheels\\" }',
        "line 2",
        "a backslash begins an escape",
        "forward slashes",
    ),
    (
        '[package.a]\nadd = ["b" "c"]',
        "line 2",
        "a comma is missing in a list",
        'write add = ["b", "c"]',
    ),
    (
        "[package.a]\nadd = ['b',\n'c'\nremove = ['d']",
        "line 2",
        "the list that begins here is not closed",
        "end it with ]",
    ),
    ("[package.a]\nadd = ['b]\n", "line 2", "a string is not closed", "end it with the quote"),
    ("[package.a]\nadd = '''b\n", "line 2", "a string is not closed", "end it with the quote"),
    (
        "[package.a]\nnumpy==1.2",
        "line 2",
        "a requirement needs a key",
        'write add = ["numpy==1.2"]',
    ),
    ("numpy", "line 1", "a requirement needs a key", 'write [package."*"] and under it add'),
    (
        "[package.a]\nadd = ['b']]",
        "line 2",
        "not valid TOML: ",
        "look for a missing quote, bracket or comma",
    ),
    ("[package.a]\nadd = ['b'] 'c'", "line 2", "not valid TOML: ", "look for a missing quote"),
    ('{"package": {}}', "line 1", "not valid TOML: ", "look for a missing quote"),
    ("[package.a]\n= 1", "line 2", "not valid TOML: ", "look for a missing quote"),
    ('[package.a]\nreplace.b = "b" c', "line 2", "not valid TOML: ", "look for a missing quote"),
    ("\x0b", "line 1", "not valid TOML: ", "look for a missing quote"),
    ("# a\n\r", "line 2", "not valid TOML: ", "look for a missing quote"),
    ("[\x01]", "line 1", "not valid TOML: ", "look for a missing quote"),
]

# The same for a .txt file.
TXT = [
    (
        "-r other.txt",
        "line 1",
        "-r reads another file; only requirements are allowed here",
        "copy the lines",
    ),
    ("--requirement=other.txt", "line 1", "--requirement reads another file", "copy the lines"),
    ("\n# a\n-c limits.txt", "line 3", "-c reads constraints", 'constrain = ["NAME<2"]'),
    ("-e .", "line 1", "-e installs in editable mode", "write NAME @ file:///…"),
    ("-i https://a/b", "line 1", "-i chooses an index", "leave it out here, and give it to pip itself"),
    (
        "--find-links x",
        "line 1",
        "--find-links chooses where to look",
        "leave it out here, and give it to pip itself",
    ),
    ("--pre", "line 1", "--pre is an option of pip", "leave it out here, and give it to pip itself"),
    (
        "numpy==1 \\\n  --hash=sha256:ab",
        "line 1",
        '"numpy==1   --hash=sha256:ab" is not a requirement: hashes can be given only in a table',
        "hashes = [",
    ),
    (
        "https://a/numpy-1.0.tar.gz",
        "line 1",
        '"https://a/numpy-1.0.tar.gz" is not a requirement: there is no name before the URL',
        "numpy @ https://a/numpy-1.0.tar.gz",
    ),
    (
        "numpy = 1, cython",
        "line 1",
        "it contains more than one requirement",
        "write numpy == 1 and cython, each on a line of its own",
    ),
    ("./numpy-1.0.tar.gz", "line 1", "it is a path, not a requirement", "numpy @ file:///…"),
    (
        "numpy = '1.2'",
        "line 1",
        "\"numpy = '1.2'\" is not a requirement: a version needs no quotes of its own",
        "write numpy==1.2",
    ),
    (
        "numpy==${V}",
        "line 1",
        '"numpy==${V}" is not a requirement: environment variables are not expanded here',
        "write the value itself",
    ),
    (
        "[package.a]\nadd = ['b']",
        "line 1",
        "a .txt file contains only requirements, one on each line",
        "to use tables, rename the file to overrides.toml",
    ),
    (
        "numpy@target",
        "line 1",
        '"numpy@target" is not a requirement: it needs a source table',
        'in a .toml file, write { name = "numpy", from = "target" }',
    ),
    (
        "numpy==1\ncython\nnumpy==2",
        "",
        "line 1 has numpy==1, and line 3 has numpy==2",
        "exclude each other",
    ),
]

# The same for a pyproject.toml.
PYPROJECT = [
    (
        "[project]\nname = 'a'",
        "",
        "there is no table [tool.pip-build-override] in it",
        "[tool.pip-build-override.package.pyworld]",
    ),
    (
        "[package.a]",
        "",
        "there is no table [tool.pip-build-override] in it",
        "write tables like [tool.pip-build-override.package.pyworld]",
    ),
    (
        "tool = 1",
        "",
        "there is no table [tool.pip-build-override]",
        "write tables like [tool.pip-build-override.package.pyworld]",
    ),
    (
        "[tool.pip_build_override]",
        "",
        "there is no table",
        "did you mean [tool.pip-build-override] instead of [tool.pip_build_override]?",
    ),
    (
        "[tool]\npip-build-override = 1",
        "",
        "tool.pip-build-override is a number, not a table",
        "write tables like",
    ),
    (
        "[tool.pip-build-override.package.ruamel.yaml]",
        "tool.pip-build-override.package.ruamel",
        "TOML reads the dots in package.ruamel.yaml as nested tables",
        'write [tool.pip-build-override.package."ruamel.yaml"]',
    ),
    (
        "[tool.pip-build-override.package.*]",
        "line 1",
        "a star in a header needs quotes",
        '[tool.pip-build-override.package."*"]',
    ),
    (
        "[tool.pip-build-override]\nunused = 'warn'",
        "",
        "unknown top-level key unused",
        "under [tool.pip-build-override.settings]",
    ),
]


@pytest.mark.parametrize(("text", "where", "message", "hint"), SLIPS)
def test_slip_in_toml(refusal: Refusal, text: str, where: str, message: str, hint: str) -> None:
    error = refusal(text)
    assert error.where == (f"build-overrides.toml: {where}" if where else "build-overrides.toml")
    assert message in error.message
    assert hint in error.hint
    assert "\n" not in error.message + error.hint


@pytest.mark.parametrize(("text", "where", "message", "hint"), TXT)
def test_txt(refusal: Refusal, text: str, where: str, message: str, hint: str) -> None:
    error = refusal(text, "overrides.txt")
    assert error.where == (f"overrides.txt: {where}" if where else "overrides.txt")
    assert message in error.message
    assert hint in error.hint
    assert "\n" not in error.message + error.hint


@pytest.mark.parametrize(("text", "where", "message", "hint"), PYPROJECT)
def test_pyproject(refusal: Refusal, text: str, where: str, message: str, hint: str) -> None:
    error = refusal(text, "pyproject.toml")
    assert error.where == (f"pyproject.toml: {where}" if where else "pyproject.toml")
    assert message in error.message
    assert hint in error.hint
    assert "\n" not in error.message + error.hint
