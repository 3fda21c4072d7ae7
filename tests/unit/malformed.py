"""Documents that are not as they were written: each field left out, of another type, or unknown."""

from __future__ import annotations

from typing import Any, Callable, Collection, Iterable, Iterator, Mapping

_OTHERS: tuple[Any, ...] = (None, True, 7, 1.5, "text", [7], [[7]], [{"x": 7}], {"x": 7}, {"x": [7]})


def malformed(
    document: dict[str, Any],
    optional: Collection[str] = (),
    also: Mapping[str, tuple[Any, ...]] | None = None,
) -> Iterator[dict[str, Any]]:
    """Yield what must be refused.

    Args:
        document: as it is written.
        optional: names of fields that may be left out.
        also: name of a field to what it may be as well, of another type than in this document.
    """
    yield {**document, "of a later version": 7}
    for name, value in document.items():
        if name not in optional:
            yield {other: kept for other, kept in document.items() if other != name}
        for other in _OTHERS:
            if other not in (also or {}).get(name, ()) and not _is_alike(value, other):
                yield {**document, name: other}


def taken(from_json: Callable[[Any], object], documents: Iterable[object]) -> list[object]:
    """List those documents that are not refused."""
    found = []
    for document in documents:
        try:
            from_json(document)
        except ValueError:
            continue
        found.append(document)
    return found


def _is_alike(value: Any, other: Any) -> bool:
    """Whether a reader of one might take the other: of a list or a table, if it looks no further."""
    if type(other) is not type(value):
        return False
    if isinstance(value, (list, dict)):
        inner, others = (
            [*(each.values() if isinstance(each, dict) else each)] for each in (value, other)
        )
        return bool(inner) and _is_alike(inner[0], others[0])
    return True
