"""The JSON schema of the overrides file, made from the declarations of the reader itself.

Keys, settings, words and versions are those with which ``rules.reading`` and ``matrix`` read a file, so
that a key without a description here ends in a KeyError. ``python -m tests.unit.test_schemas`` writes
the schema into the package.

The keywords mean the same in draft 7 and in 2020-12, so that both forms differ in their heads only:
editors and SchemaStore's ``pyproject.json`` read draft 7.
"""

from __future__ import annotations

import re
from typing import Any, Mapping

from pip_build_override import switch
from pip_build_override.matrix import table as matrix
from pip_build_override.rules import tables
from pip_build_override.rules.pins import PLACEHOLDERS
from pip_build_override.rules.reading import (
    backend_keys,
    environment_keys,
    parse,
    paths,
    requirement,
    sources,
)
from pip_build_override.rules.reading.matrix_outline import KEYS as KEYS_OF_MATRIX
from pip_build_override.rules.reading.values import KEYS, SETTINGS
from pip_build_override.rules.standards import NAME

_ABOUT = "Override, per package, the build requirements that pip uses when it builds from source."
DRAFT = "https://json-schema.org/draft/2020-12/schema"
DRAFT_OF_EDITORS = "http://json-schema.org/draft-07/schema#"
# The address that SchemaStore gives to the part of pyproject.json that belongs to one tool.
IN_PYPROJECT = "https://json.schemastore.org/partial-pip-build-override.json"

# JSON strings have no flags for patterns: ECMA 262, and what Python and Rust have in common with it.
_LETTERS_OUTSIDE_CLASSES = re.compile(r"\[[^\]]*\]|\\.|[a-z]")


def _any_case(pattern: str) -> str:
    """Return a pattern that matches letters in any case, without a flag."""

    def each(found: re.Match[str]) -> str:
        text = found[0]
        if text.startswith("["):
            return text.replace("a-z", "A-Za-z")
        return text if text.startswith("\\") else f"[{text}{text.upper()}]"

    return _LETTERS_OUTSIDE_CLASSES.sub(each, pattern)


_PUBLIC = _any_case(requirement._PUBLIC)
_VERSION = _PUBLIC + _any_case(requirement._LOCAL)
_STARRED = _any_case(requirement._STARRED.pattern)
_TWO_PARTS = _any_case(requirement._TWO_PARTS.pattern)
# The longest part only once: a version after any operator, a local part only after some.
_CLAUSE = (
    rf"(?:[=!]= *{_STARRED}"
    rf"|(?:(?:===?|!=) *|(?:[<>]=?|~=(?= *{_TWO_PARTS})) *(?![^ ,;)]*\+)){_VERSION})"
)
_CLAUSES = rf"(?: *{_CLAUSE} *(?:,(?= *[=!<>~])|(?=\)|;|\s*$)))+"
# With parentheses around all of it, or with none.
_SPECIFIER = rf"(?=[^();]*(?:;|$)|\([^();]*\)\s*(?:;|$))\(? *(?:{_CLAUSES})?\)? *"
_EXTRAS = rf"\[ *(?:{NAME} *(?:, *{NAME} *)*)?\]"
_URL = (
    r"(?:[A-Za-z][A-Za-z0-9.-]*\+)?"
    r"(?:[fF][iI][lL][eE]:///|(?![fF][iI][lL][eE]:)[A-Za-z][A-Za-z0-9.-]+://)[^/ ;][^ ;]*"
)
_MARKER = r"; *\S.*"
_ARCHIVES = "|".join(_any_case(re.escape(ending)) for ending in paths.ARCHIVES)
# Variables, which are not expanded; a version without a name; the path of a file.
_NOT_THESE = rf"(?!.*\$\{{[A-Z0-9_]+\}})(?!\s*[0-9]+(?:\.[0-9]+)+\s*$)(?![^@]*(?:{_ARCHIVES})$)"
_DATE = r"[0-9]{4}-[01][0-9]-[0-3][0-9]"
_TIME = r"[0-2][0-9]:[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?(?:[Zz]|[+-][0-2][0-9]:[0-5][0-9])"


def _whole(pattern: str) -> str:
    return f"^(?:{pattern})$"


REQUIREMENT = _whole(
    rf"{_NOT_THESE}\s*{NAME} *(?:{_EXTRAS})? *"
    rf"(?:@ *{_URL}(?: +{_MARKER}| *)|{_SPECIFIER}\s*(?:{_MARKER})?)\s*"
)
_LIMIT = _whole(rf"{_NOT_THESE}\s*{NAME} *{_SPECIFIER}\s*(?:{_MARKER})?\s*")
_REMOVAL = _whole(rf"{_NOT_THESE}\s*{NAME} *\s*(?:{_MARKER})?\s*")
_WITHOUT_MARKER = _whole(rf"{_NOT_THESE}\s*{NAME} *(?:{_EXTRAS})? *(?:@ *{_URL} *|{_SPECIFIER})\s*")
_PLAIN = _whole(rf"\s*{NAME}\s*")
_VERSIONED = _whole(rf"\s*{NAME}(?= *\(? *[=!<>~]) *{_SPECIFIER}\s*")
_PACKAGE = _whole(rf"\s*{NAME} *{_SPECIFIER}\s*")
_SPECIFIER_ALONE = _whole(rf"\s*{_SPECIFIER}\s*")
_HASH = "|".join(f"{name}:[0-9a-f]{{{digits}}}" for name, digits in sources._DIGITS.items())
_BOUND = rf"(?:===?|[~!<>]=|[<>])\s*(?:[^\s,;()<>=~{{}}]|\{{(?:{'|'.join(PLACEHOLDERS)})\}})+"
_TEMPLATE = _whole(rf"\s*{_BOUND}\s*(?:,\s*{_BOUND}\s*)*")
_OURS = "|".join(
    [
        *(re.escape(name) for name in (*backend_keys._OURS, *backend_keys._OF_HOOKS)),
        f"(?:{'|'.join(backend_keys._ISOLATING)})$",
    ]
)
_VARIABLE = _whole(rf"(?!{_OURS}){backend_keys._VARIABLE}")
_ENVIRONMENT = "|".join(re.escape(start) for start in environment_keys._ELSEWHERE)
_INCLUDED = _whole(r"(?!~)(?![A-Za-z][A-Za-z0-9+.-]+://)(?!.*\.[tT][xX][tT]$)(?=.*\S).*")

_TEXT = {"type": "string"}
_NON_EMPTY = {"type": "string", "pattern": r"\S"}
_TRUE = {"const": True}


def _text(pattern: str) -> Any:
    return {"type": "string", "pattern": pattern}


def _list(items: Any, **more: Any) -> Any:
    return {"type": "array", "items": items, **more}


def _ref(name: str) -> Any:
    return {"$ref": f"#/$defs/{name}"}


def _described(schema: Any, description: str) -> Any:
    # In draft 7, what stands beside $ref is not read.
    return {"description": description, **({"allOf": [schema]} if "$ref" in schema else schema)}


def _names(pattern: str, values: Any, description: str, **more: Any) -> Any:
    return {
        "description": description,
        "type": "object",
        "propertyNames": {"pattern": pattern},
        "additionalProperties": values,
        **more,
    }


def _source(replaces: bool) -> list[Any]:
    """Return the schemas of the three kinds of source tables, of which one has to match."""
    options: dict[str, Any] = {
        "from": {
            "description": "Where the version comes from: what the target environment has or will have,"
            " or the oldest release with a wheel for this interpreter."
        },
        "path": _described(_NON_EMPTY, "A wheel, an sdist or a directory, relative to this file."),
        "requirement": _described(_ref("requirement"), "A requirement (PEP 508) for hashes."),
        "hashes": _described(
            _list(_text(_whole(_HASH)), minItems=1), "The hashes of the files that may be used."
        ),
        "name": _described(
            _text(_whole(NAME)),
            "The name of the distribution."
            + (" It is needed if it is another one than is replaced." if replaces else ""),
        ),
        "marker": _described(_NON_EMPTY, "The interpreters that it is for, as in PEP 508."),
        "borrow": _described({"type": "boolean"}, "Whether to use the installed distribution itself."),
        "specifier": _described(
            _ref("specifier"), "Versions that are expected; any other one is an error."
        ),
        "else": _described(
            _ref("without-marker")
            if replaces
            else {"allOf": [_ref("without-marker"), {"not": {"const": "declared"}}]},
            "What to use if the target neither has the distribution nor will have it: "
            + ("declared, " if replaces else "")
            + "oldest, or a requirement.",
        ),
        "allow-sdist": _described(
            {"type": "boolean"}, "Whether a version without a wheel may be built from its sdist."
        ),
    }
    kinds = []
    for way, others in sources._WAYS.items():
        for value in sources._FROM if way == "from" else ("",):
            known = [way, *others]
            if value == "oldest":
                # A borrowed distribution is that of the target, which always has an oldest release.
                known.remove("else")
            found = {key: options[key] for key in known}
            required = [way, *(["hashes"] if "hashes" in known else [])]
            if "name" in known and not replaces:
                required.append("name")
            kind: dict[str, Any] = {
                "type": "object",
                "additionalProperties": False,
                "required": required,
                "properties": found,
            }
            if value:
                found["from"] = {**options["from"], "const": value}
            if value == "oldest":
                found["borrow"] = {"const": False}
            if value == "target":
                kind["not"] = {
                    "required": ["borrow", "allow-sdist"],
                    "properties": {"borrow": _TRUE, "allow-sdist": _TRUE},
                }
            kinds.append(kind)
    return kinds


def _definitions() -> Any:
    return {
        "requirement": _described(
            _text(REQUIREMENT), "A requirement (PEP 508), evaluated for the interpreter that builds."
        ),
        "without-marker": _text(_WITHOUT_MARKER),
        "specifier": _text(_SPECIFIER_ALONE),
        "entry": {"anyOf": [_ref("requirement"), *_source(replaces=False)]},
        "replacement": {"anyOf": [_ref("requirement"), *_source(replaces=True)]},
        "rules": _rules(),
    }


def _keys() -> Mapping[str, Any]:
    names = "A list of names, or of names with specifiers that may contain placeholders."
    return {
        "replace": _names(
            _whole(NAME),
            {"anyOf": [_ref("replacement"), _list(_ref("replacement"), minItems=1)]},
            "What is used instead of the declared requirements of a name.",
        ),
        "remove": _described(
            _list(_text(_REMOVAL)), "Names of declared requirements that are not installed."
        ),
        "add": _described(_list(_ref("entry")), "What is installed in addition."),
        "constrain": _described(
            _list(_text(_LIMIT)),
            "Limits on the whole build environment; they install nothing by themselves.",
        ),
        "requires": _described(_list(_ref("entry")), "The whole list of build requirements."),
        "no-binary": {
            "description": "Whether the package is always built from source.",
            "type": "boolean",
        },
        tables.CONFIG_SETTINGS: _names(
            r"^[^=]*[^=\s][^=]*$",
            {"anyOf": [_text("^[^\\u0000]*$"), _list(_text("^[^\\u0000]*$"), minItems=1)]},
            "Settings for the build backend (PEP 517).",
        ),
        tables.ENV: _names(
            _VARIABLE,
            {"anyOf": [_text("^[^\\u0000]*$"), {"const": False}]},
            "Environment variables for the build backend; false unsets one.",
        ),
        "reason": _described(_NON_EMPTY, "Why the table is there."),
        tables.PINS: {
            "description": "Run-time requirements that are narrowed to what fits the versions that the"
            f" wheel is built with. {names}",
            "anyOf": [
                _list(_text(_whole(NAME)), uniqueItems=True),
                {
                    "type": "object",
                    "propertyNames": {"pattern": _whole(NAME)},
                    "additionalProperties": _text(_TEMPLATE),
                },
            ],
        },
        tables.SEES_TARGET: {
            "description": "The build environment also sees what the target environment has installed.",
            "const": True,
        },
        tables.ENVIRONMENT: _described(
            _text(_whole(rf"(?!{_ENVIRONMENT})(?=.*\S)[^\u0000]*")),
            "An environment that exists already, relative to this file, or target.",
        ),
        tables.REGENERATE: {
            "description": "C and C++ files that Cython generated are generated again.",
            "const": True,
        },
        tables.AS_OF: {
            "description": "The moment as of which the build environment is filled: release, or a date"
            " or a time with its offset from UTC.",
            "type": "string",
            "pattern": _whole(rf"{tables.RELEASE}|{_DATE}(?:[Tt ]{_TIME})?"),
        },
    }


def _rules() -> Any:
    keys = _keys()

    def both(*names: str) -> Any:
        return {"not": {"required": list(names)}}

    def has(name: str, **more: Any) -> Any:
        return {"required": [name], "properties": {name: more} if more else {}}

    from_target = {"type": "object", "required": ["from"], "properties": {"from": {"const": "target"}}}
    with_hashes = {"type": "object", "required": ["hashes"]}
    isolated = {"not": {"anyOf": [from_target, with_hashes]}}
    return {
        "type": "object",
        "properties": {name: keys[name] for name in KEYS},
        "allOf": [
            {
                "if": has("requires"),
                "then": {
                    "properties": {
                        "replace": {"maxProperties": 0},
                        "remove": {"maxItems": 0},
                        "add": {"maxItems": 0},
                    }
                },
            },
            both(tables.ENVIRONMENT, tables.SEES_TARGET),
            both(tables.ENVIRONMENT, tables.AS_OF),
            both(tables.AS_OF, tables.SEES_TARGET),
            both(tables.ENVIRONMENT, "requires"),
            {
                "if": has(tables.ENVIRONMENT),
                "then": {
                    "properties": {
                        "add": {"items": isolated},
                        "replace": {"additionalProperties": {"allOf": [isolated, {"items": isolated}]}},
                    }
                },
            },
        ],
    }


def _package(description: str, **more: Any) -> Any:
    return {
        "description": description,
        "allOf": [_ref("rules")],
        # What $ref describes is not known to this keyword.
        "propertyNames": {"enum": list(KEYS)},
        **more,
    }


def _sections() -> Mapping[str, Any]:
    never = {"no-binary": {"const": False}}
    return {
        "include": _described(
            _list(_text(_INCLUDED), uniqueItems=True),
            "Overrides files that are read as if their tables were in this one, relative to it.",
        ),
        "package": {
            "description": "A table for each package that is built: its name, its name with versions,"
            ' or "*" for every package.',
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "*": _package(
                    "Every package that is built.",
                    properties=never,
                    **{"not": {"required": [tables.REGENERATE]}},
                )
            },
            "patternProperties": {
                _PLAIN: _package("A package."),
                _VERSIONED: _package("Some versions of a package.", properties=never),
            },
        },
        "group": {
            "description": "A table for several packages.",
            "type": "object",
            "additionalProperties": {
                "description": "A group.",
                "allOf": [_ref("rules")],
                "required": ["packages"],
                "minProperties": 2,
                "propertyNames": {"enum": ["packages", *KEYS]},
                "properties": {
                    "packages": _described(
                        _list(_text(_PACKAGE), minItems=1, uniqueItems=True),
                        "The packages: names, with versions or without.",
                    )
                },
                "if": {"properties": {"packages": {"contains": {"pattern": "[=<>~]"}}}},
                "then": {"properties": never},
            },
        },
        "settings": {
            "description": "What applies to the whole run.",
            "type": "object",
            "additionalProperties": False,
            "properties": {
                name: {"description": _SETTINGS[name], "enum": list(values), "default": values[0]}
                for name, values in SETTINGS.items()
            },
        },
        "matrix": _matrix(),
    }


_SETTINGS = {
    "unused": "What a rule is whose name the package does not declare.",
    "record": "Which wheels contain a record of what they were built against.",
    "mismatch": "What a wheel is that does not fit what it will run with.",
    "generated": "What generated C is that a rule on Cython could not change.",
    "keep-environments": "Whether build environments are kept for later runs.",
}


def _matrix() -> Any:
    star = _whole(rf"{_STARRED}|{_VERSION}")

    def word(words: Any) -> Any:
        return {"anyOf": [{"enum": list(words)}, _text(star)]}

    minor = _text(_whole(matrix._PYTHON.pattern))
    name = _text(_whole(NAME))
    version = _text(_whole(rf"(?=.*\S)\s*(?:{_STARRED}|{_VERSION}|{_SPECIFIER})\s*"))
    keys = {
        "vary": _names(
            _whole(NAME),
            _list(word(matrix.WORDS), minItems=1),
            "The versions of each distribution that the tests run with.",
        ),
        "build": {
            "description": "The versions that are built against.",
            "anyOf": [word(matrix.BUILD_WORDS), _list(word(matrix.BUILD_WORDS), minItems=1)],
        },
        "python": {
            "description": "The minor versions of Python.",
            "anyOf": [{"const": "declared"}, _list(minor, minItems=1)],
            "default": "declared",
        },
        "window": {
            "description": "Which releases count.",
            "enum": list(matrix.WINDOWS),
            "default": matrix.WINDOWS[0],
        },
        "groups": _described(_list(name), "Dependency groups (PEP 735) that the tests need."),
        "extras": _described(_list(name), "Extras of the project that the tests need."),
        "command": _described(_list({"type": "string", "minLength": 1}), "The command that tests."),
        "cells": {
            "description": "Which versions of several distributions are combined.",
            "enum": list(matrix.CELLS),
            "default": matrix.CELLS[0],
        },
        "exclude": _described(
            _list(
                {
                    "type": "object",
                    "propertyNames": {"pattern": _whole(NAME)},
                    "properties": {
                        "python": _described(version, "The versions of Python."),
                        "reason": _described(_TEXT, "Why they are left out."),
                    },
                    "additionalProperties": version,
                    "not": {"propertyNames": {"const": "reason"}},
                }
            ),
            "Cells that are left out: a specifier for a distribution, for python, or for both.",
        ),
    }
    return {
        "description": "What pip-build-override matrix combines.",
        "type": "object",
        "additionalProperties": False,
        "properties": {key: keys[key] for key in KEYS_OF_MATRIX},
    }


def schema(head: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema.

    Args:
        head: What comes first in it.
    """
    sections = _sections()
    return {
        **head,
        "type": "object",
        "additionalProperties": False,
        "properties": {name: sections[name] for name in parse._SECTIONS},
        "$defs": _definitions(),
    }


def overrides_file() -> dict[str, Any]:
    """Return the schema of an overrides file."""
    return schema(
        {
            "$schema": DRAFT,
            "title": "The overrides file of pip-build-override",
            "description": _ABOUT,
        }
    )


def pyproject_table() -> dict[str, Any]:
    """Return the schema of ``[tool.pip-build-override]``, as SchemaStore takes it."""
    return schema(
        {
            "$schema": DRAFT_OF_EDITORS,
            "$id": IN_PYPROJECT,
            "title": "pip-build-override",
            "description": _ABOUT,
        }
    )


FILES = {"overrides-file.json": overrides_file, "pyproject-table.json": pyproject_table}
"""The files in the package, each with what makes it."""

assert switch.SWITCH in backend_keys._OURS
