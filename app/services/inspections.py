"""What was found in an uploaded file: kept beside it, so that pages need not read the file again."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from app import audit
from app.audit import Actor, Target
from app.audit import canonical_json as canonical
from app.extensions import db
from app.imports.files import ColumnProfile, Inspection, Reading, inspect_file
from app.models import ProviderAccount, StoredFile
from app.services.uploads import waiting_files

OF_A_SHEET = frozenset({"header_row", "totals_rows", "sheet"})
"""What can be said about how a workbook is read."""


@dataclass(frozen=True)
class Noted:
    """An inspection as it is kept."""

    data_type: str
    """What was chosen when the file was uploaded."""
    inspection: Inspection
    by_hand: tuple[str, ...] = ()
    """Names of the parts of the reading that a person changed, now or in the map."""

    @property
    def by_title(self) -> dict[str, ColumnProfile]:
        return {column.title: column for column in self.inspection.columns}

    @property
    def changed_reading(self) -> dict[str, Any]:
        """Those parts and their values, as a map keeps them."""
        reading = asdict(self.inspection.reading)
        return {name: reading[name] for name in self.by_hand}


def note(stored: StoredFile, noted: Noted) -> None:
    """Keep what was found in a file."""
    found = {"data_type": noted.data_type, "by_hand": noted.by_hand, "inspection": json.loads(noted.inspection.to_json())}
    stored.inspection = canonical(found)
    db.session.flush()


def noted_of(stored: StoredFile) -> Noted | None:
    """What was found; None if nobody looked into the file yet."""
    kept: dict[str, Any] = json.loads(stored.inspection or "{}")
    if "inspection" not in kept:
        return None
    return Noted(kept["data_type"], Inspection.from_json(json.dumps(kept["inspection"])), tuple(kept["by_hand"]))


def reading_of(stored: StoredFile) -> Reading | None:
    """How the file is to be read, as the person saw and perhaps changed it; None if nobody looked into it yet."""
    noted = noted_of(stored)
    return noted.inspection.reading if noted else None


def look_into(path: Path, *, name: str, data_type: str, changed: Mapping[str, Any]) -> Noted:
    """Guess how a file is read and what its columns hold. Slow: no transaction may be open.

    :param changed: what of the guess was changed by hand, by name
    :raises app.imports.files.FileRefused: if it cannot be read, or not that way
    """
    found = inspect_file(path, name=name)
    wanted = with_changes(found.reading, changed)
    if wanted == found.reading:
        return Noted(data_type, found)
    guess = asdict(found.reading)
    by_hand = tuple(name for name, value in asdict(wanted).items() if guess[name] != value)
    return Noted(data_type, inspect_file(path, name=name, reading=wanted), by_hand)


def change_reading(stored: StoredFile, account: ProviderAccount, noted: Noted, *, actor: Actor) -> None:
    """Keep what was found when the file was read another way."""
    before = noted_of(stored)
    note(stored, noted)
    changes = {name: [None, value] for name, value in asdict(noted.inspection.reading).items()}
    if before is not None:
        was = asdict(before.inspection.reading)
        changes = {name: [was[name], value] for name, (_, value) in changes.items() if was[name] != value}
    if changes:
        audit.record(db.session(), actor, "file.reading_changed", Target.of(stored, account.organization), changes)


def latest(account: ProviderAccount, data_type: str) -> tuple[StoredFile, Noted] | None:
    """The newest file of this data type that is still here, as the example by which a map is drawn."""
    for stored in waiting_files(account):
        noted = noted_of(stored)
        if noted is not None and noted.data_type == data_type:
            return stored, noted
    return None


def is_read_so(reading: Reading, name: str, value: object) -> bool:
    """Whether a file is read as a change by hand wants it, or the change is none of such a file's."""
    return with_changes(reading, {name: value}) == reading


def with_changes(guess: Reading, changed: Mapping[str, Any]) -> Reading:
    """A guess with what somebody changed by hand. What this release does not know is passed over."""
    known = {each.name for each in fields(Reading)} - {"kind"}
    wanted = {name: value for name, value in changed.items() if name in known}
    if guess.kind == "xlsx":
        wanted = {name: value for name, value in wanted.items() if name in OF_A_SHEET}
    else:
        wanted.pop("sheet", None)
    return replace(guess, **wanted)
