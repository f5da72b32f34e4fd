"""Files that nobody else may read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TextIO


def private(path: Path) -> TextIO:
    """A new file that nobody else may read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8", newline="")
