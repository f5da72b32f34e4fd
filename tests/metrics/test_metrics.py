"""Formulas: from groups of rows to the figure, one table for each metric; and what cannot be added."""

from collections.abc import Iterable
from decimal import Decimal

import pytest

from app.config import ROOT
from app.imports.catalog import DATA_TYPES
from app.metrics.explanation import FieldUse, MapUse, Role, explain
from app.metrics.metric import Breakdown, Direction, Measure, Metric, RowGroup, Unit
from app.metrics.parts import MixedCurrenciesError, MixedKindsError, Parts, total
from app.metrics.registry import METRICS, metric_of, metrics_of
from app.metrics.sources import CALLS, FORMS, INVOICES, LEAD_DATA_TYPES, SOURCES

CALL, FORM, JOB, INVOICE = "phone_call", "form_lead", "crm_job", "invoice"


def group(status: str, rows: int, *, kind: str = CALL, campaign: str = "", amount: str = "0") -> RowGroup:
    return RowGroup(status, kind, campaign, rows, Decimal(amount))


def counted(
    key: str, data_type: str, groups: Iterable[RowGroup], *, currency: str = "USD"
) -> dict[tuple[str, str], tuple[str, str | None]]:
    day = metric_of(key).count_day(groups, data_type=data_type, currency=currency)
    return {line: (str(parts.num), None if parts.den is None else str(parts.den)) for line, parts in day.items()}


CALL_DAY = [
    group("booked", 4, campaign="Ads"),
    group("booked", 2, campaign="Mail"),
    group("unbooked", 3),
    group("excused", 5),
    group("", 9),
]


@pytest.mark.parametrize(
    ("key", "data_type", "groups", "lines"),
    [
        ("booked_calls", "calls", CALL_DAY, {(CALL, ""): ("6", None)}),
        ("booked_calls", "calls", [], {}),
        ("booked_calls", "calls", [group("booked", 2, kind=FORM)], {}),
        ("booking_rate", "calls", CALL_DAY, {(CALL, ""): ("6", "9")}),
        ("booking_rate", "calls", [group("unbooked", 3)], {(CALL, ""): ("0", "3")}),
        ("booking_rate", "calls", [group("excused", 3)], {}),
        ("leads_by_campaign_source", "calls", CALL_DAY, {(CALL, "Ads"): ("4", None), (CALL, "Mail"): ("2", None), (CALL, ""): ("3", None)}),
        ("leads_by_campaign_source", "forms", [group("new", 2, kind=FORM, campaign="Ads")], {(FORM, "Ads"): ("2", None)}),
        (
            "revenue_invoiced",
            "invoices",
            [group("", 2, kind=INVOICE, amount="100.10"), group("posted", 1, kind=INVOICE, amount="-0.10")],
            {(INVOICE, ""): ("100.00", None)},
        ),
        (
            "job_outcomes",
            "jobs",
            [group("completed", 3, kind=JOB), group("canceled", 1, kind=JOB), group("scheduled", 7, kind=JOB)],
            {(JOB, "completed"): ("3", None), (JOB, "canceled"): ("1", None)},
        ),
        ("jobs_completed", "jobs", [group("completed", 3, kind=JOB), group("canceled", 1, kind=JOB)], {(JOB, ""): ("3", None)}),
        ("payments_received", "payments", [group("", 2, kind="payment", amount="20.0000")], {("payment", ""): ("20.0000", None)}),
        (
            "estimates_sold_amount",
            "estimates",
            [group("sold", 1, kind="estimate", amount="5.5"), group("open", 1, kind="estimate", amount="9")],
            {("estimate", ""): ("5.5", None)},
        ),
        ("memberships_sold", "customer_memberships", [group("expired", 2, kind="membership")], {("membership", ""): ("2", None)}),
        ("reviews_received", "reviews", [group("", 2, kind="review")], {("review", ""): ("2", None)}),
        ("ad_cost", "ad_clicks", [group("", 2, kind="ad_click", amount="3.3333")], {("ad_click", ""): ("3.3333", None)}),
    ],
)
def test_a_day_of_each_metric(
    key: str, data_type: str, groups: list[RowGroup], lines: dict[tuple[str, str], tuple[str, str | None]]
) -> None:
    assert counted(key, data_type, groups) == lines


def test_every_metric_has_a_row_in_the_table() -> None:
    shown = {case[0] for case in test_a_day_of_each_metric.pytestmark[0].args[1]}
    assert shown == {metric.key for metric in METRICS}


def parts(kind: str = CALL, num: str = "1", den: str | None = None, currency: str = "") -> Parts:
    return Parts(kind, 1, Decimal(num), None if den is None else Decimal(den), currency)


def test_a_ratio_is_made_of_sums_and_not_of_ratios() -> None:
    days = [parts(num="1", den="1"), parts(num="1", den="3"), parts(num="0", den="0")]
    assert metric_of("booking_rate").compute(days) == Decimal("0.5")


def test_a_ratio_of_nothing_and_a_figure_of_no_days_are_unknown() -> None:
    assert metric_of("booking_rate").compute([parts(num="0", den="0")]) is None
    assert metric_of("booked_calls").compute([]) is None
    assert metric_of("booked_calls").compute([parts(num="0")]) == 0


def test_different_signal_kinds_cannot_be_added() -> None:
    with pytest.raises(MixedKindsError, match="phone_call and form_lead"):
        total([parts(CALL), parts(FORM)])


def test_different_currencies_cannot_be_added() -> None:
    with pytest.raises(MixedCurrenciesError):
        total([parts(INVOICE, currency="USD"), parts(INVOICE, currency="CAD")])
    with pytest.raises(MixedCurrenciesError):
        total([parts(INVOICE, currency="USD"), parts(INVOICE)])


def test_a_metric_of_several_kinds_without_lines_cannot_be_declared() -> None:
    with pytest.raises(ValueError, match="never added"):
        Metric("all_leads", "Leads", Unit.COUNT, Direction.UP, 1, "All leads.", (CALLS, FORMS))
    Metric("leads", "Leads", Unit.COUNT, Direction.UP, 1, "By kind.", (CALLS, FORMS), breakdown=Breakdown.CAMPAIGN)


@pytest.mark.parametrize(
    ("unit", "measure", "of"),
    [
        (Unit.RATIO, Measure.ROWS, ()),
        (Unit.COUNT, Measure.ROWS, ("booked",)),
        (Unit.COUNT, Measure.AMOUNT, ()),
        (Unit.MONEY, Measure.ROWS, ()),
    ],
)
def test_unit_and_formula_have_to_fit(unit: Unit, measure: Measure, of: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="odd"):
        Metric("odd", "Odd", unit, Direction.UP, 1, "Odd.", (INVOICES,), measure=measure, counted=of)


def test_only_metrics_of_one_kind_have_a_total() -> None:
    assert [metric.key for metric in METRICS if len(metric.signal_kinds) > 1 and metric.has_total] == []
    assert [metric.key for metric in METRICS if not metric.has_total] == ["leads_by_campaign_source", "job_outcomes"]


def test_every_module_of_a_metric_is_listed_under_its_name() -> None:
    others = {
        "__init__",
        "comparability",
        "explanation",
        "metric",
        "movement",
        "parts",
        "periods",
        "registry",
        "sources",
        "window_rules",
        "windows",
        "words",
    }
    modules = {path.stem for path in (ROOT / "app" / "metrics").glob("*.py")} - others
    assert modules == {metric.key for metric in METRICS}
    assert len(METRICS) == len(modules)


def test_metrics_of_a_data_type() -> None:
    assert [metric.key for metric in metrics_of("calls")] == ["booked_calls", "booking_rate", "leads_by_campaign_source"]
    assert metrics_of("materials") == ()


def test_sources_say_what_the_catalog_says() -> None:
    for source in SOURCES:
        known = DATA_TYPES[source.data_type]
        assert (known.signal_kind, known.table, known.has_active) == (
            source.signal_kind,
            "leads" if source.is_lead else "records",
            source.has_active,
        )
    assert {data_type.key for data_type in DATA_TYPES.values() if data_type.table == "leads"} == LEAD_DATA_TYPES


def test_statuses_in_formulas_are_words_of_the_catalog() -> None:
    for metric in METRICS:
        for source in metric.sources:
            words = {
                word for target in DATA_TYPES[source.data_type].targets if target.column == "status" for word in dict(target.words).values()
            }
            assert set(source.statuses) | set(metric.counted) <= words | set(), (metric.key, source.data_type)


MAP = MapUse(
    3, (FieldUse(Role.DAY, "Received On", True), FieldUse(Role.STATUS, "Call Type", True), FieldUse(Role.STATUS, "Secret Name", False))
)


def test_how_a_number_is_made_names_public_fields_and_versions() -> None:
    text = explain(metric_of("booked_calls"), maps={"calls": MAP}, source_label="ServiceTitan", zone="America/Chicago", currency="USD")
    assert text == (
        "The number of calls that the source marks as booked. Only active calls from ServiceTitan count, and of these only genuine leads: "
        "tests, spam, internal contacts and duplicates are left out. Each counts on the day the call came in (field “Received On”), "
        "in America/Chicago. Which ones count is told by the field “Call Type”. Formula version 1, field map of calls version 3."
    )


def test_how_money_is_made_names_the_currency_and_types_without_the_flag_say_so() -> None:
    money = explain(metric_of("revenue_invoiced"), maps={}, source_label="Books", zone="UTC", currency="CAD")
    assert "Amounts are in CAD." in money
    assert "genuine" not in money
    assert "Only active invoices from Books count." in money
    assert "All reviews from Books count: the source marks none as inactive." in explain(
        metric_of("reviews_received"), maps={}, source_label="Books", zone="UTC", currency="CAD"
    )


def test_every_metric_stands_in_the_documentation() -> None:
    page = (ROOT / "docs" / "metrics.md").read_text()
    for metric in METRICS:
        rules = "; ".join(dict.fromkeys(source.active_rule for source in metric.sources))
        line = f"| `{metric.key}` | {metric.title} | {metric.unit.label} | {metric.formula} | {rules} | {metric.formula_version} |"
        assert line in page
