"""Access to how pip's finder judges links, and to the pages that it has found them on.

Apart from ``objects``, because hardly any command needs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, Iterable

from . import seams

if TYPE_CHECKING:
    from .protocols import Link, LinkEvaluator, PackageFinder


def reject_links(evaluator: LinkEvaluator, rejected: Callable[[Link], str]) -> None:
    """Make a link evaluator reject more links.

    Args:
        evaluator: pip's evaluator; only this one object is changed.
        rejected: Takes a link that pip accepts, and returns why it is rejected; "" if it is not.
    """
    original = evaluator.evaluate_link

    def evaluate_link(link: Link) -> object:
        result = original(link)
        if not isinstance(result, tuple) or len(result) != 2:
            seams.refuse_bypass(seams.CANDIDATES, "evaluate_link returns something else than a pair")
        verdict, _ = result
        # A boolean up to 22.1, and a member of an enumeration since then.
        if verdict is False or getattr(verdict, "name", "candidate") != "candidate":
            return result
        why = rejected(link)
        return (_refusal(verdict), why) if why else result

    setattr(evaluator, "evaluate_link", evaluate_link)  # noqa: B010 - a method


def _refusal(verdict: object) -> object:
    if verdict is True:
        return False
    members = getattr(type(verdict), "__members__", {})
    # The former is the verdict of --uploaded-prior-to (26.0 and later).
    known = [members[name] for name in ("upload_too_late", "platform_mismatch") if name in members]
    if not known:
        seams.refuse_bypass(seams.CANDIDATES, "evaluate_link has no verdict for a file of that time")
    return known[0]


def page_of(link: Link) -> str:
    """Return the URL of the page on which pip found a link, or "" if it is on none."""
    # A text, or an object with that URL.
    page = getattr(link.comes_from, "url", link.comes_from)
    return page if isinstance(page, str) and ":" in page else ""


def has_remote_find_links(finder: PackageFinder) -> bool:
    """Return whether a finder also searches pages that are given with --find-links."""
    places: Iterable[str] = getattr(getattr(finder, "search_scope", None), "find_links", ())
    return any(place.startswith(("https:", "http:")) for place in places)
