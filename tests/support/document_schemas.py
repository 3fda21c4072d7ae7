"""The JSON schemas of what commands print or write, made from the records that are printed.

The fields of a record, their types and what they mean are those of its class and its docstring. What a
command puts together itself is described here. ``python -m tests.unit.test_schemas`` writes the schemas
into the package.
"""

from __future__ import annotations

import inspect
import re
from typing import Any, Callable

from pip_build_override.cli import (
    check,
    export,
    freeze,
    import_rules,
    show,
    status,
    suggest,
    verify,
)
from pip_build_override.exporting import outcome
from pip_build_override.in_pip.builds import manifest, member
from pip_build_override.in_pip.state import explanation
from pip_build_override.matrix import cells, plan
from pip_build_override.records import record, report
from pip_build_override.rules import tables
from pip_build_override.startup import others
from pip_build_override.verifying import judging

from .overrides_schema import DRAFT

TEXT = {"type": "string"}
FLAG = {"type": "boolean"}
_TEXT_OR_NULL: Any = {"type": ["string", "null"]}
TEXTS: Any = {"type": "array", "items": TEXT}
# How the annotations of fields are written. Python 3.8 cannot evaluate all of them.
_TYPES: dict[str, Any] = {
    "str": TEXT,
    "bool": FLAG,
    "str | None": _TEXT_OR_NULL,
    "Texts": TEXTS,
    "tuple[str, ...]": TEXTS,
    "tuple[str, ...] | None": {"type": ["array", "null"], "items": TEXT},
}


def _array(items: Any) -> Any:
    return {"type": "array", "items": items}


def _map(values: Any) -> Any:
    return {"type": "object", "additionalProperties": values}


def _or_null(schema: Any) -> Any:
    return {"anyOf": [schema, {"type": "null"}]}


def _object(fields: dict[str, Any], optional: tuple[str, ...] = (), about: str = "") -> Any:
    return {
        **({"description": about} if about else {}),
        "type": "object",
        "additionalProperties": False,
        "required": [name for name in fields if name not in optional],
        "properties": fields,
    }


def _meant(schema: Any, description: str) -> Any:
    return {"description": description, **schema}


def descriptions(kind: type) -> dict[str, str]:
    """Return what the docstring of a class says of each of its fields."""
    section = re.split(r"^(?:Attributes|Args):\n", inspect.getdoc(kind) or "", flags=re.MULTILINE)
    found = {}
    for entry in (
        re.split(r"^    (?=\w+: )", section[1].split("\n\n")[0], flags=re.MULTILINE)[1:]
        if (section[1:])
        else ()
    ):
        name, _, text = entry.partition(": ")
        text = " ".join(text.split()).replace("``", "'").replace("None", "null")
        found[name] = text[:1].upper() + text[1:]
    return found


def fields(kind: type, /, **others: Any) -> dict[str, Any]:
    """Return the schemas of the fields of a record.

    Args:
        kind: Its class.
        others: The schemas of fields that are themselves made of something.
    """
    said = descriptions(kind)
    found = {}
    for name, annotation in kind.__annotations__.items():
        schema = others[name] if name in others else _TYPES[annotation]
        found[name] = _meant(schema, said[name]) if name in said else schema
    return found


def _record() -> dict[str, Any]:
    return fields(
        record.Record,
        environment=_array(_object(fields(record.Distribution))),
        changes=_array(_object(fields(record.Change))),
        generated=_array(_object(fields(record.Generated))),
        regenerated=_array(_object(fields(record.Regenerated))),
    )


def _report() -> Any:
    build = {
        **_record(),
        "overridden": _meant(FLAG, "Whether a rule changed it."),
        "editable": _meant(FLAG, "Whether it is an editable installation."),
        "cached": _meant(FLAG, "Whether it was built in an earlier run."),
        "id": _meant(TEXT, "What no other build has."),
        "wheel": _meant(TEXT, "The name of the wheel."),
        "sha256": _meant(TEXT, "The digest of the wheel."),
        "nested": _meant(FLAG, "Whether it was built for a build environment."),
        "built_for": _meant(TEXTS, "The builds that it was built for, the outermost first."),
    }
    return _object(
        {
            "format": {"const": report.FORMAT},
            "version": {"const": report._VERSION},
            "builds": _array(_object(build)),
        }
    )


_ERROR = _object(
    {
        "kind": _meant(TEXT, "The name of its kind; the page findings.md lists all."),
        "message": _meant(TEXT, "What is wrong, and why."),
        "where": _meant(TEXT, "The file and the table; empty if it is about none."),
        "hint": _meant(TEXT, "What to do."),
    }
)


def _check() -> Any:
    file = _object(
        {
            "file": _meant(TEXT, "The file, as it was named."),
            "valid": FLAG,
            "tables": _meant(TEXTS, "Its tables, those of included files among them."),
            "warnings": _array(_ERROR),
            "errors": _array(_ERROR),
        }
    )
    return _object(
        {
            "format": {"const": check.FORMAT},
            "valid": _meant(FLAG, "Whether all files are valid."),
            "tables": TEXTS,
            "warnings": _array(_ERROR),
            "error": _meant(_ERROR, "The first mistake, if there is one."),
            "errors": _array(_ERROR),
            "files": _array(file),
        },
        optional=("error",),
    )


def _status() -> Any:
    hook = _object({"route": TEXT, "version": TEXT, "file": TEXT})
    pip = _object(
        {
            "version": TEXT,
            "path": TEXT,
            "supported": {"description": "Null if it was not checked.", "type": ["boolean", "null"]},
            "problem": _TEXT_OR_NULL,
        }
    )
    variable = _object(
        {
            "value": _meant(_TEXT_OR_NULL, "The variable; null if it is not set."),
            "path": _meant(_TEXT_OR_NULL, "The file that it names."),
            "valid": {"type": ["boolean", "null"]},
            "tables": TEXTS,
            "warnings": _array(_ERROR),
            "error": _ERROR,
        },
        optional=("tables", "warnings", "error"),
    )
    answer = {
        "format": {"const": status.FORMAT},
        "python": _meant(TEXT, "The interpreter."),
        "version": _meant(TEXT, "Its version."),
        "hooks": _meant(_array(hook), "The start-up hooks that are installed."),
        "loads": _meant(FLAG, "Whether the shim loads."),
        "route": _meant(_TEXT_OR_NULL, "By which route."),
        "package": _meant(_TEXT_OR_NULL, "From which directory."),
        "pip": _or_null(pip),
        "variable": variable,
        "sitecustomize": _meant(TEXTS, "All files of that name, in order of precedence."),
        "startup": _meant(
            _array(
                _object(
                    fields(
                        others.Other,
                        imports={"type": ["array", "null"], "items": TEXT},
                        calls=TEXTS,
                        kind={"enum": [".pth", ".start", "sitecustomize", "usercustomize"]},
                    )
                )
            ),
            "What else runs when Python starts there.",
        ),
        "not_covered": _meant(TEXTS, "What the answer is not about."),
        "problems": _meant(_array(_ERROR), "Why an override would not be in force."),
        "in_force": _meant(FLAG, "Whether an override would be in force."),
    }
    # An interpreter that does not start, or is too old, says nothing else.
    always = ("format", "python", "problems", "in_force")
    return _object(answer, optional=tuple(name for name in answer if name not in always))


def _explain() -> Any:
    build = fields(
        explanation.ExplainedBuild,
        changes=_array(_object(fields(explanation.ExplainedChange))),
        settled=_array(
            _object(
                {
                    {"origin": "from"}.get(name, name): schema
                    for name, schema in fields(explanation.ExplainedAnswer).items()
                }
            )
        ),
        regenerate=_array(_object(fields(explanation.ExplainedFile))),
    )
    # As to_json puts them together.
    build["declared"] = _object({"static": build["declared"], "hook": build.pop("declared_by_hook")})
    build["effective"] = _object(
        {
            "static": build["effective"],
            "hook": build.pop("effective_of_hook"),
            "constraints": build.pop("constraints"),
        }
    )
    either = {"anyOf": [_object(build), _object(fields(explanation.Unexplained))]}
    said = descriptions(explanation.Explanation)["packages"]
    return _object({"format": {"const": explanation.FORMAT}, "packages": _meant(_array(either), said)})


def _suggest() -> Any:
    finding = _object(
        {
            "kind": _meant(TEXT, "The kind of failure."),
            "says": _meant(TEXT, "The line of the output."),
            "because": _meant(TEXT, "The cause."),
            "fixable": _meant(FLAG, "Whether rules are known that fix it."),
        }
    )
    failure = _object(
        {
            "name": _meant(TEXT, "The package that was built; empty if the log does not name it."),
            "version": TEXT,
            "step": _meant(TEXT, "What failed."),
            "python": _meant(TEXT, "The version of Python; empty if the log does not say."),
            "error": TEXT,
            "kinds": _meant(TEXTS, "The names of what is wrong, as they are printed."),
            "findings": _array(finding),
            "table": _meant({"type": ["object", "null"]}, "The package table that would fix it."),
        }
    )
    return _object(
        {
            "format": {"const": suggest.FORMAT},
            "failures": _array(failure),
            "problems": _meant(_array(_ERROR), "Why rules were left out."),
            "overrides": _meant(TEXT, "An overrides file that would fix it; empty if none would."),
        }
    )


def _verify() -> Any:
    return _object(
        {
            "format": {"const": verify.FORMAT},
            "python": _meant(TEXT, "The interpreter."),
            "fits": _meant(FLAG, "Whether nothing was found that does not fit."),
            "built_against": _array(_object(fields(judging.Built))),
            "findings": _array(_object(fields(judging.Finding))),
            "notes": _array(_object(fields(judging.Note))),
            "not_checked": _array(_object(fields(judging.Unchecked))),
        }
    )


def _freeze() -> Any:
    return _object(
        {
            "format": {"const": freeze.FORMAT},
            "overrides": _meant(TEXT, "The overrides file."),
            "warnings": _meant(_array(_ERROR), "What may differ in a repeated build."),
            "problems": _meant(_array(_ERROR), "Why a build cannot be repeated."),
        }
    )


def _show() -> Any:
    shown = {
        "asked": _meant(TEXT, "The package or wheel, as it was given."),
        "record": _or_null(_object(_record())),
        "problem": _meant(TEXT, "Why there is no record."),
        "hint": _meant(TEXT, "What to do about that."),
    }
    found = _object(shown, optional=("problem", "hint"))
    return _object({"format": {"const": show.FORMAT}, "packages": _array(found)})


def _export() -> Any:
    return _object(
        {
            "format": {"const": export.FORMAT},
            "to": _meant(TEXT, "The front end."),
            "text": _meant(TEXT, "What its file contains."),
            "checked_with": _meant(TEXTS, "The releases whose declarations were looked at."),
            "unsaid": _meant(
                _array(_object(fields(outcome.Unsaid))), "The rules that it cannot express."
            ),
        }
    )


def _import() -> Any:
    return _object(
        {
            "format": {"const": import_rules.FORMAT},
            "overrides": _meant(TEXT, "The overrides file."),
            "unsaid": _meant(TEXTS, "The settings for which there is no key."),
        }
    )


def _matrix_list() -> Any:
    said = descriptions(plan.Plan)
    versions = _map(TEXT)
    cell = fields(cells.Cell, runs=versions, built=versions)
    document = {
        "format": {"const": plan.FORMAT},
        **fields(
            plan.Plan,
            interpreters={},
            cells=_array(_object(cell)),
            day={"type": ["string", "null"], "format": "date"},
            declared=_map(versions),
            milestones=_map(_map(TEXTS)),
        ),
        "pythons": _meant(_array(_object(fields(plan.Interpreter))), said["interpreters"]),
    }
    del document["interpreters"]
    return _object(document)


def _manifest() -> Any:
    judgement = _object(fields(member.Judgement))
    told = _map(_array(judgement))
    note = fields(member.ContentNote)
    both = {"dependentRequired": {"file": ["sha256"], "sha256": ["file"]}}
    settled = fields(manifest.Settled, source={}, declared=TEXTS)
    del settled["source"]
    settled = {**settled, **fields(tables.Source)}
    found = fields(
        member.Member,
        content={},
        settled=_array({"$ref": "#/$defs/settled"}),
        told={"$ref": "#/$defs/told"},
    )
    del found["content"]
    schema = _object(
        {
            "format": {"const": manifest.FORMAT},
            **fields(
                manifest.Manifest,
                environment={"enum": list(manifest._ENVIRONMENTS)},
                source={"$ref": "#/$defs/note"},
                settled=_array({"$ref": "#/$defs/settled"}),
                members=_array({"$ref": "#/$defs/member"}),
                told={"$ref": "#/$defs/told"},
                beside=_or_null({"$ref": "#/$defs/record"}),
                wheels=_map(TEXT),
            ),
        }
    )
    return {
        **schema,
        "$defs": {
            "note": {**_object(note, optional=tuple(note)), **both},
            "settled": _object(settled),
            "told": told,
            "member": {
                **_object({**found, **note}, optional=("borrowed", "settled", "told", *note)),
                **both,
            },
            "record": _object(_record()),
        },
    }


def _with_head(title: str, make: Callable[[], Any]) -> Callable[[], Any]:
    return lambda: {"$schema": DRAFT, "title": title, **make()}


COMMANDS: dict[str, Callable[[], Any]] = {
    "check": _check,
    "status": _status,
    "explain": _explain,
    "suggest": _suggest,
    "verify": _verify,
    "freeze": _freeze,
    "show": _show,
    "export": _export,
    "import": _import,
    "matrix list": _matrix_list,
}
"""The commands that accept ``--format json``."""

FILES = {
    "report.json": _with_head("The report of pip-build-override run", _report),
    "manifest.json": _with_head("The manifest beside a wheel in the cache", _manifest),
    **{
        f"{command.replace(' ', '-')}.json": _with_head(
            f"The answer of pip-build-override {command} --format json", make
        )
        for command, make in COMMANDS.items()
    },
}
"""The files in the package, each with what makes it."""
