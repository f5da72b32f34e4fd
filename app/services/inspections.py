"""What was found in an uploaded file: kept beside it, so that pages need not read the file again."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from app import audit
from app.audit import Actor, Target
from app.audit import canonical_json as canonical
from app.extensions import db
from app.imports.files.reading import ColumnProfile, Inspection, Reading
from app.models import ProviderAccount, StoredFile
from app.services.uploads import waiting_files


@dataclass(frozen=True)
class Noted:
    """An inspection as it is kept."""

    data_type: str
    """What was chosen when the file was uploaded."""
    inspection: Inspection
    by_hand: tuple[str, ...] = ()
    """Names of the parts of the reading that a person changed, now or in the map."""

    @property
    def changed_reading(self) -> dict[str, Any]:
        """Those parts and their values, as a map keeps them."""
        reading = asdict(self.inspection.reading)
        return {name: reading[name] for name in self.by_hand}


def note(stored: StoredFile, noted: Noted) -> None:
    """Keep what was found in a file."""
    stored.inspection = canonical(
        {
            "data_type": noted.data_type,
            "reading": asdict(noted.inspection.reading),
            "columns": [asdict(column) for column in noted.inspection.columns],
            "rows": noted.inspection.rows,
            "notes": noted.inspection.notes,
            "by_hand": noted.by_hand,
        }
    )
    db.session.flush()


def noted_of(stored: StoredFile) -> Noted | None:
    """What was found; None if nobody looked into the file yet."""
    kept: dict[str, Any] = json.loads(stored.inspection or "{}")
    if "reading" not in kept:
        return None
    columns = tuple(ColumnProfile(**{**column, "examples": tuple(column["examples"])}) for column in kept["columns"])
    inspection = Inspection(reading=Reading(**kept["reading"]), columns=columns, rows=kept["rows"], notes=tuple(kept["notes"]))
    return Noted(kept["data_type"], inspection, tuple(kept["by_hand"]))


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


def with_changes(guess: Reading, changed: Mapping[str, Any]) -> Reading:
    """A guess with what somebody changed by hand. What this release does not know is passed over."""
    known = {each.name for each in fields(Reading)} - {"kind"}
    wanted = {name: value for name, value in changed.items() if name in known}
    if guess.kind == "xlsx":
        wanted = {name: value for name, value in wanted.items() if name in {"header_row", "totals_rows", "sheet"}}
    else:
        wanted.pop("sheet", None)
    return replace(guess, **wanted)
