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
    ("add = ['ä']", 'add: "ä" is not a requirement', "begin with a name, as in numpy>=1.20"),
    ("add = ['']", "it is empty", "write a requirement, such as NAME>=1.20"),
    ("replace.numpy = '1.20.1'", "it is a version without a name", 'write "numpy==1.20.1"'),
    ("replace.numpy = '2'", "it is a version without a name", 'write "numpy==2"'),
    ("add = ['1.20.1']", "it is a version without a name", 'write "NAME==1.20.1"'),
    ("replace.numpy = '>=1.2,<2'", "the name is missing", 'write "numpy>=1.2,<2"'),
    ("add = ['!numpy']", "it does not begin with a name", "begin with a name, as in numpy>=1.20"),
    ("add = ['numpy=1.2']", "compared with two equals signs", 'write "numpy==1.2"'),
    (
        "add = ['numpy=>1.2']",
        'add: "numpy=>1.2" is not a requirement: the equals sign comes second in a comparison',
        'write "numpy>=1.2"',
    ),
    (
        "add = ['numpy=<1.2']",
        'add: "numpy=<1.2" is not a requirement: the equals sign comes second in a comparison',
        'write "numpy<=1.2"',
    ),
    ("add = ['numpy 1.2']", "no comparison before the version", 'write "numpy==1.2"'),
    (
        "add = ['numpy@1.2']",
        'add: "numpy@1.2" is not a requirement: @ is for a URL, not for a version',
        'write "numpy==1.2"',
    ),
    (
        "add = ['numpy^1.2']",
        'add: "numpy^1.2" is not a requirement: ^ is not a comparison of PEP 440',
        'write "numpy>=1.2,<2"',
    ),
    (
        "add = ['numpy~1.2']",
        'add: "numpy~1.2" is not a requirement: ~ is not a comparison of PEP 440',
        'write "numpy~=1.2"',
    ),
    ("add = ['numpy~=1']", "~= needs a version of two parts", 'write "numpy~=1.0", or use ==1.*'),
    ("add = ['numpy>=1.*']", ".* can be used only with == and !=, not with >=", 'write "numpy>=1"'),
    (
        "add = ['numpy==*']",
        'add: "numpy==*" is not a requirement: * alone is not a version',
        'write "numpy" for any version',
    ),
    (
        "add = ['numpy=*']",
        'add: "numpy=*" is not a requirement: * alone is not a version',
        'write "numpy"',
    ),
    (
        "add = ['numpy==']",
        "no version after the comparison",
        'write "numpy", or a version after the comparison',
    ),
    (
        "add = ['numpy==latest']",
        "'latest' is not a version (PEP 440)",
        "write a version of digits and dots after ==, such as 1.20.1",
    ),
    (
        "add = ['numpy==1.0-foo']",
        "'1.0-foo' is not a version (PEP 440)",
        "write a version of digits and dots after ==, such as 1.20.1",
    ),
    ("add = ['numpy>=1.0+x']", "'1.0+x' is not a version that >= accepts", 'write "numpy>=1.0"'),
    (
        "add = ['numpy===any']",
        "'any' is not a version that === accepts",
        "write a version of digits and dots after ===, such as 1.20.1",
    ),
    ("add = ['numpy>=1 <2']", "joined by a comma", 'write "numpy>=1,<2"'),
    ("add = ['numpy>=1 and <2']", "joined by a comma", 'write "numpy>=1,<2"'),
    ("add = ['numpy==1.2,']", "it ends in a comma", 'write "numpy==1.2"'),
    (
        "add = ['numpy, cython']",
        'add: "numpy, cython" is not a requirement: it contains more than one requirement',
        'write "numpy", "cython"',
    ),
    (
        "add = ['numpy==1.2 # old']",
        'add: "numpy==1.2 # old" is not a requirement: a comment is not a part of a requirement',
        'write "numpy==1.2"',
    ),
    (
        "add = ['numpy==1.2, cython<3; os_name == \"nt\"']",
        "it contains more than one requirement",
        'write "numpy==1.2; os_name == \\"nt\\"", "cython<3; os_name == \\"nt\\""',
    ),
    (
        "replace.numpy = 'numpy, cython'",
        "it contains more than one requirement",
        'write replace.numpy = ["numpy", "cython"]',
    ),
    # Several mistakes in one text.
    (
        "add = ['numpy=1.2; python_version = 3.8']",
        "two equals signs",
        "write \"numpy==1.2; python_version == '3.8'\"",
    ),
    ("add = ['numpy[a,b]=1']", "two equals signs", 'write "numpy[a,b]==1"'),
    (
        "add = ['num py']",
        "'py' is not a version specifier",
        "write a name and its versions, as in numpy>=1.20,<2",
    ),
    (
        "add = ['numpy[a b]']",
        "'a b' is not the name of an extra",
        "put names between the brackets, separated by commas: name[one,two]",
    ),
    (
        'add = ["a\\nb"]',
        'add: "a\\nb" is not a requirement: it spans lines or contains control characters',
        "write it on one line",
    ),
    (
        "add = ['numpy==${VERSION}']",
        'add: "numpy==${VERSION}" is not a requirement: environment variables are not expanded here',
        "write the value itself",
    ),
    ("add = ['numpy==\u20181.2\u2019']", "curly quotes", "write plain quotes: '"),
    ("add = ['-r requirements.txt']", "-r reads another file", "copy the lines of that file here"),
    (
        "add = ['numpy --hash=sha256:ab']",
        'add: "numpy --hash=sha256:ab" is not a requirement: hashes can be given only in a table',
        "hashes = [",
    ),
    ("add = ['numpy --global-option=x']", "--global-option is an option", 'write "numpy"'),
]

# The same.
URLS = [
    (
        "add = ['https://a/b']",
        'add: "https://a/b" is not a requirement: there is no name before the URL',
        'write "NAME @ https://a/b"',
    ),
    (
        "add = ['numpy-1.0.ZIP']",
        "it is a path, not a requirement",
        (
            'in a .toml file, write { name = "numpy", path = "numpy-1.0.ZIP" }; elsewhere, '
            "numpy @ file:///… with the full path"
        ),
    ),
    (
        "constrain = ['./numpy-1.0.tar.gz']",
        "it is a path, not a requirement",
        'to install from a file, write add = [{ name = "numpy", path = "./numpy-1.0.tar.gz" }]',
    ),
    (
        "remove = ['numpy @ ./x.whl']",
        "'./x.whl' is not a URL",
        'write "numpy"',
    ),
    ("add = ['numpy @ https:///x']", "'https:///x' is not a complete URL", 'write "numpy @ https://x"'),
    (
        "add = ['numpy @ file:////x']",
        "is not a complete URL",
        "write the full path after file://, as in file:///home/me/FILE",
    ),
    (
        "add = ['numpy@1x2y']",
        "'1x2y' is not a URL",
        (
            'write a whole URL after the @, or for a file in a .toml file { name = "numpy", '
            'path = "1x2y" }'
        ),
    ),
    (
        "add = ['https://a/numpy-1.0.tar.gz']",
        'add: "https://a/numpy-1.0.tar.gz" is not a requirement: there is no name before the URL',
        'write "numpy @ https://a/numpy-1.0.tar.gz"',
    ),
    (
        "add = ['git+https://a/b#egg=foo']",
        'add: "git+https://a/b#egg=foo" is not a requirement: there is no name before the URL',
        'write "foo @ git+https://a/b#egg=foo"',
    ),
    (
        "replace.numpy = 'https://a/b'",
        'replace.numpy: "https://a/b" is not a requirement: there is no name before the URL',
        'write "numpy @ https://a/b"',
    ),
    (
        "add = ['./a/numpy-1.0.zip']",
        "it is a path",
        (
            'in a .toml file, write { name = "numpy", path = "./a/numpy-1.0.zip" }; '
            "elsewhere, numpy @ file:///… with the full path"
        ),
    ),
    (
        "add = ['numpy-1.0.tar.gz']",
        "it is a path",
        (
            'in a .toml file, write { name = "numpy", path = "numpy-1.0.tar.gz" }; elsewhere, '
            "numpy @ file:///… with the full path"
        ),
    ),
    (
        "add = ['numpy @ ./x.whl']",
        "'./x.whl' is not a URL",
        (
            'write a whole URL after the @, or for a file in a .toml file { name = "numpy", '
            'path = "./x.whl" }'
        ),
    ),
    (
        "add = ['numpy @ C:/x.whl']",
        "'C:/x.whl' is not a URL",
        (
            'write a whole URL after the @, or for a file in a .toml file { name = "numpy", '
            'path = "C:/x.whl" }'
        ),
    ),
    ("add = ['numpy @ https:/x']", "'https:/x' is not a complete URL", 'write "numpy @ https://x"'),
    (
        "add = ['numpy @ file://x.whl']",
        "is not a complete URL",
        "write the full path after file://, as in file:///home/me/FILE",
    ),
    (
        "add = ['numpy @ https://a/b/numpy-1.20.1.whl']",
        "'https://a/b/numpy-1.20.1.whl' is not the URL of a wheel: numpy-1.20.1.whl is not a valid",
        "give the wheel the name that it was built with: NAME-VERSION-PYTHON-ABI-PLATFORM.whl",
    ),
    (
        "add = ['numpy @ file:///b/NumPy.WHL#sha256=00']",
        "is not the URL of a wheel: NumPy.WHL is not a valid wheel file name",
        "give the wheel the name that it was built with",
    ),
    ("add = ['numpy @']", "there is no URL after the @", "write the URL after numpy @"),
    (
        "add = ['numpy @ https://a/b;os_name==\"nt\"']",
        "the ; is part of the URL, because there is no blank before it",
        'write "numpy @ https://a/b ; os_name==\\"nt\\""',
    ),
    ("add = ['numpy @ https://a/b c']", "'c' follows the URL", "put a ; before a marker"),
]

# The same.
MARKERS = [
    (
        "add = ['a==1 python_version<\"3\"']",
        'add: "a==1 python_version<\\"3\\"" is not a requirement: a marker begins with a ;',
        'write "a==1; python_version<',
    ),
    (
        "add = ['a; python_version < 3.8']",
        "3.8 is not in quotes",
        "write \"a; python_version < '3.8'\"",
    ),
    (
        "add = ['a; sys_platform == linux']",
        "linux is not in quotes",
        "write \"a; sys_platform == 'linux'\"",
    ),
    (
        "add = ['a; python_version = \"3\"']",
        "expected a comparison such as == or <, found =",
        'write "a; python_version == \\"3\\""',
    ),
    (
        "add = ['a; python_versions < \"3\"']",
        "unknown marker variable python_versions",
        'write "a; python_version < \\"3\\""',
    ),
    (
        "add = ['a; os.name == \"nt\"']",
        "unknown marker variable os.name",
        'write "a; os_name == \\"nt\\""',
    ),
    (
        "add = ['a; zzz == \"nt\"']",
        "unknown marker variable zzz",
        (
            "the variables are python_version, python_full_version, os_name, sys_platform, "
            "platform_release, platform_system, platform_version, platform_machine, "
            "platform_python_implementation, implementation_name, implementation_version"
        ),
    ),
    (
        "add = ['a; extra == \"x\"']",
        "extra has no meaning for a build requirement",
        "remove extra from the marker",
    ),
    (
        'add = [\'a; "a" == "b"\']',
        '"a" == "b" compares two strings',
        "compare a variable with a string in quotes, as in python_version < '3.12'",
    ),
    (
        "add = ['a; os_name == sys_platform']",
        "compares two variables",
        "compare a variable with a string in quotes, as in python_version < '3.12'",
    ),
    (
        "add = ['a; python_version < \"3.*\"']",
        'python_version < "3.*" does not compare with a valid version',
        "write \"a; python_version < '3'\"",
    ),
    (
        "add = ['a; python_version ~= \"3\"']",
        'python_version ~= "3" does not compare with a valid version',
        "write \"a; python_version ~= '3.0'\"",
    ),
    (
        "add = ['a; os_name == \"nt']",
        'expected a string in quotes, found "',
        "close the quotes",
    ),
    (
        'add = [\'a; os_name == "nt" & os_name == "x"\']',
        "expected the end of the marker, found &",
        'write "a; os_name == \\"nt\\" and os_name == \\"x\\""',
    ),
    (
        "add = ['a; (os_name == \"nt\"']",
        "a closing parenthesis, it ends there",
        "write a marker like python_version < '3.12' and sys_platform == 'linux'",
    ),
    (
        "add = ['a;']",
        "expected the name of a marker variable, it ends there",
        "write a marker like python_version < '3.12' and sys_platform == 'linux'",
    ),
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
