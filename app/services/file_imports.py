"""From an uploaded file to its import: does the active map fit it, and if there is none, the beginning of one."""

from dataclasses import dataclass

from app.audit import Actor
from app.imports.catalog import DATA_TYPES
from app.imports.field_map import KEPT
from app.imports.files import Inspection
from app.models import BatchKind, FieldMap, ImportBatch, ProviderAccount, StoredFile, User
from app.services import field_maps, imports, inspections, live_changes, map_editing
from app.services.errors import NotPossible
from app.services.inspections import Noted


@dataclass(frozen=True)
class Fit:
    """How the columns of a file and of a map go together."""

    new: tuple[str, ...]
    """Titles that the map does not know; they are not imported."""
    missing: tuple[str, ...]
    """Titles that the map reads and the file does not have; they stay empty."""
    needed: tuple[str, ...]
    """Labels of targets that are among the missing and without which no row can be imported."""

    @property
    def is_whole(self) -> bool:
        return not (self.new or self.missing)


def fit_of(field_map: FieldMap, inspection: Inspection) -> Fit:
    titles = {column.title for column in inspection.columns}
    known = {field.source for field in field_map.fields}
    targets = DATA_TYPES[field_map.data_type].by_key
    missing = [each for each in field_maps.spec_of(field_map).mapped() if each.source not in titles]
    return Fit(
        new=tuple(column.title for column in inspection.columns if column.title not in known),
        missing=tuple(each.source for each in missing),
        needed=tuple(targets[each.target].label for each in missing if not each.target.startswith(KEPT) and targets[each.target].mandatory),
    )


def map_for(account: ProviderAccount, data_type: str, kind: BatchKind) -> FieldMap | None:
    """Rows of a live connector come in by the map that its promotion froze; work on the next version goes on beside it."""
    pinned = live_changes.map_in_force(account, data_type) if kind is BatchKind.PRODUCTION else None
    return field_maps.get_map(pinned) if pinned is not None else field_maps.active_map(account, data_type)


def begin_map(account: ProviderAccount, noted: Noted, *, actor: Actor) -> None:
    """The first file of a data type brings the first draft of its map."""
    if field_maps.active_map(account, noted.data_type) or field_maps.draft_map(account, noted.data_type):
        return
    field_maps.start_draft(account, noted.data_type, inspection=noted.inspection, actor=actor, changed=noted.changed_reading)


def read_another_way(stored: StoredFile, account: ProviderAccount, noted: Noted, *, actor: Actor) -> bool:
    """Keep how a person wants a file to be read. A draft follows while nobody has touched it, or if no column of it is at stake.

    :return: whether a draft is left that has other columns than the file
    """
    inspections.change_reading(stored, account, noted, actor=actor)
    draft = field_maps.draft_map(account, noted.data_type)
    if draft is None:
        begin_map(account, noted, actor=actor)
        return False
    is_whole = fit_of(draft, noted.inspection).is_whole
    if is_whole and field_maps.changed_reading(draft) == noted.changed_reading:
        return False  # it is read so already
    if field_maps.is_untouched(draft) or is_whole:
        map_editing.bring_in_line(draft, noted, owner_id=account.owner_id, actor=actor)
        return False
    return True


def import_stored(stored: StoredFile, *, account: ProviderAccount, kind: BatchKind, requested_by: User | None, actor: Actor) -> ImportBatch:
    """Ask for the import of an uploaded file: a test by the newest activated map, what counts by the one in force.

    :raises NotPossible: if there is no active map, it does not fit, or another import of the data type is under way
    """
    noted = inspections.noted_of(stored)
    active = map_for(account, noted.data_type, kind) if noted else None
    if noted is None or active is None:
        raise NotPossible("This data type has no active field map yet. Activate its draft first, then import the file.")
    needed = fit_of(active, noted.inspection).needed
    if needed:
        raise NotPossible(
            f"This file cannot be imported by the active map: it has no column for {', '.join(f'“{label}”' for label in needed)}. "
            "Check that it is the right file, or change the map."
        )
    return imports.request_import(
        account=account,
        data_type=noted.data_type,
        kind=kind,
        stored_file=stored,
        field_map=active,
        requested_by=requested_by,
        actor=actor,
    )
