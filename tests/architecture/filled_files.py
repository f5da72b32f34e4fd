"""An uploaded file and a draft of its map for the database in which every page has something to show."""

import io
from dataclasses import dataclass

from app.audit import Actor, ActorKind
from app.imports.files import ColumnProfile, Inspection, Reading
from app.models import FieldMap, ProviderAccount, StoredFile, User
from app.services import field_maps, inspections, uploads
from app.services.inspections import Noted
from app.unit_of_work import transaction

CALLS = b"Call ID,Received On,Call Type,Customer Name\nC-1,2026-10-31 09:05,Booked,Ana Perez\nC-2,2026-10-31 09:15,Unbooked,Bo Lee\n"
TITLES = (("Call ID", "text", "X-9"), ("Received On", "datetime", "2026-10-31 09:05"), ("Call Type", "text", "Booked"))


@dataclass(frozen=True)
class CompanyFiles:
    """What one company sent, and what is being made of it."""

    stored: StoredFile
    draft: FieldMap

    @property
    def marks(self) -> frozenset[str]:
        return frozenset({self.stored.name, self.stored.public_id, self.draft.public_id} | {each.public_id for each in self.draft.fields})


def fill_files(connector: ProviderAccount, staff: User, name: str) -> CompanyFiles:
    """A file that can really be opened, and a draft beside the active map."""
    actor = Actor(ActorKind.STAFF, staff.public_id)
    reading = Reading(kind="csv", encoding="utf-8", delimiter=",", quotechar='"', header_row=1, totals_rows=0)
    columns = tuple(ColumnProfile(title, type_, empties=0, distinct=2, examples=(example,)) for title, type_, example in TITLES)
    noted = Noted("calls", Inspection(reading, columns, rows=2, notes=("The first line holds the titles.",)))
    with transaction():
        stored = uploads.receive(io.BytesIO(CALLS), name=f"calls of {name}.csv", account=connector, uploaded_by=staff, actor=actor)
        inspections.note(stored, noted)
        draft = field_maps.start_draft(connector, "calls", inspection=noted.inspection, actor=actor)
    return CompanyFiles(stored, draft)
