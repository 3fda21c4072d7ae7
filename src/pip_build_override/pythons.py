"""When each minor version of Python was first released."""

from __future__ import annotations

from datetime import date
from typing import Mapping, Tuple

Series = Tuple[int, ...]
"""The first two numbers of a version."""

# The day on which x.y.0 was released (https://devguide.python.org/versions/).
PYTHONS: Mapping[Series, date | None] = {
    (3, 8): date(2019, 10, 14),
    (3, 9): date(2020, 10, 5),
    (3, 10): date(2021, 10, 4),
    (3, 11): date(2022, 10, 24),
    (3, 12): date(2023, 10, 2),
    (3, 13): date(2024, 10, 7),
    (3, 14): date(2025, 10, 7),
}
