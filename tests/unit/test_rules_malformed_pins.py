"""A package table with a wrong pin says so, with the right spelling."""

from __future__ import annotations

from typing import Callable

import pytest

from pip_build_override.rules import OverrideError

Refusal = Callable[..., OverrideError]

LIST = "pin-compatible"
KEY = "pin-compatible.numpy"

# What follows [package.pyworld] in the file, and what message and hint hold.
PINS = [
    (
        "pin-compatible = 'numpy'",
        f"{LIST}: expected a list of names, or names with specifiers, found a string",
        f'write {LIST} = ["numpy"]',
    ),
    ("pin-compatible = 'numpy>=1.2'", f"{LIST}: expected a list", f'write {LIST} = ["numpy"]'),
    ("pin-compatible = '>=1'", f"{LIST}: expected a list", f'write {LIST} = ["NAME"]'),
    ("pin-compatible = true", f"{LIST}: expected a list of names", f'write {LIST} = ["NAME"]'),
    (
        "pin-compatible = ['numpy>=1.20']",
        f'{LIST}: "numpy>=1.20" is not a name',
        f'write {LIST} = ["numpy"] or {KEY} = ">=1.20"',
    ),
    ("pin-compatible = ['numpy[a]']", '"numpy[a]" is not a name', f'write {LIST} = ["numpy"]'),
    ("pin-compatible = [' numpy']", '" numpy" is not a name', f'write {LIST} = ["numpy"]'),
    ("pin-compatible = ['']", '"" is not a name', f'write {LIST} = ["NAME"]'),
    (
        "pin-compatible = [1.20]",
        f"{LIST}: expected a name in quotes, found a number",
        f'write {LIST} = ["NAME"] or {LIST}.NAME = ">={{version}},<2"',
    ),
    (
        "pin-compatible = ['NumPy', 'num.py', 'num-py']",
        f'{LIST}: "num.py" and "num-py" are the same name',
        "remove one of the two",
    ),
    (
        "pin-compatible = ['PyWorld']",
        f"{LIST}: PyWorld is the package itself",
        "remove PyWorld from pin-compatible",
    ),
    (
        "pin-compatible.'num py' = '>=1'",
        f'{LIST}."num py": "num py" is not a name',
        f'write {LIST}.num = ">={{version}},<2"',
    ),
    (
        "pin-compatible.'>' = '>=1'",
        f'{LIST}.">": ">" is not a name',
        f'write {LIST}.NAME = ">={{version}},<2"',
    ),
    (
        "pin-compatible.numpy = ['>=1']",
        f"{KEY}: expected a specifier in quotes, found a list",
        f'write {KEY} = ">={{version}},<2"',
    ),
    ("pin-compatible.numpy = true", f"{KEY}: expected a specifier in quotes, found a boolean", KEY),
    ("pin-compatible.numpy = {}", f"{KEY}: expected a specifier in quotes, found a table", KEY),
    (
        "pin-compatible.numpy = ' '",
        f"{KEY}: the specifier is empty",
        f'write {KEY} = ">={{version}},<2" or {LIST} = ["numpy"]',
    ),
    (
        "pin-compatible.numpy = '{version}'",
        f'{KEY}: with version 1.20.1, "{{version}}" is "1.20.1", which is not a specifier',
        f'write {KEY} = "=={{version}}"',
    ),
    (
        "pin-compatible.numpy = 'numpy>={version}'",
        'is "numpy>=1.20.1", which is not a specifier',
        f'write {KEY} = ">={{version}}"',
    ),
    (
        "pin-compatible.numpy = '>={version}; python_version > \"3\"'",
        "which is not a specifier",
        f'write {KEY} = ">={{version}}"',
    ),
    (
        "pin-compatible.numpy = '; a'",
        '"; a" is not a specifier',
        f'write {KEY} = ">={{version}},<2"',
    ),
    ("pin-compatible.numpy = '^{version}'", '"^1.20.1"', f'write {KEY} = ">={{version}},<2"'),
    ("pin-compatible.numpy = '~={major}'", "~= needs a version of two parts", KEY),
    ("pin-compatible.numpy = '>={version}.*'", ".* can be used only with == and !=", KEY),
    ("pin-compatible.numpy = '>={version} <2'", "which is not a specifier", KEY),
    (
        "pin-compatible.numpy = '>={verison},<2'",
        f"{KEY}: {{verison}} is not a placeholder",
        f'write {KEY} = ">={{version}},<2"',
    ),
    (
        "pin-compatible.numpy = '>={}'",
        f"{KEY}: {{}} is not a placeholder",
        "the placeholders are {version}, {major}, {minor} and {micro}",
    ),
    ("pin-compatible.numpy = '>={x.x}'", "{x.x} is not a placeholder", "the placeholders are "),
    (
        "pin-compatible.numpy = '>={version'",
        f'{KEY}: ">={{version" has a brace without its counterpart',
        "use braces for placeholders only: {version}, {major}, {minor} and {micro}",
    ),
    ("pin-compatible.numpy = '>=version}'", "has a brace without its counterpart", "use braces"),
    (
        "pin-compatible.numpy = { max_pin = 'x.x' }",
        f"{KEY}: max_pin is an argument of conda's pin_compatible",
        f'write a specifier, such as {KEY} = ">={{version}},<2"',
    ),
    (
        "pin-compatible = { name = 'numpy', max_pin = 'x.x' }",
        f"{LIST}: name is an argument of conda's pin_compatible",
        f'write a specifier, such as {KEY} = ">={{version}},<2"',
    ),
    (
        "pin-compatible.max-pin = 'x.x'",
        f"{LIST}: max-pin is an argument of conda's pin_compatible",
        f'write a specifier, such as {LIST}.NAME = ">={{version}},<2"',
    ),
    (
        "pin-compatible.numpy = 'x.x'",
        f'{KEY}: "x.x" is not a specifier',
        f'write {KEY} = ">={{version}},=={{major}}.{{minor}}.*"',
    ),
    (
        "pin-compatible.zope.interface = '>={version}'",
        f"TOML reads the dots in {LIST}.zope.interface as nested tables",
        f'write {LIST}."zope.interface" = ">={{version}}"',
    ),
    (
        "pin-compatible.zope.interface = 1",
        f"TOML reads the dots in {LIST}.zope.interface as nested tables",
        f'write {LIST}."zope.interface" = ">={{version}},<2"',
    ),
    ("pin_compatible = ['numpy']", "unknown key pin_compatible", "did you mean pin-compatible?"),
]


@pytest.mark.parametrize(("rules", "message", "hint"), PINS)
def test_wrong_pin(refusal: Refusal, rules: str, message: str, hint: str) -> None:
    error = refusal(f"[package.pyworld]\n{rules}\n")
    assert error.where == "build-overrides.toml: package.pyworld"
    assert message in error.message
    assert hint in error.hint
    assert "\n" not in error.message + error.hint
