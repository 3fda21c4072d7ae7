"""A requirement that is none says what is wrong with it, with the right spelling."""

from __future__ import annotations

from typing import Callable

import pytest

from pip_build_override.rules import OverrideError

Refusal = Callable[..., OverrideError]

# What follows [package.pyworld] in the file, and what message and hint hold.
REQUIREMENTS = [
    ("add = [\"a=1.2; os_name == 'nt'\"]", "two equals signs", "write \"a==1.2; os_name == 'nt'\""),
    ("add = ['-rother.txt']", "reads another file", "copy the lines of that file here"),
    ("add = ['ä']", 'add: "ä" is not a requirement', 'write a requirement like "numpy==1.20.1"'),
    ("add = ['']", "it is empty", 'write a requirement like "NAME==1.20.1"'),
    ("replace.numpy = '1.20.1'", "it is a version without a name", 'write "numpy==1.20.1"'),
    ("replace.numpy = '2'", "it is a version without a name", 'write "numpy==2"'),
    ("add = ['1.20.1']", "it is a version without a name", 'write "NAME==1.20.1"'),
    ("replace.numpy = '>=1.2,<2'", "the name is missing", 'write "numpy>=1.2,<2"'),
    ("add = ['!numpy']", "it does not begin with a name", 'write a requirement like "numpy==1.20.1"'),
    ("add = ['numpy=1.2']", "compared with two equals signs", 'write "numpy==1.2"'),
    ("add = ['numpy=>1.2']", "the equals sign stands second", 'write "numpy>=1.2"'),
    ("add = ['numpy=<1.2']", "the equals sign stands second", 'write "numpy<=1.2"'),
    ("add = ['numpy 1.2']", "no comparison before the version", 'write "numpy==1.2"'),
    ("add = ['numpy@1.2']", "@ goes before a URL", 'write "numpy==1.2"'),
    ("add = ['numpy^1.2']", "^ is no comparison", 'write "numpy>=1.2"'),
    ("add = ['numpy~1.2']", "~ is no comparison", 'write "numpy~=1.2"'),
    ("add = ['numpy~=1']", "~= needs a version of two parts", 'write "numpy~=1.0" or "numpy==1.*"'),
    ("add = ['numpy>=1.*']", "only == and != take a star, >= does not", 'write "numpy>=1"'),
    ("add = ['numpy==*']", "a star alone is no version", 'write "numpy" for any version'),
    ("add = ['numpy=*']", "a star alone is no version", 'write "numpy"'),
    ("add = ['numpy==']", "no version after the comparison", 'write "numpy==1.20.1"'),
    ("add = ['numpy==latest']", "'latest' is not a version (PEP 440)", 'write it like "numpy==1.20.1"'),
    (
        "add = ['numpy==1.0-foo']",
        "'1.0-foo' is not a version (PEP 440)",
        'write it like "numpy==1.20.1"',
    ),
    ("add = ['numpy>=1.0+x']", "'1.0+x' is not a version that >= takes", 'write it like "numpy>=1.20"'),
    ("add = ['numpy===any']", "'any' is not a version that === takes", 'write it like "numpy===1.20"'),
    ("add = ['numpy>=1 <2']", "joined by a comma", 'write "numpy>=1,<2"'),
    ("add = ['numpy>=1 and <2']", "joined by a comma", 'write "numpy>=1,<2"'),
    ("add = ['numpy==1.2,']", "it ends in a comma", 'write "numpy==1.2"'),
    ("add = ['numpy, cython']", "it holds more than one requirement", 'write "numpy", "cython"'),
    (
        "add = ['numpy==1.2 # old']",
        "a comment does not belong inside the quotes",
        'write "numpy==1.2"  # …',
    ),
    ("add = ['num py']", "'py' is not a version specifier", 'write it like "num==1.20.1"'),
    ("add = ['numpy[a b]']", "'a b' is not the name of an extra", "write extras like name[one,two]"),
    ('add = ["a\\nb"]', "it spans lines or holds control characters", "write it on one line"),
    (
        "add = ['numpy==${VERSION}']",
        "environment variables are not filled in",
        "write the value itself",
    ),
    ("add = ['numpy==\u20181.2\u2019']", "typographic quotes", "write plain quotes: '"),
    ("add = ['-r requirements.txt']", "-r reads another file", "copy the lines of that file here"),
    ("add = ['numpy --hash=sha256:ab']", "hashes stand in a table of their own", "hashes = ["),
    ("add = ['numpy --global-option=x']", "--global-option is an option", "leave the option out"),
]

# The same.
URLS = [
    ("add = ['https://a/b']", "the URL has no name before it", 'write "NAME @ https://a/b"'),
    ("add = ['numpy-1.0.ZIP']", "it is a path, not a requirement", "or numpy @ file:///…"),
    ("add = ['numpy @ https:///x']", "'https:///x' is not a complete URL", 'write "numpy @ https://…"'),
    ("add = ['numpy @ file:////x']", "is not a complete URL", 'write "numpy @ file:///…"'),
    ("add = ['numpy@1x2y']", "'1x2y' is not a URL", 'write "numpy @ https://…"'),
    (
        "add = ['https://a/numpy-1.0.tar.gz']",
        "the URL has no name",
        'write "numpy @ https://a/numpy-1.0.tar.gz"',
    ),
    (
        "add = ['git+https://a/b#egg=foo']",
        "the URL has no name before it",
        'write "foo @ git+https://a/b#egg=foo"',
    ),
    ("replace.numpy = 'https://a/b'", "the URL has no name before it", 'write "numpy @ https://a/b"'),
    ("add = ['./a/numpy-1.0.zip']", "it is a path", "write { path = './a/numpy-1.0.zip' }"),
    ("add = ['numpy-1.0.tar.gz']", "it is a path", "or numpy @ file:///… with the whole path"),
    ("add = ['numpy @ ./x.whl']", "'./x.whl' is not a URL", '{ path = "./x.whl" }'),
    ("add = ['numpy @ C:/x.whl']", "'C:/x.whl' is not a URL", '{ path = "C:/x.whl" }'),
    ("add = ['numpy @ https:/x']", "'https:/x' is not a complete URL", 'write "numpy @ https://…"'),
    ("add = ['numpy @ file://x.whl']", "is not a complete URL", 'write "numpy @ file:///…"'),
    ("add = ['numpy @']", "there is no URL after the @", 'write "numpy @ https://…"'),
    (
        "add = ['numpy @ https://a/b;os_name==\"nt\"']",
        "the ; belongs to the URL",
        'write "numpy @ https://a/b ; os_name==\\"nt\\""',
    ),
    ("add = ['numpy @ https://a/b c']", "'c' follows the URL", "put a ; before a marker"),
]

# The same.
MARKERS = [
    (
        "add = ['a==1 python_version<\"3\"']",
        "a ; stands before a marker",
        'write "a==1; python_version<',
    ),
    ("add = ['a; python_version < 3.8']", "3.8 is not in quotes", "write python_version < '3.8'"),
    ("add = ['a; sys_platform == linux']", "linux is not in quotes", "write sys_platform == 'linux'"),
    (
        "add = ['a; python_version = \"3\"']",
        "wanted a comparison such as == or <, found =",
        "two equals signs",
    ),
    (
        "add = ['a; python_versions < \"3\"']",
        "no marker variable python_versions",
        "did you mean python_version?",
    ),
    ("add = ['a; os.name == \"nt\"']", "no marker variable os.name", "did you mean os_name?"),
    ("add = ['a; zzz == \"nt\"']", "no marker variable zzz", "known are python_version, "),
    (
        "add = ['a; extra == \"x\"']",
        "extra has no meaning for a build requirement",
        "take extra out of the marker",
    ),
    ('add = [\'a; "a" == "b"\']', "compares two texts", "compare a variable with a text in quotes"),
    (
        "add = ['a; os_name == sys_platform']",
        "compares two variables",
        "compare a variable with a text",
    ),
    ("add = ['a; python_version < \"3.*\"']", "does not compare with a version", "without a star"),
    ("add = ['a; python_version ~= \"3\"']", "does not compare with a version", "without a star"),
    ("add = ['a; os_name == \"nt']", 'wanted a text in quotes, found "', "close the quotes"),
    (
        'add = [\'a; os_name == "nt" & os_name == "x"\']',
        "wanted the end of the marker, found &",
        "the words and, or",
    ),
    (
        "add = ['a; (os_name == \"nt\"']",
        "a closing parenthesis, it ends there",
        "a marker is written like",
    ),
    ("add = ['a;']", "wanted the name of a marker variable, it ends there", "a marker is written like"),
    ("add = ['a; " + "(" * 30 + "']", "its parentheses nest too deeply", "write a simpler marker"),
]


@pytest.mark.parametrize(("rules", "message", "hint"), REQUIREMENTS)
def test_no_requirement(refusal: Refusal, rules: str, message: str, hint: str) -> None:
    error = refusal(f"[package.pyworld]\n{rules}\n")
    assert error.where == "build-overrides.toml: package.pyworld"
    assert message in error.message
    assert hint in error.hint
    assert "\n" not in error.message + error.hint


@pytest.mark.parametrize(("rules", "message", "hint"), URLS)
def test_no_url(refusal: Refusal, rules: str, message: str, hint: str) -> None:
    error = refusal(f"[package.pyworld]\n{rules}\n")
    assert error.where == "build-overrides.toml: package.pyworld"
    assert message in error.message
    assert hint in error.hint
    assert "\n" not in error.message + error.hint


@pytest.mark.parametrize(("rules", "message", "hint"), MARKERS)
def test_no_marker(refusal: Refusal, rules: str, message: str, hint: str) -> None:
    error = refusal(f"[package.pyworld]\n{rules}\n")
    assert error.where == "build-overrides.toml: package.pyworld"
    assert message in error.message
    assert hint in error.hint
    assert "\n" not in error.message + error.hint
