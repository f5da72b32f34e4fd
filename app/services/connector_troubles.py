"""What is wrong with one live connector at this moment: the facts that the rules of the watch ask for, and what they say."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.extensions import db
from app.imports.catalog import DATA_TYPES
from app.metrics.registry import METRICS
from app.models import (
    AccountCredential,
    BatchKind,
    BatchStatus,
    ConfigurationStatus,
    DirtyCause,
    FindingKind,
    ImportBatch,
    MetricPoint,
    ProviderAccount,
    Restatement,
    StoredFile,
    WatchFinding,
)
from app.readiness.standing import Standing
from app.services import agreements, configurations, coverage, file_imports, freshness, inspections, stands
from app.services.check_keys import OF_INSTALLATION
from app.services.coverage import Coverage
from app.services.installation import settings
from app.services.stands import Shown, Stands
from app.services.watching import restated, schema, silence, standing, volume
from app.services.watching.trouble import Key, Trouble

DAY = timedelta(days=1)
ASKED_AGAIN_WITHIN = timedelta(minutes=20)
"""The periodic round asks again what fell; only what it does not bring back is a trouble."""


@dataclass(frozen=True)
class Seen:
    """What a look at a connector found."""

    troubles: Sequence[Trouble]
    unknown: frozenset[Key]
    """Of these nothing can be said just now: what was found of them before stays."""


def look_at(account: ProviderAccount, *, now: datetime, files: Mapping[str, Sequence[str]]) -> Seen:
    """:param now: by the clock that evidence counts by
    :param files: data type → what was noted of files that came since the last look, see :func:`noted_of_file`
    """
    found = [*_of_people_and_time(account, now)]
    unknown: set[Key] = set()
    for data_type in sorted(coverage.imported_types(account)):
        found += _of_rows(account, data_type)
    found += [Trouble(FindingKind.SCHEMA, noted[0], data_type, basis=noted[1]) for data_type, noted in sorted(files.items()) if noted]
    unknown |= {(FindingKind.SCHEMA, data_type) for data_type in _still_different(account) - files.keys()}
    lapsed, is_settled = _of_evidence(account, {each.kind for each in found})
    found += [lapsed] if lapsed is not None else []
    unknown |= set() if is_settled else {(FindingKind.EVIDENCE, "")}
    return Seen(found, frozenset(unknown))


def _of_people_and_time(account: ProviderAccount, now: datetime) -> Iterator[Trouble]:
    late = (standing.freshness(each, label_of(each.data_type), now=now) for each in freshness.freshness_of(account))
    consent = agreements.consent_of(account)
    days = settings().watch_old_after_days
    credentials = db.session.scalars(sa.select(AccountCredential).where(AccountCredential.account_id == account.id))
    old = (standing.secret(row.name, f"The secret “{_spoken(row.name)}”", row.set_at, now=now, days=days) for row in credentials)
    nobody = standing.owner(is_named=account.owner is not None, is_active=account.owner is not None and account.owner.is_active)
    yield from (each for each in (*late, *old, nobody) if each is not None)
    gone = standing.withdrawn(consent.withdrawn_on if consent is not None else None)
    if gone is not None:
        yield gone


def _of_evidence(account: ProviderAccount, others: set[FindingKind]) -> tuple[Trouble | None, bool]:
    """Checks that count for the whole installation are told of there: they would be found at every connector.

    :return: and whether that is all: what fell a moment ago may be brought back by asking it again
    """
    live = stands.of(account, configurations.find(account, ConfigurationStatus.LIVE))
    closed = {key: shown for key, shown in live.checks.items() if key not in OF_INSTALLATION and not shown.stand.standing.is_open}
    fresh = {key for key, shown in closed.items() if _fell_just_now(live, shown)}
    told = [(key, shown.spec.title) for key, shown in closed.items() if key not in fresh]
    return standing.evidence(told, others=others), not fresh


def _fell_just_now(live: Stands, shown: Shown) -> bool:
    fell_at = [live.facets[key].changed_at for key in shown.stand.changed if key in live.facets]
    if shown.stand.standing is Standing.LAPSED and shown.newest is not None and shown.newest.valid_until is not None:
        fell_at = [shown.newest.valid_until]
    return any(live.now - at < ASKED_AGAIN_WITHIN for at in fell_at)


def _of_rows(account: ProviderAccount, data_type: str) -> Iterator[Trouble]:
    """By daily points, never by the rows themselves."""
    label, known = label_of(data_type), coverage.coverage_of(account, data_type)
    batches = _batches(account, data_type)
    last_day = _last_complete_day(known)
    if last_day is not None:
        rows = _rows_by_day(account, data_type, since=last_day - timedelta(days=silence.HISTORY + volume.HISTORY))
        silent = silence.trouble(data_type, label, _stretch(account, known, batches, rows, last_day)) if rows else None
        off = volume.off_days(rows, _days(known, last_day), last_day=last_day) if rows and silent is None else []
        yield from (each for each in (silent, volume.trouble(data_type, label, off)) if each is not None)
    much = _restated(account, data_type, batches)
    if much is not None:
        yield much


def _last_complete_day(known: Coverage) -> date | None:
    """The last day of an export was told to the hour of the export at best, and days from the first that waits on are not counted."""
    if known.last_day is None or known.data_through is None:
        return None
    return min(known.data_through, known.last_day - DAY)


def _days(known: Coverage, last_day: date) -> frozenset[date]:
    """Those that were told to the end and are counted."""
    return frozenset(day for window in known.ranges for day in window.every_day() if day <= last_day)


def _stretch(
    account: ProviderAccount, known: Coverage, batches: Sequence[ImportBatch], rows: Mapping[date, int], last_day: date
) -> silence.Stretch | None:
    days = _days(known, last_day)
    if known.first_dirty is None and known.last_day is not None:
        zone = ZoneInfo(account.organization.time_zone)
        exports = [silence.Export(each.created_at.astimezone(zone).date(), each.last_date) for each in batches if each.last_date]
        empty = silence.told_to_be_empty(exports)
        if empty and empty[0] == known.last_day + DAY:
            # More came later, so the day of the last row is over as well.
            days, last_day = days | {known.last_day, *empty}, empty[-1]
    return silence.stretch(rows, days, last_day=last_day)


def _rows_by_day(account: ProviderAccount, data_type: str, *, since: date) -> dict[date, int]:
    """Rows behind the metric that takes most of them: each counts its own choice of the same rows."""
    keys = [metric.key for metric in METRICS if data_type in metric.data_types]
    point = MetricPoint
    query = (
        sa.select(point.metric_key, point.local_date, sa.func.sum(point.rows))
        .where(point.account_id == account.id, point.metric_key.in_(keys), point.data_type == data_type, point.local_date >= since)
        .group_by(point.metric_key, point.local_date)
    )
    by_metric: dict[str, dict[date, int]] = {}
    for key, day, rows in db.session.execute(query):
        by_metric.setdefault(key, {})[day] = int(rows)
    return max(by_metric.values(), key=lambda rows: sum(rows.values()), default={})


def _batches(account: ProviderAccount, data_type: str) -> Sequence[ImportBatch]:
    """Complete production batches, the oldest first."""
    query = sa.select(ImportBatch).where(
        ImportBatch.account_id == account.id,
        ImportBatch.data_type == data_type,
        ImportBatch.kind == BatchKind.PRODUCTION,
        ImportBatch.status == BatchStatus.COMPLETE,
    )
    newest = db.session.scalars(query.order_by(ImportBatch.id.desc()).limit(2 * silence.EARLIER_EXPORTS)).all()
    return newest[::-1]


def _restated(account: ProviderAccount, data_type: str, batches: Sequence[ImportBatch]) -> Trouble | None:
    if len(batches) < 2:
        return None
    newest = batches[-1]
    keys = [metric.key for metric in METRICS if data_type in metric.data_types]
    changed = db.session.scalar(
        sa.select(sa.func.count(Restatement.local_date.distinct())).where(
            Restatement.account_id == account.id,
            Restatement.metric_key.in_(keys),
            Restatement.data_type == data_type,
            Restatement.cause == DirtyCause.SOURCE,
            Restatement.batch_public_id == newest.public_id,
        )
    )
    if not changed or newest.first_date is None or newest.last_date is None:
        return None
    zone = account.organization.time_zone
    before = Coverage(data_type, coverage.known_ranges(account.id, data_type, zone=zone, without=newest), None)
    overlap = sum(1 for window in before.ranges for day in window.every_day() if newest.first_date <= day <= newest.last_date)
    made_on = newest.created_at.astimezone(ZoneInfo(zone)).date()
    label = label_of(data_type)
    return restated.trouble(data_type, label, changed=changed, known=max(overlap, changed), made_on=made_on, batch=newest.public_id)


def _still_different(account: ProviderAccount) -> set[str]:
    """Data types whose newest file differed, and of which no map was promoted since that knows exactly its columns."""
    query = sa.select(WatchFinding.subject, WatchFinding.basis).where(
        WatchFinding.account_id == account.id, WatchFinding.kind == FindingKind.SCHEMA, WatchFinding.open_key.is_not(None)
    )
    found = set()
    for data_type, basis in db.session.execute(query):
        in_force = file_imports.map_for(account, data_type, BatchKind.PRODUCTION)
        if in_force is None or schema.digest(field.source for field in in_force.fields) != basis:
            found.add(data_type)
    return found


def noted_of_file(account: ProviderAccount, stored: StoredFile) -> tuple[str, list[str]] | None:
    """What is to be remembered of a file that comes for a live connector: it may be gone before anybody looks.

    :return: the data type, and sentence and basis of what differs, or nothing where it fits; None: nobody can say
    """
    noted = inspections.noted_of(stored)
    in_force = file_imports.map_for(account, noted.data_type, BatchKind.PRODUCTION) if noted is not None else None
    if noted is None or in_force is None:
        return None
    titles = [column.title for column in noted.inspection.columns]
    known = {field.source for field in in_force.fields}
    missing = file_imports.fit_of(in_force, noted.inspection).missing
    found = schema.trouble(noted.data_type, label_of(noted.data_type), titles, schema.compare(titles, known=known, read=missing))
    return noted.data_type, [found.sentence, found.basis] if found is not None else []


def label_of(data_type: str) -> str:
    return DATA_TYPES[data_type].label if data_type in DATA_TYPES else _spoken(data_type).capitalize()


def _spoken(key: str) -> str:
    return key.replace("_", " ")
