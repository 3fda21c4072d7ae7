"""Conversion between a record and the CycloneDX document in a wheel (PEP 770).

Components have the scope "excluded": they were used to build the wheel, and are not part of it. The
bytes depend only on the record, and on SOURCE_DATE_EPOCH if that is set.
"""

from __future__ import annotations

import datetime
import json
import uuid
from typing import Any, Iterator
from urllib.parse import quote

from ..files import Json
from .record import Change, Distribution, Generated, Record, Regenerated, from_json

FILE_NAME = "pip-build-override.cdx.json"
"""Name of the document in ``.dist-info/sboms``: that of the tool, to avoid conflicts with others."""

SPEC_VERSION = "1.6"

_PREFIX = "pip-build-override:"
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "pip-build-override.cyclonedx")
_LISTS = ("declared", "asked", "effective", "effective_asked", "constraints")
_TEXTS = ("rules", "interpreter", "platform")
_OPTIONAL = ("uses", "front_end", "sdist_with")


def to_cyclonedx(record: Record, epoch: str = "") -> bytes:
    """Return the document for a record, without the secrets in its URLs.

    Args:
        record: The record.
        epoch: Seconds, as in SOURCE_DATE_EPOCH; if it is "", the document has no timestamp.
    """
    record = from_json(record.to_json())
    metadata: Json = {
        "lifecycles": [{"phase": "build"}],
        "tools": {
            "components": [
                {"type": "application", "name": "pip-build-override", "version": record.tool},
                *_pip(record),
            ]
        },
        "component": _component(record.name, record.version),
        "properties": list(_properties(record)),
    }
    try:
        moment = datetime.datetime.fromtimestamp(int(epoch), datetime.timezone.utc)
        metadata["timestamp"] = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        # Unset, or not a valid timestamp.
        pass
    document: Json = {
        "$schema": f"http://cyclonedx.org/schema/bom-{SPEC_VERSION}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": SPEC_VERSION,
        "version": 1,
        "metadata": metadata,
        "components": [_built_with(entry, record) for entry in record.environment],
    }
    content = json.dumps(document, sort_keys=True)
    document["serialNumber"] = f"urn:uuid:{uuid.uuid5(_NAMESPACE, content)}"
    return (json.dumps(document, indent=1, sort_keys=True) + "\n").encode()


def from_cyclonedx(data: bytes) -> Record:
    """Return the record in a document that ``to_cyclonedx`` has written.

    Raises:
        ValueError: If it is anything else.
    """
    try:
        document = json.loads(data)
        metadata = document["metadata"]
        properties = _grouped(metadata["properties"])
        tools = {tool["name"]: tool["version"] for tool in metadata["tools"]["components"]}
        changes = [json.loads(text) for text in properties.get("change", ())]
        generated = [json.loads(text) for text in properties.get("generated", ())]
        regenerated = [json.loads(text) for text in properties.get("regenerated", ())]
        parts: Json = {key: tuple(properties.get(key, ())) for key in _LISTS}
        parts.update((key, "".join(properties.get(key, ()))) for key in (*_TEXTS, *_OPTIONAL))
        return Record(
            name=metadata["component"]["name"],
            version=metadata["component"]["version"],
            environment=tuple(map(_read_component, document["components"])),
            changes=tuple(_read_change(change) for change in changes),
            pip=tools.get("pip", ""),
            tool=tools["pip-build-override"],
            isolated="isolated" not in properties,
            generated=tuple(Generated(**entry) for entry in generated),
            regenerated=tuple(Regenerated(**entry) for entry in regenerated),
            **parts,
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"not a document of pip-build-override: {error!r}") from None


def _pip(record: Record) -> list[Json]:
    # What another front end builds has no version of pip.
    return [{"type": "application", "name": "pip", "version": record.pip}] if record.pip else []


def _component(name: str, version: str) -> Json:
    purl = f"pkg:pypi/{name}@{quote(version)}"
    return {"type": "library", "name": name, "version": version, "purl": purl, "bom-ref": purl}


def _built_with(entry: Distribution, record: Record) -> Json:
    component = {**_component(entry.name, entry.version), "scope": "excluded"}
    if entry.name == record.name:
        # The same release may be both built and used for building it.
        component["bom-ref"] += "#build-environment"
    # The hash of the file at the URL.
    if entry.sha256:
        component["hashes"] = [{"alg": "SHA-256", "content": entry.sha256}]
    if entry.url:
        component["externalReferences"] = [{"type": "distribution", "url": entry.url}]
    properties = [_property("requires", text) for text in entry.requires]
    if entry.direct:
        properties.insert(0, _property("asked-for-by", "url"))
    if entry.source:
        properties.insert(0, _property("built-from", "source"))
    if entry.borrowed:
        properties.insert(0, _property("borrowed-from", "target"))
    if entry.seen:
        properties.insert(0, _property("installed-for-the-build", "no"))
    properties += [_property("hides", version) for version in entry.hidden]
    if entry.linkable:
        properties.append(_property("linkable", "yes"))
    if properties:
        component["properties"] = properties
    return component


def _properties(record: Record) -> Iterator[Json]:
    for key in _TEXTS:
        yield _property(key, getattr(record, key))
    for key in _OPTIONAL:
        if getattr(record, key):
            yield _property(key, getattr(record, key))
    for key in _LISTS:
        for text in getattr(record, key):
            yield _property(key, text)
    if not record.isolated:
        yield _property("isolated", "no")
    for change in record.changes:
        said = {key: value for key, value in vars(change).items() if value or key != "because"}
        yield _property("change", json.dumps(said, sort_keys=True))
    for entry in record.generated:
        yield _property("generated", json.dumps(vars(entry), sort_keys=True))
    for again in record.regenerated:
        yield _property("regenerated", json.dumps(vars(again), sort_keys=True))


def _property(key: str, value: str) -> Json:
    return {"name": _PREFIX + key, "value": value}


def _grouped(properties: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for entry in properties:
        if entry["name"].startswith(_PREFIX):
            found.setdefault(entry["name"][len(_PREFIX) :], []).append(entry["value"])
    return found


def _read_component(component: Json) -> Distribution:
    properties = _grouped(component.get("properties", ()))
    return Distribution(
        component["name"],
        component["version"],
        url="".join(entry["url"] for entry in component.get("externalReferences", ())[:1]),
        sha256="".join(entry["content"] for entry in component.get("hashes", ())[:1]),
        source="built-from" in properties,
        direct="asked-for-by" in properties,
        requires=tuple(properties.get("requires", ())),
        borrowed="borrowed-from" in properties,
        hidden=tuple(properties.get("hides", ())),
        linkable="linkable" in properties,
        seen="installed-for-the-build" in properties,
    )


def _read_change(change: Json) -> Change:
    lists = {key: tuple(change[key]) for key in ("before", "after")}
    return Change(
        change["kind"],
        change["name"],
        where=change["where"],
        text=change["text"],
        because=str(change.get("because", "")),
        **lists,
    )
