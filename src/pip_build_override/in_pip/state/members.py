"""What is kept of the distributions in a build environment, with the wheel that is built in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterable

from ...files import Json
from ...rules.standards import normalise
from ..builds import link_contents
from ..internals.file_names import version_in_file_name
from . import judgements

if TYPE_CHECKING:
    from ..session import Session


def of_built(session: Session, req: Any) -> list[Json]:
    """Return what is to be known of a distribution that was built, now or before, and of its members.

    Args:
        req: one of those that pip's resolver has chosen for a build environment.
    """
    name = normalise(req.name)
    build = session.build_of(req)
    told = judgements.of_misfits(session, name)
    below: Iterable[Json]
    if build is not None:
        own: Json = {"name": name, "version": build.package.version or "", "source": True}
        own["rules"] = build.rules_digest
        own.update(link_contents.noted(req, req.original_link or req.link, req.source_dir))
        told = judgements.put_together(judgements.of_build(session, build), told)
        settled, below = build.settled, build.members
    else:
        digest, stored = session.approved[req.link.file_path]
        version = version_in_file_name(req.link.filename, name) or ""
        own = {"name": name, "version": version, "source": True, "rules": digest, **stored.source}
        told = judgements.put_together(stored.told, told)
        settled, below = list(stored.settled), stored.members
    more = {"settled": settled, "told": told}
    own.update({key: value for key, value in more.items() if value})
    # What a build below has borrowed is told by the other members there.
    return [own, *({key: value for key, value in m.items() if key != "borrowed"} for m in below)]
