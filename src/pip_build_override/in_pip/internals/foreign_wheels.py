"""Wheels on the page of an index for other Pythons and platforms, which pip need not look at.

pip makes an object for each file on a page, parses its name, and then rejects most of them, because no
tag of theirs is one of the target's (PEP 425). That takes half a second for numpy. Only files that
pip would reject for their tags are left out, so it finds the same candidates in the same order.
"""

from __future__ import annotations

import functools
import itertools
import logging
from typing import TYPE_CHECKING, Any, Callable

from pip._internal.models.link import Link

if TYPE_CHECKING:
    from .protocols import PackageFinder

_READ = "process_project_url"
# Has no equal in a pip that does not ask for JSON (PEP 691).
_MAKE_LINK = "from_json"
_ENDING = ".whl"
# Where a file name ends, where it is quoted, and where a link says what it is in another way (#egg=).
_NOT_PLAIN = frozenset("#?%")


def leave_unread(finder: PackageFinder) -> None:
    """Make a finder leave out the wheels that it would reject for their tags, as long as it exists.

    Nothing is left out if pip logs why it rejects each file, or if this pip does it in another way.

    Args:
        finder: pip's package finder; only this one object is changed.
    """
    read: Any = getattr(finder, _READ, None)
    make = vars(Link).get(_MAKE_LINK)
    tags = _tags_of(finder)
    if _READ in vars(finder) or read is None or not isinstance(make, classmethod) or not tags:
        return
    made_if_fitting = classmethod(_made_if_fitting(make.__func__, tags))

    # Any, because these are pip's types.
    def process_project_url(*args: Any, **kwargs: Any) -> Any:
        if _reasons_are_logged():
            return read(*args, **kwargs)
        setattr(Link, _MAKE_LINK, made_if_fitting)
        try:
            return read(*args, **kwargs)
        finally:
            setattr(Link, _MAKE_LINK, make)

    setattr(finder, _READ, process_project_url)


def is_foreign(url: str, tags: frozenset[str]) -> bool:
    """Return whether a file is certainly a wheel without a tag that is accepted.

    Args:
        url: The URL of the file, as a page gives it.
        tags: The tags that are accepted, such as ``py3-none-any``, in lower case.
    """
    name = url[url.rfind("/") + 1 :]
    if not name.endswith(_ENDING) or not _NOT_PLAIN.isdisjoint(name):
        return False
    parts = name[: -len(_ENDING)].lower().rsplit("-", 3)
    return len(parts) == 4 and tags.isdisjoint(_tags(*parts[1:]))


# Of thousands of files, most have the tags of others.
@functools.lru_cache(maxsize=None)
def _tags(pythons: str, abis: str, platforms: str) -> frozenset[str]:
    """Return the tags that the last three parts of a file name stand for."""
    product = itertools.product(pythons.split("."), abis.split("."), platforms.split("."))
    return frozenset(map("-".join, product))


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
