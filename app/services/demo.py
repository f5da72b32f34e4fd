"""Made-up companies, people and work, so that whoever tries Fivegate has something to look at.

Filled in once: what somebody renamed, moved or closed since stays as they left it.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from app.audit import Actor
from app.extensions import db
from app.metrics.registry import metric_of
from app.models import AccessMode, BatchKind, FieldMap, MemberRole, Organization, ProviderAccount, StaffRole, Surface, User
from app.queue import JobKind
from app.services import (
    accounts,
    credentials,
    data_types,
    field_maps,
    imports,
    inspections,
    jobs,
    organizations,
    people,
    report_metrics,
    tasks,
    uploads,
)
from app.services.demo_exports import EXPORTS, FORMS, company_of, content_of, write_exports


@dataclass(frozen=True)
class DemoPerson:
    """Somebody who signs in to try a role."""

    key: str
    """Name in demo.json."""
    name: str
    email: str
    role: StaffRole | MemberRole


PEOPLE = (
    DemoPerson("admin", "Dana Whitfield", "admin@example.com", StaffRole.ADMIN),
    DemoPerson("admin_2", "Luis Ortega", "admin.two@example.com", StaffRole.ADMIN),
    DemoPerson("support", "Priya Nair", "support@example.com", StaffRole.SUPPORT),
    DemoPerson("client_admin", "Megan Cole", "client.admin@example.com", MemberRole.ADMIN),
    DemoPerson("client", "Tom Becker", "client@example.com", MemberRole.VIEWER),
)


@dataclass(frozen=True)
class DemoConnector:
    provider: str
    mode: AccessMode
    source_label: str
    owner: str | None
    """Key of a staff member."""


@dataclass(frozen=True)
class DemoOrganization:
    slug: str
    name: str
    time_zone: str
    brand_color: str
    connectors: tuple[DemoConnector, ...]


NORTHSIDE = DemoOrganization(
    "northside-home-services",
    "Northside Home Services",
    "America/Chicago",
    "#1c6b5c",
    (
        DemoConnector("servicetitan", AccessMode.MANUAL, "ServiceTitan exports", "admin"),
        DemoConnector("file", AccessMode.MANUAL, "Call tracking sheet", "admin_2"),
    ),
)
HARBOR = DemoOrganization(
    "harbor-and-pine-plumbing",
    "Harbor & Pine Plumbing",
    "America/Los_Angeles",
    "#7a3e9d",
    (DemoConnector("servicetitan", AccessMode.MANUAL, "ServiceTitan monthly reports", "admin_2"),),
)


IMPORTED = (*((export, BatchKind.PRODUCTION) for export in EXPORTS), (FORMS, BatchKind.TEST))
"""What the first connector is given: everything that counts, and a sample."""
METRICS = ("booked_calls", "booking_rate", "revenue_invoiced", "job_outcomes", "jobs_completed", "leads_by_campaign_source")
KEEP_FILES_DAYS = 30
SEEDS = {NORTHSIDE.slug: 7, HARBOR.slug: 11}


def fill(*, passwords: Mapping[str, str], known: frozenset[str], exports: Path, actor: Actor) -> None:
    """Add what is missing of the demo.

    :param passwords: of every person, by key
    :param known: keys of the people who have that password already; the others are given it
    :param exports: directory for files to try an upload with
    """
    found = {person.key: _person(person.email) for person in PEOPLE}
    northside, is_new = _organization(NORTHSIDE, actor)
    harbor, harbor_is_new = _organization(HARBOR, actor)
    for person in PEOPLE:
        user = found[person.key] or _add(person, northside, actor)
        if found[person.key] is None or person.key not in known:
            credentials.set_password(user, passwords[person.key], actor=actor)
        found[person.key] = user
    if is_new:
        first, *_others = _connectors(NORTHSIDE, northside, found, actor)
        _begin_work(northside, first, found, actor)
    if harbor_is_new:
        _connectors(HARBOR, harbor, found, actor)
    write_exports(exports, company_of(seed=SEEDS[HARBOR.slug], time_zone=harbor.time_zone, today=tasks.today(harbor)))
    _begin_imports(NORTHSIDE, northside, found["admin"], actor)


def _person(email: str) -> User | None:
    return db.session.scalar(sa.select(User).where(User.email == email))


def _add(person: DemoPerson, organization: Organization, actor: Actor) -> User:
    if isinstance(person.role, StaffRole):
        return people.add_staff(name=person.name, email=person.email, role=person.role, actor=actor)
    return people.add_member(organization=organization, name=person.name, email=person.email, role=person.role, actor=actor)


def _organization(demo: DemoOrganization, actor: Actor) -> tuple[Organization, bool]:
    there = db.session.scalar(sa.select(Organization).where(Organization.slug == demo.slug))
    if there is not None:
        return there, False
    made = organizations.create_organization(
        name=demo.name,
        slug=demo.slug,
        time_zone=demo.time_zone,
        currency="USD",
        week_start=7,
        fiscal_month=1,
        brand_color=demo.brand_color,
        actor=actor,
    )
    return made, True


def _connectors(
    demo: DemoOrganization, organization: Organization, found: Mapping[str, User | None], actor: Actor
) -> list[ProviderAccount]:
    return [
        accounts.create_connector(
            organization=organization,
            provider=connector.provider,
            mode=connector.mode,
            source_label=connector.source_label,
            owner=found[connector.owner] if connector.owner else None,
            actor=actor,
        )
        for connector in demo.connectors
    ]


def _begin_imports(demo: DemoOrganization, organization: Organization, asked_by: User | None, actor: Actor) -> None:
    """Maps, files and asked-for imports of the first connector, for the workers to carry out; none if it ever had a map."""
    label = demo.connectors[0].source_label
    account = db.session.scalar(sa.select(ProviderAccount).filter_by(organization_id=organization.id, source_label=label))
    if account is None or db.session.scalar(sa.select(FieldMap.id).where(FieldMap.account_id == account.id).limit(1)):
        return
    company = company_of(seed=SEEDS[demo.slug], time_zone=organization.time_zone, today=tasks.today(organization))
    for export, kind in IMPORTED:
        name = f"{export.data_type}.{export.form}"
        with uploads.arriving(io.BytesIO(content_of(export, company)), name=name) as arrived:
            with arrived.plain() as path:
                noted = inspections.look_into(path, name=name, data_type=export.data_type, changed={})
            stored = uploads.keep(arrived, account=account, uploaded_by=asked_by, actor=actor)
        inspections.note(stored, noted)
        field_map = field_maps.suggest_and_activate(account, export.data_type, noted.inspection, actor=actor)
        data_types.of(account, export.data_type).keep_files_days = KEEP_FILES_DAYS
        imports.request_import(
            account=account,
            data_type=export.data_type,
            kind=kind,
            stored_file=stored,
            field_map=field_map,
            requested_by=asked_by,
            actor=actor,
        )
    for key in METRICS:
        report_metrics.choose(account, metric_of(key), surfaces=[Surface.CARD], actor=actor)


def _begin_work(organization: Organization, connector: ProviderAccount, found: Mapping[str, User | None], actor: Actor) -> None:
    """A few tasks with owners and days, and one job for the workers to show themselves with."""
    today = tasks.today(organization)
    for days, title, detail, owner in (
        (
            2,
            "Agree who supplies which export",
            "Ask Northside who sends the calls and jobs exports, and on which day of the month.",
            "admin",
        ),
        (7, "Ask for consent to read calls and jobs", "Record who gave it, when, and where the proof is kept.", "admin_2"),
        (14, "Write the words that the client will read", "One plain sentence about where booked calls come from.", "support"),
    ):
        tasks.open_task(
            key=None,
            kind="by-hand",
            title=title,
            detail=detail,
            organization=organization,
            account=connector,
            owner=found[owner],
            due_on=today + timedelta(days=days),
            actor=actor,
        )
    jobs.request_job(JobKind.CHECK_ACCESS, account=connector, requested_by=found["admin"], actor=actor)
