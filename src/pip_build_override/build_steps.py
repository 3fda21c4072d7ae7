"""Names for the steps of a build: what pip was doing, and how far the build got."""

from __future__ import annotations

BUILD = "build"
IMPORT = "import"
KNOWN = "known"
"""The step of a build that was ended because it is known to fail in this build environment."""

SOURCES = "sources"
FIRST_PASS = "first pass"
HOOK = "hook"
SECOND_PASS = "second pass"
METADATA = "metadata"
WHEEL = "wheel"

STATIC = "static"
WHOLE = "whole"
