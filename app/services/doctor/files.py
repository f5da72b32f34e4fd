"""The data directory: room in it, and who else can read it."""

import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from app.services.doctor.finding import Finding, Setup, danger, ok, warning

GIGABYTE, MEGABYTE = 1024**3, 1024**2
LITTLE_ROOM, NO_ROOM = GIGABYTE, 100 * MEGABYTE


def look_at_modes(setup: Setup) -> Iterator[Finding]:
    title, directory = "Data directory", setup.settings.data_dir
    if not directory.is_dir():
        yield danger(title, f"{directory} is not there.", f"install -d -m 700 {directory}   (as the account that runs Fivegate)")
        return
    keys = directory / "keys.json"
    if keys.exists() and _open_to_others(keys):
        yield danger(title, "Other accounts of this machine can read the keys that open every stored secret.", f"chmod 600 {keys}")
    if _open_to_others(directory):
        yield warning(title, "Other accounts of this machine can look into it.", f"chmod 700 {directory}")
    else:
        yield ok(title, f"{directory} is closed to other accounts.")


def _open_to_others(path: Path) -> bool:
    return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def look_at_disk(setup: Setup) -> Iterator[Finding]:
    title = "Disk"
    free = shutil.disk_usage(setup.settings.data_dir).free
    text = f"{free / GIGABYTE:.1f} GB" if free >= GIGABYTE else f"{free / MEGABYTE:.0f} MB"
    sentence = f"{text} free where the data directory is."
    remedy = "Make room, or move FIVEGATE_DATA_DIR to a larger disk."
    if free < NO_ROOM:
        yield danger(title, f"{sentence} Uploads and, on SQLite, every change will fail soon.", remedy)
    elif free < LITTLE_ROOM:
        yield warning(title, sentence, remedy)
    else:
        yield ok(title, sentence)
