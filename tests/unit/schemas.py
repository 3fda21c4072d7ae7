"""What the schema of the overrides file says of a file, and which mistakes no schema can know."""

from __future__ import annotations

import json
import re
from datetime import date, time
from functools import lru_cache
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator, Draft202012Validator

import pip_build_override
from pip_build_override.errors import OverrideError
from pip_build_override.rules.reading.document import form_of
from pip_build_override.rules.reading.portable_toml import not_portable
from pip_build_override.rules.standards import read_toml

DIRECTORY = Path(pip_build_override.__file__).parent / "schemas"


@lru_cache(maxsize=None)
def schema(name: str) -> Any:
    return json.loads((DIRECTORY / name).read_text(encoding="utf-8"))


@lru_cache(maxsize=None)
def validators() -> tuple[Any, Any]:
    return (
        Draft202012Validator(schema("overrides-file.json")),
        Draft7Validator(schema("pyproject-table.json")),
    )


def as_json(value: Any) -> Any:
    """Return what an editor compares with a schema: JSON has no dates, and they become text."""
    if isinstance(value, dict):
        return {key: as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return list(map(as_json, value))
    return value.isoformat() if isinstance(value, (date, time)) else value


def accepts(content: Any) -> bool:
    """Return whether content of an overrides file is valid by its schema, in both of its forms."""
    whole, part = (validator.is_valid(as_json(content)) for validator in validators())
    assert whole is part, content
    return bool(whole)


def content_of(text: str, name: str) -> Any:
    """Return what the schema is about in a file; None if it is no TOML, or has nothing of ours."""
    if form_of(name) == "txt":
        return None
    try:
        content = read_toml(text)
    except ValueError:
        return None
    # Some readers know TOML 1.1 already.
    if not_portable(text) is not None:
        return None
    if form_of(name) == "pyproject":
        tool = content.get("tool")
        return tool.get("pip-build-override") if isinstance(tool, dict) else None
    return content


# Parts of messages, and why no schema can know these mistakes.
UNKNOWABLE = {
    "is not a date of the calendar|cannot be converted to UTC|is not a time of RFC 3339": (
        "a calendar is not a pattern"
    ),
    "found a date or time": "JSON has no dates; to a schema they are text",
    "values are not expanded, so": "the name of the variable is in another place",
    "names are compared in normalised form|are the same name|replace the same declared name": (
        "names are compared with each other, in normalised form"
    ),
    "PyWorld is the package itself|is not a requirement of a|is not a distribution of": (
        "the name is in another place"
    ),
    "no version satisfies both|of one table both name": "two rules are compared with each other",
    "no group wins over another": "two tables are compared with each other",
    "there is no |is a file, and not|includes itself|are the same file": "that depends on other files",
    "is not a valid wheel file name|is not a wheel, an sdist": "that is known of the file",
    "is not varied": "what is varied is in another key",
    r"with version 1\.20\.1": "it depends on the version that is filled in",
    "its marker .* cannot be read": "markers nest, and patterns do not",
    '"2" is not a requirement: it is a version': "in other places it is a name",
}


def judge(text: str, name: str, error: OverrideError) -> None:
    """Check that the schema refuses a file with a mistake, unless no schema can know that one."""
    content = content_of(text, name)
    if content is None or not accepts(content):
        return
    assert any(re.search(each, error.message) for each in UNKNOWABLE), error
