"""Mistakes in keys about the build backend, in groups and in includes, each with the right spelling."""

from __future__ import annotations

from pathlib import Path
from typing import Callable

import pytest

from pip_build_override.rules import OverrideError, parse_overrides

from ..support.hints import follows

Refusal = Callable[..., OverrideError]

# What follows [package.x], the message, the hint, and the same with what the hint says done.
KEYS = [
    (
        "config-settings = 'setup-args=-Dx'",
        "config-settings: expected names with values, found a string",
        'write config-settings.setup-args = "-Dx"',
        'config-settings.setup-args = "-Dx"',
    ),
    (
        "config-settings = ['-Ca=1', '--config-settings=b=2']",
        "config-settings: expected names with values, found a list",
        'write config-settings.a = "1" and config-settings.b = "2"',
        'config-settings.a = "1"\nconfig-settings.b = "2"',
    ),
    (
        "config-settings = ['-Dx=y', '-Da=1']",
        "config-settings: expected names with values, found a list",
        (
            'write config-settings.setup-args = ["-Dx=y", "-Da=1"] for Meson, or config-settings.'
            '"cmake.define.x" = "y" and config-settings."cmake.define.a" = "1" for CMake'
        ),
        'config-settings.setup-args = ["-Dx=y", "-Da=1"]\nconfig-settings."cmake.define.x" = "y"',
    ),
    (
        "config-settings = true",
        "config-settings: expected names with values, found a boolean",
        'write config-settings.NAME = "…"',
        'config-settings.NAME = "…"',
    ),
    (
        "config-settings.cmake.define.X = 'ON'",
        "TOML reads the dots in config-settings.cmake.define.X as nested tables",
        'write config-settings."cmake.define.X" = "ON"',
        'config-settings."cmake.define.X" = "ON"',
    ),
    (
        "config-settings.cmake.verbose = true",
        "TOML reads the dots in config-settings.cmake.verbose as nested tables",
        'write config-settings."cmake.verbose" = "…"',
        'config-settings."cmake.verbose" = "…"',
    ),
    (
        "config-settings.a = { b = '1', c = '2' }",
        "config-settings.a: expected a string or a list of strings, found a table",
        'write each setting in full and in quotes: config-settings."a.NAME" = "…"',
        'config-settings."a.b" = "1"\nconfig-settings."a.c" = "2"',
    ),
    (
        "config-settings.debug = true",
        "config-settings.debug: expected a string or a list of strings, found a boolean",
        'put it in quotes: "true"',
        'config-settings.debug = "true"',
    ),
    (
        "config-settings.jobs = 4",
        "config-settings.jobs: expected a string or a list of strings, found a number",
        'put it in quotes: "4"',
        'config-settings.jobs = "4"',
    ),
    (
        "config-settings.day = 2020-01-01",
        "config-settings.day: expected a string or a list of strings, found a date or time",
        'put it in quotes: "…"',
        'config-settings.day = "2020-01-01"',
    ),
    (
        "config-settings.args = ['-a', 1]",
        "config-settings.args: expected a string in the list, found a number",
        'put it in quotes: "1"',
        'config-settings.args = ["-a", "1"]',
    ),
    (
        "config-settings.args = []",
        "config-settings.args: the list is empty, so the setting has no value",
        'remove config-settings.args from the file, or write config-settings.args = ""',
        'config-settings.args = ""',
    ),
    (
        "config-settings.'' = 'a'",
        'config-settings."": a setting needs a name',
        'remove config-settings."" from the file',
        "",
    ),
    (
        "config-settings.'a=b' = 'c'",
        'config-settings."a=b": the name of a setting cannot contain =',
        'write config-settings.a = "b"',
        'config-settings.a = "b"',
    ),
    (
        'config-settings.a = "b\\u0000"',
        "config-settings.a: the value contains a null character",
        "remove the null character",
        'config-settings.a = "b"',
    ),
    (
        "env = 'CFLAGS=-O2'",
        "env: expected names of variables with values, found a string",
        'write env.CFLAGS = "-O2"',
        'env.CFLAGS = "-O2"',
    ),
    (
        "env = ['A=1', 'B=x=y']",
        "env: expected names of variables with values, found a list",
        'write env.A = "1" and env.B = "x=y"',
        'env.A = "1"\nenv.B = "x=y"',
    ),
    (
        "env = []",
        "env: expected names of variables with values, found a list",
        'write env.NAME = "…"',
        'env.NAME = "…"',
    ),
    (
        "env.A = true",
        "env.A: expected a string, or false to unset it, found true",
        'write env.A = "1"',
        'env.A = "1"',
    ),
    (
        "env.JOBS = 4",
        "env.JOBS: expected a string, or false to unset it, found a number",
        'put it in quotes: "4"',
        'env.JOBS = "4"',
    ),
    (
        "env.CFLAGS = ['-O2', '-g']",
        "env.CFLAGS: expected a string, or false to unset it, found a list",
        'write env.CFLAGS = "-O2 -g"',
        'env.CFLAGS = "-O2 -g"',
    ),
    (
        "env.A.B = '1'",
        "env.A: expected a string, or false to unset it, found a table",
        'write env.A = "…"',
        'env.A = "…"',
    ),
    (
        "env.'A=1' = 'x'",
        'env."A=1": "A=1" is not the name of an environment variable',
        'write env.A = "1"',
        'env.A = "1"',
    ),
    (
        "env.'$CC' = 'gcc'",
        'env."$CC": "$CC" is not the name of an environment variable',
        'write env.CC = "…"',
        'env.CC = "gcc"',
    ),
    (
        "env.no-build = '1'",
        'env.no-build: "no-build" is not the name of an environment variable',
        'write env.no_build = "…"',
        'env.no_build = "1"',
    ),
    (
        "env.'' = '1'",
        'env."": "" is not the name of an environment variable',
        'remove env."" from the file',
        "",
    ),
    (
        "env.PIP_BUILD_REQUIREMENTS_OVERRIDE = ''",
        "the rules would not be in force in the pips that the build backend starts",
        "remove env.PIP_BUILD_REQUIREMENTS_OVERRIDE from the file",
        "",
    ),
    (
        "env._PYPROJECT_HOOKS_BUILD_BACKEND = 'other'",
        "env._PYPROJECT_HOOKS_BUILD_BACKEND: pip sets _PYPROJECT_HOOKS_BUILD_BACKEND itself",
        "remove env._PYPROJECT_HOOKS_BUILD_BACKEND from the file",
        "",
    ),
    (
        "env.PYTHONPATH = 'src'",
        "env.PYTHONPATH: pip sets PYTHONPATH so that a build uses its build environment only",
        "remove env.PYTHONPATH from the file; to add a requirement, write add = […]",
        "add = ['src']",
    ),
    (
        'env.A = "b\\u0000"',
        "env.A: the value contains a null character",
        "remove the null character",
        'env.A = "b"',
    ),
    (
        "env.PATH = '/opt/bin:$PATH'",
        "env.PATH: values are not expanded, so $PATH would stay as it is",
        "write the whole value, without $PATH",
        "env.PATH = '/opt/bin:/usr/bin'",
    ),
    (
        "env.CFLAGS = '${CFLAGS} -g'",
        "env.CFLAGS: values are not expanded, so ${CFLAGS} would stay as it is",
        "write the whole value, without ${CFLAGS}",
        "env.CFLAGS = '-g'",
    ),
    (
        "reason = 1",
        "reason: expected a text in quotes, found a number",
        'write reason = "…"',
        "reason = 'a'",
    ),
    (
        "reason = ' '",
        "reason: the text is empty",
        "write why the table is there, or remove reason",
        "reason = 'it breaks'",
    ),
    (
        "cflags = '-O2'",
        "unknown key cflags",
        'did you mean env.CFLAGS = "-O2"?',
        'env.CFLAGS = "-O2"',
    ),
    (
        "LDFLAGS = ['-L/a', '-lb']",
        "unknown key LDFLAGS",
        'did you mean env.LDFLAGS = "-L/a -lb"?',
        'env.LDFLAGS = "-L/a -lb"',
    ),
    ("environment.A = '1'", "unknown key environment", "did you mean env?", "env.A = '1'"),
    (
        "config_settings.a = '1'",
        "unknown key config_settings",
        "did you mean config-settings?",
        "config-settings.a = '1'",
    ),
    (
        "setup-args = ['-Da=b']",
        "unknown key setup-args",
        'write config-settings.setup-args = ["-Da=b"]',
        'config-settings.setup-args = ["-Da=b"]',
    ),
    (
        "cmake = { define.A = 'ON', verbose = true }",
        "unknown key cmake",
        'write config-settings."cmake.define.A" = "ON" and config-settings."cmake.verbose" = "…"',
        'config-settings."cmake.define.A" = "ON"\nconfig-settings."cmake.verbose" = "true"',
    ),
    (
        "global_option = ['--quiet', 1]",
        "unknown key global_option",
        'write config-settings.--global-option = "…"',
        'config-settings.--global-option = "--quiet"',
    ),
    (
        "packages = ['a']",
        "packages is not a key of this table",
        "a group is a table of its own: [group.NAME], with packages = […] and the rules under it",
        "",
    ),
]

RULE = "constrain = ['a<2']\n"
GROUP = f"[group.g]\npackages = ['x']\n{RULE}"
# Whole files, the place, the message, the hint, and the file with what the hint says done.
FILES = [
    (
        "group = ['x']",
        "group",
        "expected a table for each group, found a list",
        "write [group.NAME] with packages = […] and the rules under it",
        GROUP,
    ),
    (
        "[group]\npackages = ['x']\n",
        "group",
        "the name of the group is missing before packages",
        "write [group.NAME] with packages = […] and the rules under it",
        GROUP,
    ),
    (
        "[group]\ng = 'x'\n",
        "group.g",
        "expected a table, found a string",
        "write [group.NAME] with packages = […] and the rules under it",
        GROUP,
    ),
    (
        f"[group.g]\n{RULE}",
        "group.g",
        "the group has no packages",
        'write packages = ["…"] under [group.g]',
        GROUP,
    ),
    (
        "[group.g]\npackages = ['x']\n",
        "group.g",
        "the group has packages, but no rule for them",
        'write a rule, such as constrain = ["setuptools<82"], under [group.g]',
        GROUP,
    ),
    (
        f"[group.g]\nmembers = ['x']\n{RULE}",
        "group.g",
        "unknown key members",
        "did you mean packages?",
        GROUP,
    ),
    (
        "[group.g]\npackages = ['x']\nconstraint = ['a<2']\n",
        "group.g",
        "unknown key constraint",
        "did you mean constrain?",
        GROUP,
    ),
    (
        f"[group.a.b]\npackages = ['x']\n{RULE}",
        "group.a",
        "TOML reads the dots in group.a.b as nested tables",
        'write [group."a.b"]',
        GROUP.replace("group.g", 'group."a.b"'),
    ),
    (
        f"[group.g]\npackages = 'x'\n{RULE}",
        "group.g",
        "packages: expected a list, found a string",
        'write packages = ["x"]',
        GROUP,
    ),
    (
        f"[group.g]\npackages.x = '*'\n{RULE}",
        "group.g",
        "packages: expected a list, found a table",
        'write packages = ["x"]',
        GROUP,
    ),
    (
        f"[group.g]\npackages = 1\n{RULE}",
        "group.g",
        "packages: expected a list, found a number",
        'write packages = ["…"]',
        GROUP,
    ),
    (
        f"[group.g]\npackages = []\n{RULE}",
        "group.g",
        "packages: the list is empty",
        'write packages = ["…"], or remove the group',
        GROUP,
    ),
    (
        f"[group.g]\npackages = [1]\n{RULE}",
        "group.g",
        "packages: expected the name of a package in quotes, found a number",
        'write packages = ["…"]',
        GROUP,
    ),
    (
        f"[group.g]\npackages = ['*']\n{RULE}",
        "group.g",
        'packages: "*" means every package',
        'name the packages, or put the rules under [package."*"]',
        f"[package.'*']\n{RULE}",
    ),
    (
        f"[group.g]\npackages = ['x=1']\n{RULE}",
        "group.g",
        'packages: "x=1" is not a package',
        'write "x==1"',
        GROUP.replace("'x'", "'x==1'"),
    ),
    (
        f"[group.g]\npackages = ['x[a]']\n{RULE}",
        "group.g",
        'packages: "x[a]" has extras; expected a name',
        'write "x"',
        GROUP,
    ),
    (
        f"[group.g]\npackages = ['../x-1.0.tar.gz']\n{RULE}",
        "group.g",
        'packages: "../x-1.0.tar.gz" is not a package: it is a path',
        'write the name of the package: "x"',
        GROUP,
    ),
    (
        f"[group.g]\npackages = ['git+https://h.test/x']\n{RULE}",
        "group.g",
        'packages: "git+https://h.test/x" is not a package: there is no name',
        'write the name of the package: "NAME"',
        GROUP,
    ),
    (
        f"[group.g]\npackages = ['x 2']\n{RULE}",
        "group.g",
        'packages: "x 2" is not a package: ',
        'write "x==2"',
        GROUP.replace("'x'", "'x==2'"),
    ),
    (
        f"[group.g]\npackages = ['']\n{RULE}",
        "group.g",
        'packages: "" is not a package: it is empty',
        "write a requirement, such as NAME>=1.20",
        GROUP.replace("'x'", "'x>=1.20'"),
    ),
    (
        f"[group.g]\npackages = ['x, y']\n{RULE}",
        "group.g",
        'packages: "x, y" is not a package: it contains more than one requirement',
        'write "x", "y"',
        GROUP.replace("'x'", "'x', 'y'"),
    ),
    (
        f"[group.g]\npackages = ['X.a', 'x-a']\n{RULE}",
        "group.g",
        'packages: "X.a" and "x-a" are the same package',
        'remove "x-a" from packages',
        GROUP.replace("'x'", "'X.a'"),
    ),
    (
        "[group.g]\npackages = ['x<2']\nno-binary = true\n",
        "group.g",
        "no-binary is allowed only in a table for one package",
        "put it under [package.x]",
        "[package.x]\nno-binary = true\n",
    ),
    (
        f"{GROUP}[group.h]\npackages = ['y', 'X']\nremove = ['A']\n",
        "group.g",
        "group.h is also about a of x, and no group wins over another",
        "remove a from one of the two groups, or x from its packages",
        GROUP,
    ),
    (
        f"{GROUP}[group.h]\npackages = ['x']\nrequires = []\n[group.i]\npackages = ['x']\nadd = ['b']",
        "group.h",
        "group.i is also about",
        "remove all build requirements from one of the two groups, or x from its packages",
        GROUP,
    ),
    (
        "[group.g]\npackages = ['x']\nenv.A = '1'\n[group.h]\npackages = ['x']\nenv.A = '1'\n",
        "group.g",
        "group.h is also about env.A of x",
        "remove env.A from one of the two groups, or x from its packages",
        "[group.g]\npackages = ['x']\nenv.A = '1'\n",
    ),
    (
        "include = 'base.toml'",
        "include",
        "expected a list of paths, found a string",
        'write include = ["base.toml"]',
        "include = ['base.toml']",
    ),
    (
        "include = { a = 1 }",
        "include",
        "expected a list of paths, found a table",
        'write include = ["…"]',
        "include = ['base.toml']",
    ),
    (
        "include = [1]",
        "include",
        "expected a path in quotes, found a number",
        'write include = ["…"]',
        "include = ['base.toml']",
    ),
    (
        "# one\ninclude = [\n  '',\n]",
        "line 2",
        '"" is not a path',
        'write include = ["…"]',
        "include = ['base.toml']",
    ),
    (
        "include = ['https://a.test/base.toml']",
        "line 1",
        'include names the URL "https://a.test/base.toml", but only files can be included',
        "download the file, check it, and include your copy",
        "include = ['base.toml']",
    ),
    (
        "include = ['~/base.toml']",
        "line 1",
        'include names "~/base.toml", in which ~ is not expanded',
        "write the path in full: include = [",
        "include = ['base.toml']",
    ),
    (
        "include = ['base.txt']",
        "line 1",
        'include names "base.txt", and a .txt file cannot be included',
        'put its lines into a .toml file, as replace of [package."*"]',
        "include = ['base.toml']",
    ),
    (
        "# one\n\ninclude = [\n  'base.toml', # two\n  'none.toml',\n]",
        "line 5",
        'include names "none.toml", and there is no file ',
        "create it, or correct the path, which is relative to the directory of this file",
        "include = ['base.toml']",
    ),
    (
        "include = ['base.toml', './base.toml']",
        "line 1",
        '"base.toml" and "./base.toml" are the same file',
        "remove one of them from include",
        "include = ['base.toml']",
    ),
    (
        "include = ['build-overrides.toml']",
        "line 1",
        "this file includes itself",
        "remove build-overrides.toml from include here",
        "",
    ),
    (
        f"{GROUP}include = ['base.toml']",
        "group.g",
        "include is not a key of this table",
        "put it at the top of the file, above all tables",
        f"include = ['base.toml']\n{GROUP}",
    ),
]


@pytest.mark.parametrize(("text", "message", "hint", "right"), KEYS)
def test_wrong_key(refusal: Refusal, text: str, message: str, hint: str, right: str) -> None:
    error = refusal(f"[package.x]\n{text}")
    assert error.where.endswith("package.x")
    assert message in error.message
    assert error.hint.startswith(hint)
    assert parse_overrides(f"[package.x]\n{right}".encode(), path="/o.toml").tables


def test_an_included_file_of_a_similar_name(tmp_path: Path) -> None:
    (tmp_path / "org").mkdir()
    (tmp_path / "org" / "base.toml").write_text("", encoding="utf-8")

    def read(text: str, name: str) -> None:
        parse_overrides(text.encode(), path=str(tmp_path / "org" / name))

    with pytest.raises(OverrideError) as caught:
        read("include = ['../org/bases.toml']", "o.toml")
    said = follows("did you mean {}? If not, create the file", f"hint: {caught.value.hint}")
    read(f"include = [{said.split()[3].rstrip('?')}]", "o.toml")
    # A file does not include itself.
    with pytest.raises(OverrideError, match="there is no file") as caught:
        read("include = ['bases.toml']", "base.toml")
    assert "did you mean" not in caught.value.hint


@pytest.mark.parametrize(("text", "where", "message", "hint", "right"), FILES)
def test_wrong_file(
    refusal: Refusal, tmp_path: Path, text: str, where: str, message: str, hint: str, right: str
) -> None:
    for name in ("base.toml", "base.txt", "build-overrides.toml"):
        (tmp_path / name).write_text(text if name.startswith("build") else "")
    error = refusal(text)
    assert error.where.endswith(f"build-overrides.toml: {where}")
    assert message in error.message
    assert error.hint.startswith(hint)
    parse_overrides(right.encode(), path=str(tmp_path / "build-overrides.toml"))
