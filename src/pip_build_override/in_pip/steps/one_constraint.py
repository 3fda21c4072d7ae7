"""One constraint per name for the legacy resolver, which uses the first and drops all other limits.

It even drops the limit of the requirement itself: constrained to ``<3``, ``ingredient==1.0`` becomes
``ingredient<3``. So the limits of the rules, the user and the requirements on one name are combined
into one constraint. Names without a rule are left to pip.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterable, Sequence

from ..internals.objects import normal_name

if TYPE_CHECKING:
    from ..internals.protocols import InstallRequirement, MakeRequirement


def combined(
    limits: Sequence[InstallRequirement],
    roots: Sequence[InstallRequirement],
    touched: Iterable[str],
    make: MakeRequirement,
) -> list[InstallRequirement]:
    """Return the requirements for the legacy resolver, with one constraint per name.

    Args:
        limits: the constraints of the rules, as pip's requirements.
        roots: what pip would resolve without the rules, including the user's constraints.
        touched: normalised names that rules put in or limit.
        make: pip's function that makes a requirement.
    """
    constraints, rest = [], list(roots)
    for name in dict.fromkeys([*map(_name, limits), *touched]):
        about = [root for root in (*limits, *rest) if _is_about(root, name)]
        limiting = [root for root in about if root.constraint]
        if not limiting or any(root.link for root in about):
            # A distribution from a URL is compared with the rules once it is installed, and pip
            # compares it with the user's constraints.
            continue
        repeated = [root for root in about if not root.constraint][1:]
        constraints.append(_one(about, limiting, repeated, make))
        rest = [root for root in rest if not any(root is other for other in repeated)]
    return [*constraints, *rest]


def _one(
    about: Sequence[InstallRequirement],
    limiting: Sequence[InstallRequirement],
    repeated: Sequence[InstallRequirement],
    make: MakeRequirement,
) -> InstallRequirement:
    specifiers = dict.fromkeys(str(root.req.specifier) for root in about if root.req is not None)
    # The legacy resolver alone accepts extras in constraints, and installs them.
    extras = sorted({extra for root in (*limiting, *repeated) for extra in root.extras})
    name = (limiting[0].name or "") + (f"[{','.join(extras)}]" if extras else "")
    origins = dict.fromkeys(str(root.comes_from) for root in limiting if root.comes_from)
    one = make(
        name + ",".join(filter(None, specifiers)), comes_from=" and ".join(origins), constraint=True
    )
    # As in pip itself, the first of several constraints counts.
    hashed = next((root for root in limiting if root.hash_options), None)
    if hashed is not None:
        one.hash_options.update(hashed.hash_options)
    return one


def _is_about(root: InstallRequirement, name: str) -> bool:
    return bool(root.name) and _name(root) == name and bool(root.match_markers())


def _name(root: InstallRequirement) -> str:
    return normal_name(root)
