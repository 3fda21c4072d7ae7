"""Where each distribution of a build environment comes from, noted by the pip that fills it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Dict, Iterable

from ..files import sha256_of_file
from ..rules.standards import normalise
from ..urls import bare_url
from .file_names import version_in_file_name

if TYPE_CHECKING:
    from .session import Session

Json = Dict[str, Any]


def note_chosen(session: Session, chosen: Iterable[Any]) -> None:
    """Keep the origin of each distribution that goes into a build environment."""
    if session.filling.depth:
        session.filling.distributions.extend(
            _origin(session, req) for req in chosen if req.link is not None and req.name
        )


def _origin(session: Session, req: Any) -> Json:
    link, path = req.link, ""
    stand_in = session.filling.stand_in_at(link.file_path) if link.is_file else None
    if stand_in is not None:
        # It goes when the run ends, and what it stood for is no file that could be had again.
        own = {"name": stand_in.name, "version": stand_in.version}
        return {**own, "url": "", "sha256": "", "source": False, "direct": False}
    if link.is_file and link.file_path in session.origins:
        # Built before: what counts is what it was built from.
        link = session.origins[link.file_path]
    else:
        path = getattr(req, "local_file_path", None) or ""
    build = session.build_of(req)
    name = normalise(req.name)
    version = (build.package.version if build else None) or version_in_file_name(
        req.link.filename, name
    )
    return {
        "name": name,
        "version": version or "",
        "url": bare_url(link.url_without_fragment),
        "sha256": _sha256(link, path),
        "source": not link.is_wheel,
        "direct": bool(getattr(req, "original_link", None)),
    }


def _sha256(link: Any, path: str) -> str:
    if link.is_file and os.path.isfile(link.file_path):
        path = link.file_path
    if path and os.path.isfile(path):
        return sha256_of_file(path)
    return str(link.hash) if link.hash_name == "sha256" and link.hash else ""
