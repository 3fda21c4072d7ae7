"""JSON that a command has printed, or a pip has written, compared with its schema in the package."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

import pip_build_override

SCHEMAS = Path(pip_build_override.__file__).parent / "schemas"


@lru_cache(maxsize=None)
def validator(name: str) -> Any:
    """Return the validator of a schema in the package, by the name of its file without the ending."""
    schema = json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))
    return Draft202012Validator(schema, format_checker=FormatChecker())


def answered(name: str, text: str) -> Any:
    """Return a JSON document that is as its schema says.

    Args:
        name: The name of the schema; for the answer of a command, that of the command.
        text: The document.
    """
    document = json.loads(text)
    validator(name).validate(document)
    return document
