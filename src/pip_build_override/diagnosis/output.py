"""A collector for the output of one build, which keeps only what the diagnosis needs."""

from __future__ import annotations

import re

from .conflict import Asked, asked_in_line
from .signatures import Hit, Matcher

_MOST_HITS = 60
_MOST_FILES = 40
_MOST_ASKED = 40
_LONGEST_WHY = 400

NO_INDEX, UNREACHABLE, FOUND_NOTHING = "no index", "unreachable", "nothing"
"""What pip may have met while it looked for a requirement."""

_ERROR = re.compile(
    r"(?!error: subprocess-exited)"
    r"(?:[\w.]*(?:Error|Exception|NotFound|Exit)\b|error\b|fatal\b|ERROR\b|CMake Error)[^a-z]"
)
_PYTHON = re.compile(r"[/\\](?:python3\.(\d{1,2})\b|Python3(\d{1,2})[/\\])", re.ASCII)
# These lines say only that something failed; an earlier line says why.
_SAYS_LITTLE = re.compile(
    r"error: [Cc]ommand '.*failed|error: subprocess|(?:\w+\.)*CalledProcessError|SystemExit|FAILED\b"
)
_OF_A_COMPILER = re.compile(r"\S+:\d+(?::\d+)?: (?:fatal )?(?:error|ERROR): \S")
_UNREACHABLE = re.compile(r"WARNING: Retrying \(.* after connection broken by ")
_FOUND_NOTHING = re.compile(r"ERROR: Could not find a version .*\(from versions: none\)")
_NOT_FOUND = re.compile(r"ERROR: No matching distribution found for ([^(]+)")
_UNPACKED = re.compile(
    r"pip-(?:install|req-build)-[\w]{8}[/\\]([A-Za-z0-9][\w.-]*?)_[0-9a-f]{32}\b", re.ASCII
)
# Compilers of C and C++ name the function first; Cython prints the code, and a caret below it.
_IN_FUNCTION = re.compile(r"\S+: In (?:[\w ]+ )?function .(.{1,300}).:$")
_CYTHONIZED = re.compile(r"\b(?:Cythonizing|cythoning) (\S+\.pyx?)\b")
_IN_FILE = re.compile(r'File "[^"]*site-packages[/\\]([\w-]+)')
_IN_MODULE = re.compile(r"\bin init ([A-Za-z]\w*)")


class Output:
    """The relevant output of a build so far.

    Args:
        matcher: Matcher that looks for signatures; each line passes it once.
    """

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher
        self._hits: dict[tuple[object, ...], Hit] = {}
        self._lines = 0
        self.error = ""
        self._why = ""
        self._before = ""
        self._compiler = ""
        self._awaits_why = False
        self.searched = ""
        self.python = ""
        self.unpacked = ""
        self.not_found = ""
        self.modules: dict[str, None] = {}
        self._cythonized: dict[str, None] = {}
        self._function = ""
        self._code = ""
        self._previous = ""
        self._conflict: list[Asked] = []
        self._lists_conflict = False

    @property
    def asked(self) -> list[Asked]:
        """The requirements that pip's resolver cannot satisfy."""
        return self._conflict or [Asked(self.not_found, merged=True)] * bool(self.not_found)

    @property
    def hits(self) -> tuple[Hit, ...]:
        """The signatures found, in order, each only once for the same captured values."""
        return tuple(self._hits.values())

    @property
    def cythonized(self) -> tuple[str, ...]:
        """The paths of what Cython has compiled, as it printed them."""
        return tuple(self._cythonized)

    @property
    def cause(self) -> str:
        """What says why it failed, if ``error`` does not; otherwise ""."""
        if not self.error or _SAYS_LITTLE.match(self.error):
            return self._compiler or self._before
        return self._whole_error if self._why else ""

    @property
    def _whole_error(self) -> str:
        return " ".join(filter(None, (self.error, self._why)))

    def take(self, text: str) -> None:
        """Process one line, cleaned and without its indentation."""
        self._lines += 1
        self._note_context(text)
        for hit in self._matcher.hits(text, self._lines, f"{self._function} {self._code}"):
            key = (hit.signature.name, *sorted(hit.caught.items()))
            if len(self._hits) < _MOST_HITS:
                self._hits.setdefault(key, hit)
        self._note_error(text)
        if text.startswith("ERROR: No matching"):
            found = _NOT_FOUND.match(text)
            if found is not None:
                self.not_found = found[1].strip()
        elif text.startswith("ERROR: Could not find") and _FOUND_NOTHING.match(text):
            self.searched = self.searched or FOUND_NOTHING
        elif text.startswith("WARNING: Retrying") and _UNREACHABLE.match(text):
            self.searched = UNREACHABLE
        if self._lists_conflict:
            asked = asked_in_line(text)
            self._lists_conflict = asked is not None
            if asked is not None and len(self._conflict) < _MOST_ASKED:
                self._conflict.append(asked)
        if text == "The conflict is caused by:":
            self._conflict, self._lists_conflict = [], True
        if not self.python and "ython3" in text:
            found = _PYTHON.search(text)
            if found is not None:
                self.python = f"3.{found[1] or found[2]}"
        if not self.unpacked and "pip-" in text:
            found = _UNPACKED.search(text)
            if found is not None:
                self.unpacked = found[1]
        if text.startswith("File ") and len(self.modules) < _MOST_FILES:
            for pattern in (_IN_FILE, _IN_MODULE):
                found = pattern.search(text)
                if found is not None:
                    self.modules[found[1]] = None

    def _note_context(self, text: str) -> None:
        if text.endswith(":") and " function " in text:
            found = _IN_FUNCTION.match(text)
            if found is not None:
                self._function, self._code = found[1], ""
        elif text == "^":
            self._code = self._previous
        elif "ythoni" in text and len(self._cythonized) < _MOST_FILES:
            found = _CYTHONIZED.search(text)
            if found is not None:
                self._cythonized[found[1]] = None
        self._previous = text

    def _note_error(self, text: str) -> None:
        looks_like_one = "rror" in text or "ERROR" in text or "xception" in text or "fatal" in text
        if looks_like_one and _ERROR.match(text):
            if not _SAYS_LITTLE.match(self.error):
                self._before = self._whole_error
            self.error, self._why = text, ""
            self._awaits_why = text.endswith(":")
        elif self._awaits_why and text:
            self._why = f"{self._why} {text}".lstrip()
            # CMake wraps its sentences, up to an empty line.
            self._awaits_why = self.error.startswith("CMake") and len(self._why) < _LONGEST_WHY
        elif self._why:
            self._awaits_why = False
        if looks_like_one and not self._compiler and _OF_A_COMPILER.match(text):
            self._compiler = text
