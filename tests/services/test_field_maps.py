"""Field maps: drafts, activation, versions, copies, and what of the guess a map reads another way."""

import json
from dataclasses import replace

import pytest
import sqlalchemy as sa

from app.audit import Actor, ActorKind
from app.extensions import db
from app.imports.field_map import KEPT
from app.imports.files import ColumnProfile, Inspection, Reading
from app.models import AuditEvent, FieldDecision, FieldMap, FieldMapField, MapStatus, PrivacyClass, ProviderAccount
from app.services import field_maps, map_editing, map_versions
from app.services.errors import InvalidField, NotPossible, StaleVersion
from app.services.file_imports import fit_of
from app.services.inspections import Noted
from app.services.map_editing import IGNORE, KEEP, FieldEdit, choice_of
from app.unit_of_work import transaction
from tests.support import factories

pytestmark = pytest.mark.usefixtures("app")
ACTOR = Actor(ActorKind.COMMAND, "test")
READING = Reading(kind="csv", encoding="utf-8", delimiter=",", quotechar='"', header_row=1, totals_rows=0)
TITLES = ("Call ID", "Received On", "Call Type", "Customer Name", "Odd Column")


def column(title: str, type_: str = "text", *examples: str) -> ColumnProfile:
    return ColumnProfile(title=title, type=type_, empties=0, distinct=3, examples=examples)


def inspection(*titles: str) -> Inspection:
    return Inspection(reading=READING, columns=tuple(column(title) for title in titles or TITLES), rows=3, notes=())


def drafted(account: ProviderAccount, *titles: str, data_type: str = "calls") -> FieldMap:
    with transaction():
        return field_maps.start_draft(account, data_type, inspection=inspection(*titles), actor=ACTOR)


def activated(account: ProviderAccount, *titles: str) -> FieldMap:
    draft = drafted(account, *titles)
    with transaction():
        return field_maps.activate(draft, actor=ACTOR)


def field_of(field_map: FieldMap, source: str) -> FieldMapField:
    return next(field for field in field_map.fields if field.source == source)


def decide(draft: FieldMap, choices: dict[str, str], **options: object) -> int:
    by_id = {field_of(draft, source).public_id: choice for source, choice in choices.items()}
    with transaction():
        values = {"ignore_reason": "", "seen_version": draft.version, "actor": ACTOR, **options}
        return map_editing.decide(draft, by_id, **values)  # type: ignore[arg-type]


def trail(action: str) -> list[dict[str, object]]:
    return [json.loads(event.changes) for event in db.session.scalars(sa.select(AuditEvent).where(AuditEvent.action == action))]


def test_a_draft_is_made_from_suggestions_and_has_an_owner() -> None:
    owner = factories.staff()
    draft = drafted(factories.connector(owner_id=owner.id))
    assert (draft.number, draft.status) == (1, MapStatus.DRAFT)
    assert field_of(draft, "Call ID").target == "external_id"
    assert field_of(draft, "Odd Column").target == f"{KEPT}odd_column"
    assert {field.owner_id for field in draft.fields} == {owner.id}
    assert [field.position for field in draft.fields] == [0, 1, 2, 3, 4]


def test_there_is_one_draft() -> None:
    account = factories.connector()
    drafted(account)
    with pytest.raises(NotPossible, match="a draft of this map already"), transaction():
        field_maps.start_draft(account, "calls", inspection=inspection(), actor=ACTOR)
    assert drafted(account, data_type="jobs").data_type == "jobs"


def test_activating_takes_the_place_of_the_active_version() -> None:
    account = factories.connector()
    first = activated(account)
    second = activated(account)
    db.session.refresh(first)
    assert (first.status, first.active_key) == (MapStatus.FORMER, None)
    assert (second.status, second.number, second.draft_key) == (MapStatus.ACTIVE, 2, None)
    assert field_maps.active_map(account, "calls") is second
    assert field_maps.draft_map(account, "calls") is None
    assert [each.number for each in map_versions.versions(account, "calls")] == [2, 1]
    assert trail("field_map.activated")[1] == {"data_type": "calls", "in_place_of": 1, "number": 2}


def test_a_map_with_something_missing_is_not_activated_and_says_what() -> None:
    draft = drafted(factories.connector())
    decide(draft, {"Call ID": IGNORE, "Odd Column": ""})
    with pytest.raises(NotPossible, match="“Odd Column” is undecided"), transaction():
        field_maps.activate(draft, actor=ACTOR)
    assert draft.status is MapStatus.DRAFT


def test_an_activated_version_never_changes() -> None:
    active = activated(factories.connector())
    with pytest.raises(StaleVersion, match="activated"), transaction():
        map_editing.decide(active, {}, ignore_reason="", seen_version=active.version, actor=ACTOR)
    with pytest.raises(StaleVersion), transaction():
        field_maps.activate(active, actor=ACTOR)
    with pytest.raises(StaleVersion), transaction():
        field_maps.discard_draft(active, actor=ACTOR, seen_version=active.version)


def test_a_new_draft_knows_what_the_active_version_says() -> None:
    account = factories.connector()
    draft = drafted(account)
    decide(draft, {"Odd Column": IGNORE}, ignore_reason="Nobody reads it.")
    with transaction():
        field_maps.activate(draft, actor=ACTOR)
    again = drafted(account, "Odd Column", "Call ID", "Campaign Name")
    assert [field.source for field in again.fields] == [
        "Odd Column",
        "Call ID",
        "Campaign Name",
        "Received On",
        "Call Type",
        "Customer Name",
    ]
    assert field_of(again, "Odd Column").ignore_reason == "Nobody reads it."
    assert field_of(again, "Campaign Name").target == "campaign"
    with transaction():
        field_maps.discard_draft(again, actor=ACTOR, seen_version=again.version)
        copy = field_maps.start_draft_from_active(account, "calls", actor=ACTOR)
    assert [field.source for field in copy.fields] == list(TITLES)


def test_many_columns_are_decided_at_once() -> None:
    draft = drafted(factories.connector())
    was = draft.version
    assert decide(draft, {"Odd Column": "campaign", "Customer Name": KEEP, "Call Type": "status"}) == 2
    assert draft.version > was
    field = field_of(draft, "Odd Column")
    assert (field.target, field.label, field.decision) == ("campaign", "Campaign", FieldDecision.MAPPED)
    assert field.explanation
    assert field_of(draft, "Customer Name").target == f"{KEPT}customer_name"
    assert trail("field_map.edited") == [{"number": 1, "column 4": ["customer", KEEP], "column 5": [KEEP, "campaign"]}]
    decide(draft, {"Customer Name": IGNORE})
    assert field_of(draft, "Customer Name").ignore_reason == map_editing.NOT_NEEDED


def test_a_changed_choice_brings_the_way_to_read_it() -> None:
    draft = drafted(factories.connector())
    decide(draft, {"Received On": IGNORE})
    columns = [column("Odd Column", "date", "31/10/2026", "30/10/2026")]
    decide(draft, {"Odd Column": "received_on"}, columns=columns)
    assert json.loads(field_of(draft, "Odd Column").transform) == {"dates": "dmy"}


def test_keys_of_kept_columns_never_meet() -> None:
    draft = drafted(factories.connector(), "Call ID", "Odd Column", "odd-column", "Größe", "???")
    for field in draft.fields[1:]:
        decide(draft, {field.source: ""})
    for field in draft.fields[1:]:
        decide(draft, {field.source: KEEP})
    keys = [field.target for field in draft.fields[1:]]
    assert len(set(keys)) == len(keys)
    assert not [line for line in field_maps.problems_of(draft) if "key" in line or "all mapped" in line]


def test_who_saw_an_older_draft_overwrites_nothing() -> None:
    draft = drafted(factories.connector())
    seen = draft.version
    decide(draft, {"Odd Column": IGNORE})
    with pytest.raises(StaleVersion, match="Somebody else changed this draft"):
        decide(draft, {"Odd Column": KEEP}, seen_version=seen)
    assert choice_of(field_of(draft, "Odd Column")) == IGNORE


def test_one_column_is_edited_with_all_that_belongs_to_it() -> None:
    draft, owner = drafted(factories.connector()), factories.staff()
    field = field_of(draft, "Odd Column")
    edit = FieldEdit(
        choice="campaign",
        label="Source of the call",
        owner=owner,
        privacy=PrivacyClass.PUBLIC,
        explanation="Which campaign brought the call.",
        ignore_reason="left from before",
        transform=replace(field_maps.mapped_of(field).transform, trim=False),
    )
    with transaction():
        map_editing.edit_field(draft, field, edit, seen_version=draft.version, actor=ACTOR)
    spec = field_maps.spec_of(draft).fields[4]
    assert (spec.target, spec.label, spec.privacy, spec.ignore_reason) == ("campaign", "Source of the call", PrivacyClass.PUBLIC, "")
    assert spec.transform.trim is False
    assert field.owner_id == owner.id
    with pytest.raises(InvalidField, match="why this column is ignored"), transaction():
        map_editing.edit_field(draft, field, replace(edit, choice=IGNORE, ignore_reason=""), seen_version=draft.version, actor=ACTOR)


def test_suggestions_decide_what_is_undecided_and_nothing_else() -> None:
    draft = drafted(factories.connector())
    decide(draft, {"Call ID": "", "Odd Column": "", "Customer Name": IGNORE})
    with transaction():
        count = map_editing.accept_suggestions(draft, inspection().columns, seen_version=draft.version, actor=ACTOR)
    assert count == 2
    assert field_of(draft, "Call ID").target == "external_id"
    assert field_of(draft, "Customer Name").decision is FieldDecision.IGNORED


def test_a_suggestion_takes_no_target_that_is_given_already() -> None:
    draft = drafted(factories.connector())
    decide(draft, {"Call ID": ""})
    decide(draft, {"Odd Column": "external_id"})
    with transaction():
        map_editing.accept_suggestions(draft, inspection().columns, seen_version=draft.version, actor=ACTOR)
    assert choice_of(field_of(draft, "Call ID")) == ""


def test_a_draft_is_brought_in_line_with_a_file() -> None:
    account = factories.connector()
    draft = drafted(account)
    decide(draft, {"Odd Column": IGNORE}, ignore_reason="Nobody reads it.")
    noted = Noted("calls", inspection("Odd Column", "Call ID", "Campaign Name"), by_hand=("header_row",))
    assert fit_of(draft, noted.inspection).missing == ("Received On", "Call Type", "Customer Name")
    with transaction():
        map_editing.bring_in_line(draft, noted, owner_id=None, actor=ACTOR)
    db.session.expire_all()
    assert [(field.position, field.source) for field in draft.fields] == [(0, "Odd Column"), (1, "Call ID"), (2, "Campaign Name")]
    assert field_of(draft, "Odd Column").ignore_reason == "Nobody reads it."
    assert json.loads(draft.reading) == {"header_row": 1}
    assert fit_of(draft, noted.inspection).is_whole


def test_what_was_changed_of_the_guess_is_read_so_again() -> None:
    account = factories.connector()
    with transaction():
        changed = {"header_row": 3, "sheet": "Calls", "kind": "xlsx", "unknown": 1}
        draft = field_maps.start_draft(account, "calls", inspection=inspection(), actor=ACTOR, changed=changed)
    assert field_maps.reading_of(draft, inspection()) == replace(READING, header_row=3)
    sheet = replace(READING, kind="xlsx", encoding="", delimiter="", quotechar="", sheet="Sheet1")
    found = field_maps.reading_of(draft, replace(inspection(), reading=sheet))
    assert found == replace(sheet, header_row=3, sheet="Calls")


def test_a_map_is_copied_from_another_connector() -> None:
    gone, owner = factories.staff(is_active=False), factories.staff()
    theirs, ours = factories.connector(owner_id=gone.id), factories.connector(owner_id=owner.id)
    source = activated(theirs)
    assert [each.public_id for each in field_maps.templates_for(ours, "calls")] == [source.public_id]
    assert list(field_maps.templates_for(theirs, "calls")) == []
    assert list(field_maps.templates_for(ours, "jobs")) == []
    with transaction():
        copy = field_maps.copy_from(source, ours, actor=ACTOR)
    assert [field.source for field in copy.fields] == list(TITLES)
    assert {field.owner_id for field in copy.fields} == {owner.id}
    assert trail("field_map.copied") == [{"data_type": "calls", "number": 1, "from": [theirs.public_id, 1]}]
    with pytest.raises(NotPossible), transaction():
        field_maps.copy_from(source, ours, actor=ACTOR)


def test_a_copy_has_the_columns_of_the_file_that_is_here() -> None:
    source = activated(factories.connector())
    with transaction():
        copy = field_maps.copy_from(source, factories.connector(), actor=ACTOR, inspection=inspection("Call ID", "Campaign Name"))
    assert [field.source for field in copy.fields] == ["Call ID", "Campaign Name"]


def test_maps_of_the_same_organization_come_first() -> None:
    account = factories.connector()
    strange = activated(factories.connector())
    near = activated(factories.connector(of=account.organization))
    found = field_maps.templates_for(account, "calls")
    assert [each.public_id for each in found] == [near.public_id, strange.public_id]


def test_two_versions_are_compared_in_sentences() -> None:
    account = factories.connector()
    first = activated(account)
    draft = drafted(account)
    decide(draft, {"Odd Column": IGNORE}, ignore_reason="Nobody reads it.")
    with transaction():
        field_of(draft, "Call ID").owner = factories.staff(name="Ada")
    lines = map_versions.differences(first, draft)
    assert any("“Odd Column”" in line and "ignored (Nobody reads it)" in line for line in lines)
    assert "“Call ID” belonged to nobody and now belongs to Ada." in lines
    assert map_versions.differences(first, first) == []


def test_the_command_line_gets_a_whole_map_at_once() -> None:
    account = factories.connector()
    with transaction():
        active = field_maps.suggest_and_activate(account, "calls", inspection(), actor=ACTOR)
    assert active.status is MapStatus.ACTIVE
    with pytest.raises(NotPossible, match="cannot be activated yet"), transaction():
        field_maps.suggest_and_activate(factories.connector(), "calls", inspection("Odd Column"), actor=ACTOR)


def test_an_unknown_data_type_has_no_map() -> None:
    with pytest.raises(NotPossible, match="not known"), transaction():
        field_maps.start_draft(factories.connector(), "nothing", inspection=inspection(), actor=ACTOR)
