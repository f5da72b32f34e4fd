"""Figures for the database in which every page has something to show."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from app.audit import Actor, ActorKind
from app.extensions import db
from app.metrics.registry import metric_of
from app.metrics.windows import Window
from app.models import Baseline, ChangeKind, DirtyCause, ImportBatch, ProviderAccount, Reconciliation, ReportChange, User
from app.services import baselines, reconciliations
from app.services.reconciliations import SourceTotals
from app.unit_of_work import transaction
from tests.support import factories, figures

LINES = ("Search ads", "Yellow pages", "")


@dataclass(frozen=True)
class CompanyFigures:
    """What was counted for one company, and what people noted about it."""

    change: ReportChange
    baseline: Baseline
    reconciliation: Reconciliation

    @property
    def marks(self) -> frozenset[str]:
        ids = {str(row.public_id) for row in (self.change, self.baseline, self.reconciliation)}
        return frozenset({self.change.title, self.baseline.note, self.reconciliation.note} | ids)


def fill_figures(connector: ProviderAccount, batch: ImportBatch, staff: User, name: str) -> CompanyFigures:
    """Points of the days that a batch told about, and one of everything that rests on them."""
    assert batch.first_date is not None
    assert batch.last_date is not None
    window = Window(batch.first_date, batch.last_date + timedelta(days=1))
    for key in ("booked_calls", "leads_by_campaign_source", "booking_rate"):
        figures.chosen(connector, key)
    for number, day in enumerate(window.every_day()):
        figures.point(connector, "booked_calls", day, 4 + number % 5)
        figures.point(connector, "booking_rate", day, 4, den=Decimal(5), rows=5)
        figures.point(connector, "leads_by_campaign_source", day, 1 + number % 3, dim=LINES[number % 3])
    change = ReportChange(
        account_id=connector.id, kind=ChangeKind.FORM, changed_on=window.last_day, title=f"A shorter form of {name}", logged_by_id=staff.id
    )
    factories._save(change)
    restated_by = {"batch_public_id": batch.public_id, "cause": DirtyCause.SOURCE, "dim": LINES[0]}
    figures.restated(connector, "leads_by_campaign_source", window.start, 2, 3, **restated_by)
    actor = Actor(ActorKind.STAFF, staff.public_id)
    metric = metric_of("leads_by_campaign_source")
    with transaction():
        frozen = baselines.freeze(connector, metric, window, note=f"Kept for {name}", frozen_by=staff, actor=actor, change=change)
        theirs = SourceTotals(window, 1_200, None)
        entered = reconciliations.enter(connector, "calls", theirs, note=f"A report of {name}", entered_by=staff, actor=actor)
    db.session.commit()
    return CompanyFigures(change, frozen, entered)
