"""The plan of a connector, as data: each line of it with the checks and pages on which it rests. State comes from the stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from app.extensions import db
from app.imports.catalog import DATA_TYPES
from app.metrics.sources import LEAD_DATA_TYPES
from app.models import (
    Base,
    BatchKind,
    BatchStatus,
    ConnectorConfiguration,
    ImportBatch,
    ProviderAccount,
)
from app.models.rows import AppLead, AppRecord

PROMISE = (
    "What a client reads about their field service is the source's own number, with its name, its dates and its unit; "
    "and whoever works on it can show why it may be trusted."
)


class Where(StrEnum):
    """Pages on which a line of the plan lives, beside the pages of its checks."""

    CONNECTOR = "connector"
    SECRETS = "secrets"
    IMPORTS = "imports"
    DATA_TYPES = "data_types"
    FIGURES = "figures"
    LEADS = "leads"
    JOBS = "jobs"
    PROMOTION = "promotion"
    ROLLBACK_NOTES = "rollback_notes"

    @property
    def label(self) -> str:
        return {
            "connector": "The connector",
            "secrets": "Its secrets",
            "imports": "Its imports",
            "data_types": "Data types and maps",
            "figures": "Figures",
            "leads": "Lead rules",
            "jobs": "Its jobs",
            "promotion": "Promotion",
            "rollback_notes": "Rollback notes",
        }[self.value]


@dataclass(frozen=True)
class PlanLine:
    """A principle, a thing to do or a thing to avoid."""

    title: str
    words: str
    checks: tuple[str, ...] = ()
    """Keys of the checks that decide its state."""
    pages: tuple[Where, ...] = ()
    built_in: str = ""
    """What holds for every connector, whatever anybody does; such a line needs no check."""


PRINCIPLES = (
    PlanLine(
        "Source",
        "The source of truth has a name of its own, and every report and card says it.",
        ("source-label",),
        (Where.CONNECTOR,),
    ),
    PlanLine(
        "Owner",
        "One person answers for the connection, its imports and mapping, and the next thing that the client is told.",
        ("owner",),
        (Where.CONNECTOR,),
    ),
    PlanLine(
        "Portal",
        "Data becomes something that a client can use: labelled strictly, explained in a sentence, with its imports on record.",
        ("first-metric", "explanations", "explained"),
        (Where.FIGURES,),
    ),
    PlanLine(
        "Baseline",
        "The first period that can be compared is frozen before anything that may move it is changed.",
        ("baseline", "comparable"),
        (Where.FIGURES,),
    ),
    PlanLine(
        "Sync",
        "Each import and each call that comes in leaves a line: provider, dates, rows, state, and what went wrong.",
        ("test-batch", "repeatable"),
        (Where.IMPORTS, Where.JOBS),
    ),
    PlanLine(
        "Privacy",
        "A client sees source, movement, state and next step, and no row, no secret and no person.",
        ("privacy-classes",),
        (Where.DATA_TYPES,),
    ),
)
CHECKLIST = (
    PlanLine(
        "App or traffic database",
        "For each data type it is decided which of the two databases its rows go to.",
        ("data-home",),
        (Where.DATA_TYPES,),
    ),
    PlanLine(
        "The connector before its data",
        "The connector is set up first; nothing comes in that belongs to none.",
        ("source-label", "owner"),
        (Where.CONNECTOR,),
        "No row can be stored without a connector.",
    ),
    PlanLine(
        "Every field mapped",
        "Each incoming field has a table, a label, an owner and words that a client may read, or a reason why it is ignored.",
        ("fields-decided", "mandatory-fields", "explanations", "privacy-classes"),
        (Where.DATA_TYPES,),
    ),
    PlanLine(
        "Baseline before claims",
        "The dates of the baseline are on record before anybody says that something got better.",
        ("baseline", "comparable"),
        (Where.FIGURES,),
    ),
    PlanLine(
        "Leads told apart",
        "Tests, spam, internal checks and doubles from marketplaces are counted apart from genuine leads.",
        ("leads-separated",),
        (Where.LEADS,),
    ),
    PlanLine(
        "Raw data within retention",
        "What came in as it was is kept only as long as the rule for it says.",
        ("retention",),
    ),
    PlanLine(
        "Sums outside, detail inside",
        "The portal shows sums; logs and rows stay in the console.",
        ("privacy-classes", "first-metric"),
        (Where.FIGURES,),
    ),
    PlanLine(
        "Rollback note first",
        "The way back is written down before anything live is changed.",
        ("rollback-plan",),
        (Where.ROLLBACK_NOTES,),
        "A change to a live connector is refused until a note is open.",
    ),
)
AVOID = (
    PlanLine(
        "Everything as one lead count",
        "Search clicks, ad clicks, phone calls, marketplace leads and jobs are different things and are never added under one name.",
        ("leads-separated", "first-metric"),
        (Where.LEADS, Where.FIGURES),
        "Figures of different signal kinds are never added.",
    ),
    PlanLine(
        "An application that may change tables",
        "The database account that the application runs as can neither drop, alter nor create a table.",
        ("runtime-privileges",),
    ),
    PlanLine(
        "Secrets in files",
        "Passwords, tokens and webhook secrets stand in no file that anybody can fetch.",
        (),
        (Where.SECRETS,),
        "Secrets are stored encrypted, and never shown again.",
    ),
    PlanLine(
        "Half an import over a clean baseline",
        "An import comes in whole or not at all, and a frozen baseline is never overwritten.",
        ("test-batch", "baseline"),
        (Where.IMPORTS, Where.FIGURES),
    ),
    PlanLine(
        "Raw records in the portal",
        "No accounting or customer record, no transcript and no private payload reaches a client's screen as it is.",
        ("privacy-classes",),
        (Where.DATA_TYPES,),
    ),
    PlanLine(
        "Live in name only",
        "Nothing is called live without a recent test, an owner and a path for failure.",
        ("recent-test", "owner", "failure-path"),
        (Where.PROMOTION,),
    ),
)
NAMED_METRICS = ("booked_calls", "revenue_invoiced", "leads_by_campaign_source", "job_outcomes")
"""What the first plan asked for: booked calls, revenue context, campaign source, job outcome."""
NAMED_TABLES = (
    "integration_provider_accounts",
    "integration_sync_jobs",
    "integration_import_batches",
    "crm_leads",
    "report_metrics",
)
"""The tables to look at first. Their names stay."""
_OF_ROWS = {AppLead.__tablename__: AppLead, AppRecord.__tablename__: AppRecord}
_ROW_WORDS = {
    AppLead.__tablename__: "Calls, leads, bookings, forms and marketplace leads, each with its versions.",
    AppRecord.__tablename__: "Records of the other data types, each with its versions.",
}


@dataclass(frozen=True)
class TableLine:
    """A table in which this connector's things are."""

    name: str
    words: str
    is_filled: bool
    """Whether it holds anything of this connector. Nothing is counted."""


def tables_of(account: ProviderAccount) -> tuple[Sequence[TableLine], Sequence[TableLine]]:
    """The named ones, and the others that know a connector. One statement, whatever lies in them."""
    words = _words()
    filled = set(db.session.scalars(sa.union_all(*[_is_there(name, account) for name in words])))
    lines = {name: TableLine(name, text, name in filled) for name, text in words.items()}
    others = [lines[name] for name in sorted(lines) if name not in NAMED_TABLES]
    return [lines[name] for name in NAMED_TABLES], others


def _words() -> dict[str, str]:
    """Table → the first line of what its model says of itself."""
    found = dict(_ROW_WORDS)
    for mapper in Base.registry.mappers:
        model: Any = mapper.class_
        if {"account_id", "configuration_id"} & set(model.__table__.columns.keys()) or model is ProviderAccount:
            found[model.__tablename__] = (model.__doc__ or "").strip().partition("\n")[0]
    return found


def _is_there(name: str, account: ProviderAccount) -> "sa.Select[str]":
    """The table's name, if it holds something of the connector."""
    return sa.select(sa.literal(name)).where(sa.exists(_something_in(name, account)))


def _something_in(name: str, account: ProviderAccount) -> "sa.Select[int]":
    if name == ProviderAccount.__tablename__:
        return sa.select(sa.literal(1)).where(ProviderAccount.id == account.id)
    if name in _OF_ROWS:  # the rows may be in the other database: what was imported says it too
        leads = [key for key in DATA_TYPES if (key in LEAD_DATA_TYPES) == (name == AppLead.__tablename__)]
        return sa.select(sa.literal(1)).where(
            ImportBatch.account_id == account.id,
            ImportBatch.data_type.in_(leads),
            ImportBatch.kind == BatchKind.PRODUCTION,
            ImportBatch.status == BatchStatus.COMPLETE,
        )
    table = Base.metadata.tables[name]
    if "account_id" in table.columns:
        return sa.select(sa.literal(1)).where(table.c.account_id == account.id)
    own = sa.select(ConnectorConfiguration.id).where(ConnectorConfiguration.account_id == account.id)
    return sa.select(sa.literal(1)).where(table.c.configuration_id.in_(own))
