"""Records of what a wheel was built against: writing, reading and judging them.

Without pip, and with the standard library only: records are put into wheels and reports inside pip,
and read by the commands.
"""

from __future__ import annotations

from ..urls import bare_url, without_secrets
from .cyclonedx import FILE_NAME, from_cyclonedx, to_cyclonedx
from .fits import Compatible, Verdict, compatible, fits
from .freezing import Frozen, freeze
from .linkable import has_abi, is_linkable
from .record import (
    Change,
    Distribution,
    Generated,
    Record,
    Regenerated,
    from_json,
    reason_of,
    settings_of,
)
from .report import blank, read_report, with_build
from .wheel_file import (
    metadata_of_wheel,
    put_into_wheel,
    put_metadata_into_wheel,
    read_from_wheel,
    requirements_of_wheel,
    version_of_wheel,
)

__all__ = [
    "FILE_NAME",
    "Change",
    "Compatible",
    "Distribution",
    "Frozen",
    "Generated",
    "Record",
    "Regenerated",
    "Verdict",
    "bare_url",
    "blank",
    "compatible",
    "fits",
    "freeze",
    "from_cyclonedx",
    "from_json",
    "has_abi",
    "is_linkable",
    "metadata_of_wheel",
    "put_into_wheel",
    "put_metadata_into_wheel",
    "read_from_wheel",
    "read_report",
    "reason_of",
    "requirements_of_wheel",
    "settings_of",
    "to_cyclonedx",
    "version_of_wheel",
    "with_build",
    "without_secrets",
]
