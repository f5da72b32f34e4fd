"""A database in which every page has something to show, and somebody else's rows that no client may see."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from app import audit
from app.audit import Actor, ActorKind, Target
from app.clock import utc_now
from app.extensions import db
from app.models import (
    REALMS,
    AccessMode,
    AccountCredential,
    AdminTask,
    AlertChannel,
    AlertDelivery,
    BatchKind,
    BatchStatus,
    ChannelKind,
    ConnectorState,
    FindingKind,
    ImportBatch,
    JobStatus,
    LinkPurpose,
    Logo,
    MapStatus,
    MemberRole,
    Organization,
    ProcessBeat,
    ProviderAccount,
    StaffRecoveryCode,
    StaffRole,
    SyncJob,
    TaskStatus,
    User,
    WatchFinding,
)
from app.queue import JobKind
from app.security.permissions import GRANTS, Permission, Role
from app.security.tokens import new_token, token_hash
from app.services import second_factor
from app.unit_of_work import transaction
from tests.architecture.filled_checks import ITEMS, CompanyChecks, fill_checks
from tests.architecture.filled_clients import CompanyClients, fill_cards, fill_clients
from tests.architecture.filled_figures import CompanyFigures, fill_figures
from tests.architecture.filled_files import CompanyFiles, fill_files
from tests.architecture.filled_gates import CompanyGates, fill_gates
from tests.support import factories, rows
from tests.support.client import sign_in_as

VISITOR = "visitor"
HALF_WAY = "visitor half way"
"""Somebody whose password fitted and whose second factor is still to come."""
PROTECTED = "admin with a second factor"


def role_of(name: str) -> Role | None:
    """The role behind a browser's name; None for visitors."""
    first = name.partition(" ")[0]
    return None if first == VISITOR else Role(first)


def may(name: str, permission: Permission) -> bool:
    role = role_of(name)
    return role is not None and permission in GRANTS[role]


@dataclass(frozen=True)
class Company:
    """One organization with one of everything."""

    organization: Organization
    admin: User
    viewer: User
    connector: ProviderAccount
    jobs: tuple[SyncJob, ...]
    task: AdminTask
    batches: tuple[ImportBatch, ...]
    """A complete one with rejects first."""
    figures: CompanyFigures
    files: CompanyFiles
    gates: CompanyGates
    checks: CompanyChecks
    clients: CompanyClients
    logo: Logo
    finding: WatchFinding
    channel: AlertChannel
    """No company's: it is shown to staff alone."""

    @property
    def marks(self) -> frozenset[str]:
        """Texts that only this organization and staff may read."""
        named = {self.organization.name, self.organization.slug, self.connector.source_label, self.task.title, self.finding.sentence}
        named |= {batch.source_name for batch in self.batches}
        people = {text for user in (self.admin, self.viewer) for text in (user.name, user.email)}
        rows: tuple[Any, ...] = (
            self.organization,
            self.admin,
            self.viewer,
            self.connector,
            self.task,
            self.finding,
            *self.jobs,
            *self.batches,
        )
        ids = {str(row.public_id) for row in rows}
        return (
            frozenset(named | people | ids)
            | self.figures.marks
            | self.files.marks
            | self.gates.marks
            | self.checks.marks
            | self.clients.marks
        )


@dataclass(frozen=True)
class Filled:
    mine: Company
    foreign: Company
    staff_admin: User
    support: User
    links: tuple[tuple[LinkPurpose, str], ...]
    """Open links of mails: purpose and token."""
    browsers: Mapping[str, FlaskClient]
    """Who looks → their browser. A name begins with a role or with ``visitor``."""

    @property
    def by_role(self) -> dict[str, FlaskClient]:
        """One browser for each role and one for a visitor: where special states make no difference."""
        return {name: browser for name, browser in self.browsers.items() if " " not in name}


ARGUMENTS: dict[str, Callable[[Filled, Company], str]] = {
    "organization_id": lambda _, company: company.organization.public_id,
    "connector_id": lambda _, company: company.connector.public_id,
    "digest": lambda _, company: company.logo.digest,
    "person_id": lambda _, company: company.viewer.public_id,
    "job_id": lambda _, company: company.jobs[0].public_id,
    "task_id": lambda _, company: company.task.public_id,
    "batch_id": lambda _, company: company.batches[0].public_id,
    "baseline_id": lambda _, company: company.figures.baseline.public_id,
    "file_id": lambda _, company: company.files.stored.public_id,
    "map_id": lambda _, company: company.files.draft.public_id,
    "field_id": lambda _, company: company.files.draft.fields[0].public_id,
    "note_id": lambda _, company: company.gates.note.public_id,
    "promotion_id": lambda _, company: company.gates.promotion.public_id,
    "waiver_id": lambda _, company: company.checks.waiver.public_id,
    "reconciliation_id": lambda _, company: company.figures.reconciliation.public_id,
    "source_id": lambda _, company: company.connector.public_id,
    "request_id": lambda _, company: company.clients.request.public_id,
    "question_id": lambda _, company: company.clients.question.public_id,
    "card_note_id": lambda _, company: company.clients.note.public_id,
    "finding_id": lambda _, company: company.finding.public_id,
    "channel_id": lambda _, company: company.channel.public_id,
}
"""Name of a URL's argument → its value for a company. A new name fails a test until it stands here."""

TOKENS = frozenset({"token"})
"""Arguments that prove something by themselves: whoever holds one may use it, so there is no foreign one."""

DIGESTS = frozenset({"digest"})
"""Arguments that name a row by the SHA-256 of what it holds, so that a browser may keep it for good."""

WORDS: dict[str, str] = {
    "metric_key": "leads_by_campaign_source",
    "credential_name": "client_secret",
    "data_type": "calls",
    "check_key": ITEMS,
}
"""Arguments that name a key of a register and no row."""


def fill(app: Flask) -> Filled:
    """Make the rows. Every person is signed in at the end."""
    staff_admin = factories.staff(StaffRole.ADMIN, name="Ada Admin", email="ada@agency.example")
    support = factories.staff(StaffRole.SUPPORT, name="Sol Support", email="sol@agency.example")
    factories.staff(StaffRole.ADMIN, name="Iva Invited", email="iva@agency.example", with_password=False)
    factories.staff(StaffRole.SUPPORT, name="Dan Departed", email="dan@agency.example", is_active=False)
    protected = _protected()
    with transaction():
        second_factor.start(support)
    mine, foreign = _company("Mine Plumbing", staff_admin, protected), _company("Foreign Roofing", staff_admin, protected)
    for company in (mine, foreign):
        rows.load(
            company.connector, [rows.LeadRow(f"lead-{n}", attrs={"phone": "3125550142", "person_name": "Ana Lead"}) for n in range(2)]
        )
    for state in ConnectorState:
        mode = AccessMode.API if state is ConnectorState.LATE else AccessMode.MANUAL
        factories.connector(of=mine.organization, state=state, mode=mode, owner_id=support.id)
    factories.organization(name="Empty and New")
    factories.task(title="Look at the worker", organization_id=None, owner_id=None, due_on=(utc_now() - timedelta(days=2)).date())
    _installation_job()
    _events(mine, foreign, staff_admin)
    for company in (mine, foreign):  # what was done above has set them to what is true of them
        fill_cards(company.connector, company.organization.name)
        company.connector.state = ConnectorState.NEEDS_ATTENTION
        factories._save(company.connector)
    links = tuple(_link(user, purpose) for user in (mine.viewer, support) for purpose in LinkPurpose)
    people = {Role.ADMIN: staff_admin, Role.SUPPORT: support, Role.CLIENT_ADMIN: mine.admin, Role.CLIENT_VIEWER: mine.viewer}
    browsers: dict[str, FlaskClient] = {role.value: sign_in_as(app.test_client(), person) for role, person in people.items()}
    browsers |= {VISITOR: app.test_client(), PROTECTED: sign_in_as(app.test_client(), protected), HALF_WAY: _half_way(app, protected)}
    sign_in_as(app.test_client(), foreign.admin)
    db.session.commit()
    return Filled(mine, foreign, staff_admin, support, links, browsers)


def _protected() -> User:
    """An admin whose second factor counts."""
    user = factories.staff(StaffRole.ADMIN, name="Pia Protected", email="pia@agency.example", with_password=False)
    credential = factories.credential(user)
    credential.totp_confirmed_at = utc_now()
    codes = [StaffRecoveryCode(user_id=user.id, code_hash=token_hash(new_token()), created_at=utc_now()) for _ in range(2)]
    factories._save(credential, *codes)
    return user


def _half_way(app: Flask, user: User) -> FlaskClient:
    browser = app.test_client()
    response = browser.post("/sign-in", data={"email": user.email, "password": factories.PASSWORD})
    assert response.status_code == 303, response.status
    return browser


def _company(name: str, staff: User, other: User) -> Company:
    first = name.partition(" ")[0]
    slug = name.lower().replace(" ", "-")
    organization = factories.organization(name=name, slug=slug)
    admin = factories.member(MemberRole.ADMIN, of=organization, name=f"{first} Client-Admin", email=f"admin@{slug}.example")
    viewer = factories.member(MemberRole.VIEWER, of=organization, name=f"{first} Client-Viewer", email=f"viewer@{slug}.example")
    factories.member(MemberRole.VIEWER, of=organization, name=f"{first} Invited", email=f"invited@{slug}.example", with_password=False)
    # In the worst state: lists begin with it, and so does the walk, which looks at a few of each kind.
    state = ConnectorState.NEEDS_ATTENTION
    connector = factories.connector(of=organization, source_label=f"{name} field service", owner_id=staff.id, state=state)
    factories._save(_secret_of(connector, staff))
    jobs = tuple(_job(connector, status, staff) for status in JobStatus)
    task = factories.task(
        title=f"Ask {name} for the export",
        detail="They send it on Mondays.",
        organization_id=organization.id,
        account_id=connector.id,
        owner_id=staff.id,
        open_key=f"by-hand:{slug}",
    )
    closed = {"status": TaskStatus.DONE, "closed_at": utc_now(), "organization_id": organization.id}
    factories.task(title=f"Named the owner of {name}", closed_by_id=staff.id, **closed)
    factories.task(title=f"A parked job of {name}", kind="job-parked", **closed)
    batches = _batches(connector, staff, slug)
    figures, files = fill_figures(connector, batches[0], staff, name), fill_files(connector, staff, name)
    gates, checks = fill_gates(connector, staff, other, name), fill_checks(connector, staff, name)
    finding = _finding(connector, name, staff)
    seen = fill_clients(connector, admin, staff, name)
    logo = factories.logo(of=organization)
    channel = _channel(name)
    return Company(organization, admin, viewer, connector, jobs, task, batches, figures, files, gates, checks, seen, logo, finding, channel)


def _finding(connector: ProviderAccount, name: str, staff: User) -> WatchFinding:
    """One that somebody may call fine, and one that was."""
    values: dict[str, Any] = {"account_id": connector.id, "level": "found", "found_at": utc_now(), "subject": "calls"}
    key = f"{connector.public_id}:volume:calls"
    found = WatchFinding(kind=FindingKind.VOLUME, open_key=key, sentence=f"{name} has far fewer calls than usual.", **values)
    past = {"over_at": utc_now(), "reviewed_by_id": staff.id, "comment": f"{name} was closed."}
    factories._save(found, WatchFinding(kind=FindingKind.SILENCE, sentence=f"{name} was silent.", **values, **past))
    return found


def _channel(name: str) -> AlertChannel:
    """A webhook through which something is on its way: no worker of a test comes for it."""
    channel = AlertChannel(kind=ChannelKind.WEBHOOK, name=f"On call for {name}", address="https://alerts.example.com/secret-path")
    factories._save(channel)
    now = utc_now()
    values: dict[str, Any] = {"channel_id": channel.id, "payload": "{}", "created_at": now}
    over = AlertDelivery(event="found:x", attempts=1, sent_at=now, note="1: answered 200", **values)
    factories._save(over, AlertDelivery(event="test:x", due_at=now, **values))
    return channel


def _secret_of(connector: ProviderAccount, staff: User) -> AccountCredential:
    values: dict[str, Any] = {"sealed": b"\x00" * 48, "key_id": "k1", "last_four": "9f3e", "set_at": utc_now(), "set_by_id": staff.id}
    return AccountCredential(account_id=connector.id, name="client_secret", **values)


def _job(connector: ProviderAccount, status: JobStatus, staff: User) -> SyncJob:
    """A job as it stands in one status; the queue is the one that no worker of a test drains."""
    now = utc_now()
    is_open = not status.is_final
    values: dict[str, Any] = {
        "status": status,
        "data_type": status.value,
        "open_key": f"{connector.public_id}:check_access:{status.value}" if is_open else None,
        "requested_by_id": staff.id,
        "due_at": now + timedelta(hours=1),
        "attempts": 0 if status is JobStatus.QUEUED else 2,
        "started_at": None if status is JobStatus.QUEUED else now - timedelta(seconds=75),
        "finished_at": None if is_open else now - timedelta(seconds=10),
        "rows_done": 40,
        "rows_expected": 120,
        "progress_note": "Reading calls" if status is JobStatus.RUNNING else "",
        "result_note": "120 rows were counted." if status is JobStatus.SUCCEEDED else "",
        "error_note": "The source did not answer. Try again later." if status in {JobStatus.FAILED, JobStatus.PARKED} else "",
    }
    if status is JobStatus.RUNNING:
        values |= {"lease_token": "a" * 36, "leased_until": now + timedelta(hours=1)}
    return factories.job(account=connector, **values)


def _batches(connector: ProviderAccount, staff: User, slug: str) -> tuple[ImportBatch, ...]:
    """Imports as they stand in each state, none of which a worker of a test takes up."""
    day = utc_now().date() - timedelta(days=40)
    counted: dict[str, Any] = {
        "first_date": day,
        "last_date": day + timedelta(days=30),
        "rows_read": 1_270,
        "rows_new": 1_180,
        "rows_changed": 20,
        "rows_unchanged": 25,
        "rows_rejected": 42,
        "rows_repeated": 3,
        "rows_left_out": 0,
        "class_counts": '{"duplicate":40,"genuine":1150,"internal":2,"spam":5,"test":3}',
        "reject_counts": '{"bad_amount":7,"bad_date":35}',
        "stages": '[{"rows":1270,"seconds":0.4,"stage":"Reading the file"},{"rows":31,"seconds":0.2,"stage":"Counting","unit":"days"}]',
    }
    factories.field_map(account=connector, status=MapStatus.FORMER)
    complete = {**counted, "completed_at": utc_now(), "field_map_id": factories.field_map(account=connector, number=2).id}
    file_id = factories.stored_file(account=connector, uploaded_by_id=staff.id).id

    def batch(source_name: str, **values: Any) -> ImportBatch:
        return factories.import_batch(account=connector, source_name=f"{slug}-{source_name}", **values)

    whole = batch("calls.csv", file_id=file_id, **complete)
    for number in range(30):
        reason = "bad_amount" if number % 6 == 5 else "bad_date"
        factories.import_reject(whole, row_number=100 + number, reason=reason)
    sample = batch("jobs.xlsx", data_type="jobs", kind=BatchKind.TEST, remove_after=utc_now() + timedelta(days=30), **counted)
    refused = batch(
        "invoices.csv", data_type="invoices", status=BatchStatus.FAILED, error_note="The file ends inside a quoted value. Export it again."
    )
    running = batch("payments.csv", data_type="payments", status=BatchStatus.STAGED, job=_running_import(connector, staff))
    own_map = factories.field_map(account=connector, data_type="reviews").id
    factories.field_map(account=connector, data_type="ad_clicks", status=MapStatus.FORMER)
    factories.field_map(account=connector, data_type="ad_clicks", number=2)  # two versions to compare, first in the list of maps
    reversed_ones = {**complete, "field_map_id": own_map, "status": BatchStatus.REVERSED, "reversed_at": utc_now()}
    taken_back = batch("reviews.csv", data_type="reviews", **reversed_ones)
    return whole, sample, refused, running, taken_back


def _running_import(connector: ProviderAccount, staff: User) -> SyncJob:
    now = utc_now()
    return factories.job(
        account=connector,
        kind="import_batch",
        queue="import",
        data_type="payments",
        open_key=f"{connector.public_id}:import_batch:payments",
        requested_by_id=staff.id,
        status=JobStatus.RUNNING,
        started_at=now - timedelta(seconds=20),
        attempts=1,
        rows_done=400_000,
        rows_expected=1_000_000,
        progress_note="Loading rows",
        lease_token="b" * 36,
        leased_until=now + timedelta(hours=1),
    )


def _installation_job() -> None:
    kind = JobKind.VERIFY_AUDIT
    factories._save(
        SyncJob(kind=kind.value, queue=kind.queue.value, status=JobStatus.SUCCEEDED, due_at=utc_now(), result_note="All chains are sound."),
        ProcessBeat(
            name="host:1", role="worker", queues="interactive", beat_at=utc_now() + timedelta(hours=1)
        ),  # alive to the end of a long walk
    )


def _events(mine: Company, foreign: Company, staff: User) -> None:
    actor = Actor(ActorKind.STAFF, staff.public_id)
    with transaction():
        for company in (mine, foreign):
            target = Target.of(company.connector, company.organization)
            audit.record(db.session(), actor, "connector.edited", target, {"source_label": ["before", "after"]})
        audit.record(db.session(), Actor(ActorKind.COMMAND, "create-admin"), "person.added", Target.of(staff, None))


def _link(user: User, purpose: LinkPurpose) -> tuple[LinkPurpose, str]:
    token = new_token()
    now = utc_now()
    values: dict[str, Any] = {"purpose": purpose, "token_hash": token_hash(token), "created_at": now, "expires_at": now + timedelta(days=1)}
    factories._save(REALMS[user.kind].link_token(user_id=user.id, **values))
    return purpose, token
