"""URLs without their secrets, as they may be shown and recorded.

This is the only module that decides which parts of a URL are secret. It imports nothing but ``re`` and
``patterns``, so errors, rules and records can all use it.
"""

from __future__ import annotations

import re

from .patterns import pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Match

# In typing errors such as https:/host the credentials are just as secret.
_START = pattern(
    r"(?P<web>(?:(?:git|hg|svn|bzr)\+)?(?:https?|ftps?|ssh|sftp)):/*"
    r"|(?<![a-z0-9+.-])(?P<other>[a-z0-9+.-]+)://",
    re.IGNORECASE | re.ASCII,
)
_TOKEN = pattern(r"[^ \t\r\n\f\v]*")
_AUTHORITY = pattern(r"[^/?#]*")
_HOST = pattern(r"(?P<host>\[[^\]]*\]|[^:]*)(?P<port>:[0-9]+)?", re.ASCII)
_IPV6 = pattern(r"(?:^|@)\[[0-9a-f:.]*$", re.IGNORECASE | re.ASCII)
# Characters that end a quotation, a list or a sentence around a URL.
_CLOSING = "\"'`)]}>,;."
_SEPARATING = "\"'`,;|<>()[]{}"
# The ones that pip uses (https://pip.pypa.io/en/stable/topics/vcs-support).
_FRAGMENT = pattern(r"(?:egg|subdirectory|md5|sha1|sha224|sha256|sha384|sha512)=.*", re.DOTALL)


def without_secrets(text: str) -> str:
    """Return a text, or a URL, without the secrets in its URLs.

    User names, passwords, queries and fragments that pip does not use are removed. The user of
    ``ssh://git@host`` is kept, because the URL is a different one without it.
    """
    if ":" not in text:
        return text
    parts = []
    at = token_end = 0
    starts = list(_START.finditer(text))
    for start, following in zip(starts, [*starts[1:], None]):
        if start.start() < at:
            # It is part of the query of the previous one.
            continue
        parts.append(text[at : start.start()])
        if token_end < start.end():
            token = _TOKEN.match(text, start.end())
            assert token is not None
            token_end = token.end()
        end = token_end
        if following is not None and following.start() < end:
            body = text[start.end() : following.start()]
            nested = ("?" in body or "#" in body) and body[-1] not in _SEPARATING
            end = end if nested else following.start()
        body = text[start.end() : end]
        core = body.rstrip(_CLOSING)
        if _IPV6.search(core) and body.startswith("]", len(core)):
            core += "]"
        parts += [_cleaned(start, core), body[len(core) :]]
        at = end
    return "".join([*parts, text[at:]])


def bare_url(url: str) -> str:
    """Return the location of a file: its URL without secrets and without its fragment."""
    start = _START.match(url)
    clean = without_secrets(url) if start is None else _cleaned(start, url[start.end() :])
    return clean.partition("#")[0]


def without_secrets_in(value: Any) -> Any:
    """Return a JSON value without the secrets in the URLs of its texts."""
    if isinstance(value, dict):
        return {key: without_secrets_in(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_secrets_in(entry) for entry in value]
    return without_secrets(value) if isinstance(value, str) else value


def _cleaned(start: Match[str], rest: str) -> str:
    """Return one URL without its secrets.

    Args:
        start: The match of its scheme.
        rest: The rest of the URL.
    """
    scheme = (start["web"] or start["other"]).lower()
    authority = _AUTHORITY.match(rest)
    assert authority is not None
    user, at, place = authority[0].rpartition("@")
    path = rest[authority.end() :]
    host = _HOST.match(place)
    assert host is not None
    if not at and host.end() < len(place):
        # Not a port, but a password with a character that should have been quoted.
        user, at, after = rest.rpartition("@")
        if at:
            after_host = _AUTHORITY.match(after)
            assert after_host is not None
            place, path = after_host[0], after[after_host.end() :]
        else:
            place = host[0]
    if at and scheme.rpartition("+")[2] in ("ssh", "sftp"):
        place = f"{user.partition(':')[0]}@{place}"
    path, _, fragment = path.partition("#")
    path = path.partition("?")[0]
    fragment = fragment.partition("?")[0]
    kept = "&".join(part for part in fragment.split("&") if _FRAGMENT.fullmatch(part))
    if "://" in path:
        path = without_secrets(path)
    return start[0] + place + path + (f"#{kept}" if kept else "")
