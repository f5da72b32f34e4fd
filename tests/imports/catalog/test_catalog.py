"""The catalog: whole, without contradictions, and known by the titles of reports and by the fields of the API alike."""

import re

import pytest

from app.imports.catalog import DATA_TYPES, DataType, TargetKind
from app.imports.field_map import KEPT, MapSpec, problems, suggest
from app.imports.files import ColumnProfile
from app.metrics.registry import METRICS
from app.models.rows import AppLead, AppRecord
from app.sample_company.shapes import SHAPES, Kind

SEVENTEEN = (
    "calls", "campaigns", "campaign_costs", "customer_memberships", "customers", "estimate_items", "estimates", "invoice_items", "invoices",
    "job_assignments", "job_splits", "jobs", "jobs_timesheets", "materials", "membership_types", "reviews", "services",
)  # fmt: skip
OTHERS = ("bookings", "leads", "forms", "payments", "ad_clicks", "search_clicks")
TITLED = sorted(set(SHAPES) & set(DATA_TYPES))


def columns_of(titles: list[str], kinds: dict[str, str] | None = None) -> list[ColumnProfile]:
    return [ColumnProfile(title, (kinds or {}).get(title, "text"), 0, 1, ()) for title in titles]


def test_all_data_types_are_there() -> None:
    assert set(DATA_TYPES) == {*SEVENTEEN, *OTHERS}
    assert all(key == kind.key for key, kind in DATA_TYPES.items())


@pytest.mark.parametrize("kind", DATA_TYPES.values(), ids=lambda kind: kind.key)
def test_targets_are_whole(kind: DataType) -> None:
    keys = [target.key for target in kind.targets]
    columns = [target.column for target in kind.targets if target.column]
    table = (AppLead if kind.table == "leads" else AppRecord).__table__
    assert len(set(keys)) == len(keys)
    assert len(set(columns)) == len(columns)
    assert set(columns) <= set(table.c.keys())
    assert {*kind.day, *kind.made_id, *(target for _, target in kind.day_by_status)} <= set(keys)
    assert all(kind.by_key[key].kind in {TargetKind.DAY, TargetKind.INSTANT} for key in kind.day)
    assert {word for word, _ in kind.day_by_status} <= set(kind.words_of_status)
    assert ("active" in keys) == kind.has_active
    assert kind.by_key["external_id"].mandatory or kind.made_id
    for target in kind.targets:
        assert re.fullmatch(r"[a-z][a-z0-9_]{0,40}", target.key), target.key
        assert target.label
        assert target.explanation.endswith(".")
        assert (len(target.label), len(target.explanation)) < (80, 300)
        assert len(target.words) == 0 or target.kind is TargetKind.WORD


@pytest.mark.parametrize("data_type", TITLED)
def test_titles_of_reports_and_fields_of_the_api_mean_the_same(data_type: str) -> None:
    """camelCase, with dots and in snake case. Keys of values beside the catalog are made of titles, so only known ones are compared."""
    shape = SHAPES[data_type]
    fields = shape.api_fields
    by_title = {field.source: field.target for field in suggest(data_type, columns_of(list(fields)))}
    for spelt in (str, _snake, lambda path: path.replace(".", "_")):
        by_path = suggest(data_type, columns_of([spelt(path) for path in fields.values()]))
        found = {title: field.target for title, field in zip(fields, by_path, strict=True)}
        assert found == by_title
    assert not [title for title, target in by_title.items() if target.startswith(KEPT)]


def _snake(path: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", path).lower().replace(".", "_")


@pytest.mark.parametrize("data_type", TITLED)
def test_a_suggested_map_of_an_export_can_be_imported_with_at_once(data_type: str) -> None:
    shape = SHAPES[data_type]
    fields = suggest(data_type, columns_of(list(shape.titles)))
    kind = DATA_TYPES[data_type]
    assert problems(MapSpec(data_type, 1, fields)) == []
    for field, column in zip(fields, shape.columns, strict=True):
        target = kind.target(field.target)
        assert target is not None, f"{column.title} is not known"
        if column.kind in {Kind.INSTANT, Kind.DAY, Kind.FLAG}:
            assert target.kind.value == column.kind.value
        if column.kind is Kind.MONEY:
            assert target.kind in {TargetKind.MONEY, TargetKind.NUMBER}


def test_metrics_ask_for_what_the_catalog_has() -> None:
    for metric in METRICS:
        for source in metric.sources:
            kind = DATA_TYPES[source.data_type]
            assert kind.signal_kind == source.signal_kind
            assert (kind.table == "leads") == source.is_lead
            assert set(source.statuses) <= set(kind.words_of_status)


# Fields of the API's records that no report of ours has, by data type, and what they are.
API = {
    "calls": {
        "leadCall.id": "external_id", "leadCall.receivedOn": "received_on", "leadCall.callType": "status", "leadCall.from": "phone",
        "leadCall.to": "to_phone", "leadCall.active": "active", "leadCall.campaign.name": "campaign", "leadCall.agent.name": "employee",
        "leadCall.customer.name": "customer", "leadCall.reason.name": "reason", "businessUnit.name": "business_unit",
        "type.name": "job_type", "jobNumber": "job_number", "leadCall.duration": "duration", "leadCall.modifiedOn": "modified_on",
    },
    "jobs": {
        "id": "external_id", "jobStatus": "status", "completedOn": "completed_on", "createdOn": "created_on", "campaignId": "campaign",
        "businessUnitId": "business_unit", "jobTypeId": "job_type", "soldById": "employee", "customerId": "customer", "total": "amount",
        "leadCallId": "lead_call_id", "noCharge": "no_charge", "recallForId": "attr:recall_for_id",
    },
    "invoices": {
        "id": "external_id", "referenceNumber": "number", "invoiceDate": "invoice_date", "subTotal": "sub_total", "total": "amount",
        "syncStatus": "status", "customer.name": "customer", "customer.id": "customer_id", "job.number": "job_number",
        "job.type": "job_type", "businessUnit.name": "business_unit", "employeeInfo.name": "employee", "paidOn": "paid_on",
    },
    "estimates": {"id": "external_id", "status.name": "status", "subtotal": "amount", "soldOn": "sold_on", "soldBy": "employee"},
    "reviews": {"internalId": "external_id", "externalId": "source_id", "publishDate": "published_on", "technicianFullName": "employee"},
    "campaign_costs": {"id": "external_id", "year": "year", "month": "month", "dailyCost": "daily_cost", "campaignId": "campaign"},
    "payments": {"id": "external_id", "date": "paid_on", "total": "amount", "type": "payment_type", "unappliedAmount": "unapplied"},
    "leads": {"id": "external_id", "createdOn": "created_on", "leadPhone": "phone", "leadEmail": "email"},
}  # fmt: skip


@pytest.mark.parametrize("data_type", API)
def test_records_of_the_api_are_known_field_by_field(data_type: str) -> None:
    wanted = API[data_type]
    assert {field.source: field.target for field in suggest(data_type, columns_of(list(wanted)))} == wanted
