"""What is read of pip's own objects, whatever shape a release gives them."""

from __future__ import annotations

from typing import Any


def requirements_in(requirement_set: Any) -> list[Any]:
    """List the requirements that pip's resolver has settled on."""
    # The legacy resolver keeps what came without a name apart.
    unnamed = getattr(requirement_set, "unnamed_requirements", [])
    return [*unnamed, *requirement_set.requirements.values()]
