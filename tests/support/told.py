"""What clients are told of a connector, read back; and how a live connector with several metrics is brought there."""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from app.clock import utc_now
from app.extensions import db
from app.models import BatchKind, MetricPoint, ProviderAccount, PublishedCard, PublishedHome, PublishedPoint, PublishedSource, SyncJob
from app.readiness.gates import Gate
from app.sample_company import Company
from app.services import cards, file_imports, inspections, uploads
from app.services.cards import Card
from app.services.demo_exports import PAYMENTS, Export, content_of
from app.services.demo_path import Walk
from tests.gates.live import Live
from tests.gates.walking import People, go, take, walk_of
from tests.support import factories
from tests.support.kept import Keeper

CALLS = Export("calls", "csv", "clean")
METRICS = ("booked_calls", "booking_rate", "leads_by_campaign_source", "payments_received")
Points = dict[tuple[str, date, str, str], tuple[int, Decimal, Decimal | None]]
"""Metric, day, kind and line → rows, numerator, denominator."""


@contextmanager
def calls_and_payments(keeper: Keeper) -> Iterator[Live]:
    """A live connector with a count, a rate, an amount and lines; for a fixture of module scope."""

    def walk_there() -> Live:
        people = People()
        account = factories.connector(owner_id=people.owner_id, may_import=False)
        live = Live(people, account.public_id)
        go(walk_again(live).steps(through=Gate.PROMOTE))
        return live

    with keeper.for_a_module():
        yield keeper.bring("calls-and-payments", walk_there)


def walk_again(live: Live) -> Walk:
    return walk_of(live.account, live.people, exports=(CALLS, PAYMENTS), metrics=METRICS)


def bring_corrected(live: Live, *, share: float) -> None:
    """The same calls as a later export tells them."""
    walk = walk_again(live)
    later = datetime.combine(walk.company.end + timedelta(days=30), datetime.min.time(), UTC)
    bring(live, walk.company.restated(later, share=share))


def bring(live: Live, company: Company) -> None:
    walk = walk_again(live)

    def step() -> SyncJob | None:
        content = io.BytesIO(content_of(CALLS, company))
        with uploads.arriving(content, name="corrected.csv") as arrived:
            with arrived.plain() as path:
                noted = inspections.look_into(path, name="corrected.csv", data_type="calls", changed={})
            stored = uploads.keep(arrived, account=live.account, uploaded_by=walk.person(walk.admin), actor=walk.actor)
        inspections.note(stored, noted)
        by = walk.person(walk.admin)
        return file_imports.import_stored(stored, account=live.account, kind=BatchKind.PRODUCTION, requested_by=by, actor=walk.actor).job

    assert take(step) is not None


def shown(account: ProviderAccount, *, now: datetime | None = None) -> dict[str, Card]:
    """Metric → card."""
    db.session.expire_all()
    home = cards.home_of(account.organization_id, now=now or utc_now())
    return {card.metric_key: card for card in home.cards if card.source_id == account.public_id}


def version_of(account: ProviderAccount) -> int:
    query = sa.select(PublishedHome.version).where(PublishedHome.organization_id == account.organization_id)
    return db.session.scalar(query) or 0


def revision_of(account: ProviderAccount) -> int:
    return db.session.scalar(sa.select(PublishedSource.revision).where(PublishedSource.account_id == account.id)) or 0


def turns_of(account: ProviderAccount) -> list[dict[str, Any]]:
    """Of the cards that are shown; all have the same."""
    query = sa.select(PublishedCard.turns).where(PublishedCard.account_id == account.id, PublishedCard.revision == revision_of(account))
    [text] = set(db.session.scalars(query))
    found: list[dict[str, Any]] = json.loads(text)
    return found


def counted(account: ProviderAccount) -> Points:
    """The points themselves."""
    row = MetricPoint
    query = sa.select(row.metric_key, row.local_date, row.signal_kind, row.dim, row.rows, row.num, row.den).where(
        row.account_id == account.id
    )
    return {(each[0], each[1], each[2], each[3]): (each[4], each[5], each[6]) for each in db.session.execute(query)}


def published_days(account: ProviderAccount, *, revision: int) -> Points:
    """The points as they were published with a revision."""
    row = PublishedPoint
    query = sa.select(row.metric_key, row.local_date, row.signal_kind, row.dim, row.rows, row.num, row.den).where(
        row.account_id == account.id, row.from_rev <= revision, sa.or_(row.to_rev.is_(None), row.to_rev > revision)
    )
    return {(each[0], each[1], each[2], each[3]): (each[4], each[5], each[6]) for each in db.session.execute(query)}
