"""Wheels on the page of an index for other Pythons and platforms, which pip need not look at.

pip makes an object for each file on a page, parses its name, and then rejects most of them, because no
tag of theirs is one of the target's (PEP 425). That takes half a second for numpy. Only files that
pip would reject for their tags are left out, so it finds the same candidates in the same order.
"""

from __future__ import annotations

import functools
import itertools
import logging
import re
from typing import TYPE_CHECKING, Any, Callable

from pip._internal.models.link import Link

if TYPE_CHECKING:
    from .protocols import PackageFinder

_READ = "process_project_url"
# Has no equal in a pip that does not ask for JSON (PEP 691).
_MAKE_LINK = "from_json"
_PARSED_ONCE = "cache_link_parsing"
# A URL without anything that is quoted, dropped or said apart from the path, and at its end the name of
# a wheel as the specification has it, with a version in normal form: some pips warn of other names.
_PLAIN_WHEEL = re.compile(
    r"""
    (?:[\w.:/+@~-]*/)?
    [a-z0-9]+(?:[._][a-z0-9]+)*
    -\d+(?:\.\d+)*(?:(?:a|b|rc)\d+)?(?:\.post\d+)?(?:\.dev\d+)?(?:\+[a-z0-9]+(?:\.[a-z0-9]+)*)?
    (?:-\d+\w*)?
    -([\w.]+)-([\w.]+)-([\w.]+)\.whl
    """,
    re.ASCII | re.IGNORECASE | re.VERBOSE,
)


def leave_unread(finder: PackageFinder) -> None:
    """Make a finder leave out the wheels that it would reject for their tags, as long as it exists.

    Nothing is left out if pip logs why it rejects each file, or if this pip does it in another way; nor
    on pages that pip parses once for all finders (``--find-links``), which may be for other targets.

    Args:
        finder: pip's package finder; only this one object is changed.
    """
    if _READ in vars(finder):
        # It does so already.
        return
    read: Any = getattr(finder, _READ, None)
    make = vars(Link).get(_MAKE_LINK)
    tags = _tags_of(finder)
    if read is None or not isinstance(make, classmethod) or not tags:
        return
    made_if_fitting = classmethod(_made_if_fitting(make.__func__, tags))

    # Any, because these are pip's types.
    def process_project_url(project_url: Any, *args: Any, **kwargs: Any) -> Any:
        if getattr(project_url, _PARSED_ONCE, True) or _reasons_are_logged():
            return read(project_url, *args, **kwargs)
        setattr(Link, _MAKE_LINK, made_if_fitting)
        try:
            return read(project_url, *args, **kwargs)
        finally:
            setattr(Link, _MAKE_LINK, make)

    setattr(finder, _READ, process_project_url)


def is_foreign(url: str, tags: frozenset[str]) -> bool:
    """Return whether a file is certainly a wheel without a tag that is accepted (PEP 427).

    Args:
        url: The URL of the file, as a page gives it.
        tags: The tags that are accepted, such as ``py3-none-any``, in lower case.
    """
    plain = _PLAIN_WHEEL.fullmatch(url)
    return plain is not None and url.endswith(".whl") and tags.isdisjoint(_tags(*plain.groups()))


# Of thousands of files, most have the tags of others.
@functools.lru_cache(maxsize=None)
def _tags(pythons: str, abis: str, platforms: str) -> frozenset[str]:
    """Return the tags that the last three parts of a file name stand for."""
    parts = (part.lower().split(".") for part in (pythons, abis, platforms))
    return frozenset(map("-".join, itertools.product(*parts)))


def _made_if_fitting(make: Callable[..., Any], tags: frozenset[str]) -> Callable[..., Any]:
    # pip skips files for which no link can be made.
    def from_json(cls: type[Link], file_data: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        url = file_data.get("url")
        if isinstance(url, str) and is_foreign(url, tags):
            return None
        return make(cls, file_data, *args, **kwargs)

    return from_json


def _tags_of(finder: PackageFinder) -> frozenset[str]:
    target: Any = getattr(finder, "target_python", None)
    # The former since 23.1.
    for name in ("get_unsorted_tags", "get_tags"):
        if hasattr(target, name):
            return frozenset(map(str, getattr(target, name)()))
    return frozenset()


def _reasons_are_logged() -> bool:
    return logging.getLogger("pip._internal.index.package_finder").isEnabledFor(logging.DEBUG)
