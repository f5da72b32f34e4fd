"""Made-up companies, people and work, so that whoever tries Fivegate has something to look at.

Filled in once: what somebody renamed, moved or closed since stays as they left it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

import sqlalchemy as sa

from app.audit import Actor, ActorKind
from app.extensions import db
from app.models import AccessMode, MemberRole, Organization, ProviderAccount, StaffRole, User
from app.queue import JobKind
from app.readiness.gates import Gate
from app.services import accounts, client_acts, credentials, jobs, organizations, people, tasks
from app.services.demo_exports import (
    EXPORTS,
    MEMBERSHIPS,
    PAYMENTS,
    PLAIN_INVOICES,
    PLAIN_JOBS,
    Export,
    company_of,
    write_exports,
)
from app.services.demo_path import Step, Walk
from app.services.errors import NotPossible


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
        DemoConnector("servicetitan", AccessMode.MANUAL, "Payment exports", "admin"),
        DemoConnector("file", AccessMode.MANUAL, "Dispatch board", "admin_2"),
        DemoConnector("servicetitan", AccessMode.MANUAL, "Invoice archive", "admin"),
        DemoConnector("servicetitan", AccessMode.MANUAL, "Payment gateway", "admin_2"),
        DemoConnector("file", AccessMode.MANUAL, "Card terminal (old)", "admin"),
    ),
)
HARBOR = DemoOrganization(
    "harbor-and-pine-plumbing",
    "Harbor & Pine Plumbing",
    "America/Los_Angeles",
    "#7a3e9d",
    (
        DemoConnector("servicetitan", AccessMode.MANUAL, "ServiceTitan monthly reports", "admin_2"),
        DemoConnector("servicetitan", AccessMode.MANUAL, "Job exports", "admin_2"),
        DemoConnector("servicetitan", AccessMode.MANUAL, "Invoice exports", "admin"),
        DemoConnector("servicetitan", AccessMode.MANUAL, "Membership exports", "admin"),
    ),
)


class Afterwards(StrEnum):
    """What became of a connector after it went live."""

    NOTHING = ""
    OWNER_LEFT = "owner_left"
    ACCESS_WITHDRAWN = "access_withdrawn"
    RETIRED = "retired"


@dataclass(frozen=True)
class DemoWalk:
    """How far a connector of the demo has come."""

    organization: DemoOrganization
    source_label: str
    exports: tuple[Export, ...]
    metrics: tuple[str, ...]
    through: Gate | None
    """The last gate that it passed; None: it is at the first."""
    days_ago: int = 0
    """When all of that happened."""
    every_days: int = 30
    """How often its exports are agreed to come."""
    afterwards: Afterwards = Afterwards.NOTHING


WALKS = (
    DemoWalk(
        NORTHSIDE,
        "Card terminal (old)",
        (PAYMENTS,),
        ("payments_received",),
        Gate.PROMOTE,
        days_ago=12,
        afterwards=Afterwards.RETIRED,
    ),
    DemoWalk(NORTHSIDE, "Dispatch board", (PLAIN_JOBS,), ("jobs_completed",), Gate.PROMOTE, days_ago=9, every_days=7),
    DemoWalk(
        NORTHSIDE,
        "Invoice archive",
        (PLAIN_INVOICES,),
        ("revenue_invoiced",),
        Gate.PROMOTE,
        days_ago=8,
        afterwards=Afterwards.OWNER_LEFT,
    ),
    DemoWalk(
        NORTHSIDE,
        "Payment gateway",
        (PAYMENTS,),
        ("payments_received",),
        Gate.PROMOTE,
        days_ago=6,
        afterwards=Afterwards.ACCESS_WITHDRAWN,
    ),
    DemoWalk(
        NORTHSIDE,
        "ServiceTitan exports",
        EXPORTS,
        ("booked_calls", "booking_rate", "revenue_invoiced", "leads_by_campaign_source", "job_outcomes", "jobs_completed"),
        Gate.PROMOTE,
        days_ago=3,
    ),
    DemoWalk(NORTHSIDE, "Payment exports", (PAYMENTS,), ("payments_received",), Gate.COMPARE),
    DemoWalk(HARBOR, "Job exports", (PLAIN_JOBS,), ("jobs_completed", "job_outcomes"), Gate.TEST),
    DemoWalk(HARBOR, "Invoice exports", (PLAIN_INVOICES,), ("revenue_invoiced",), Gate.MAP),
    DemoWalk(HARBOR, "Membership exports", (MEMBERSHIPS,), (), Gate.ACCESS),
)
"""One connector at each gate, and of the first company one in each state that its clients can see. The oldest first: the clock of
evidence goes back behind nothing that was seen. Those that are not named are at the first gate."""
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
        first, begun, *_others = _connectors(NORTHSIDE, northside, found, actor)
        _begin_work(northside, begun, found, actor)
        jobs.request_job(JobKind.CHECK_ACCESS, account=first, requested_by=found["admin"], actor=actor)
    if harbor_is_new:
        _connectors(HARBOR, harbor, found, actor)
    write_exports(exports, company_of(seed=SEEDS[HARBOR.slug], time_zone=harbor.time_zone, today=tasks.today(harbor)))


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


def walk_of(demo: DemoWalk) -> Walk:
    """Who walks, and with what: as of the moment, which a walk of earlier days has moved."""
    organization = db.session.scalars(sa.select(Organization).where(Organization.slug == demo.organization.slug)).one()
    query = sa.select(ProviderAccount).where(
        ProviderAccount.organization_id == organization.id, ProviderAccount.source_label == demo.source_label
    )
    people_by_key = {person.key: _person(person.email) for person in PEOPLE}
    admin, approver, supporter = (people_by_key[key] for key in ("admin", "admin_2", "support"))
    if admin is None or approver is None or supporter is None:
        raise NotPossible("The demo's people are not there any more, so nobody can walk its connectors through the gates.")
    return Walk(
        account_id=db.session.scalars(query).one().public_id,
        company=company_of(seed=SEEDS[organization.slug], time_zone=organization.time_zone, today=tasks.today(organization)),
        exports=demo.exports,
        metrics=demo.metrics,
        admin=admin.public_id,
        approver=approver.public_id,
        supporter=supporter.public_id,
        every_days=demo.every_days,
    )


def afterwards(demo: DemoWalk, walk: Walk) -> Sequence[Step]:
    """What became of it, step by step."""
    match demo.afterwards:
        case Afterwards.OWNER_LEFT:
            return [walk.lose_owner]
        case Afterwards.RETIRED:
            return [walk.retire]
        case Afterwards.ACCESS_WITHDRAWN:
            return [lambda: _withdraw(walk)]
        case Afterwards.NOTHING:
            return []


def _withdraw(walk: Walk) -> None:
    """As their client admin does it in the portal."""
    client = _person(next(person.email for person in PEOPLE if person.key == "client_admin"))
    if client is not None and client_acts.newest(walk.account) is None:
        actor = Actor(ActorKind.CLIENT, client.public_id)
        client_acts.withdraw(walk.account, note="We keep this list ourselves from now on.", by_user_id=client.id, actor=actor)


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
