"""Signals: how the metrics of live connectors do, for staff. Written when figures are published; pages only read them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.audit import canonical_json
from app.clock import utc_now
from app.extensions import db
from app.metrics.metric import Direction
from app.metrics.movement import Arrow
from app.metrics.registry import metric_of
from app.models import HealthSignal, Organization, ProviderAccount
from app.services import figure_sentences
from app.services.card_figures import Words

GOOD, BAD, NEUTRAL = "good", "bad", "idle"
MOST = 100
"""Of an organization: a page has room for no more."""
_GOOD = {Direction.UP: Arrow.UP, Direction.DOWN: Arrow.DOWN}


@dataclass(frozen=True)
class Signal:
    connector_id: str
    source_label: str
    metric_key: str
    title: str
    figure: str
    movement: str
    """Or why there is none to be told."""
    verdict: str
    """Of the comparison; empty where there is nothing to compare."""
    windows: str
    data_through: str
    tone: str
    at: datetime
    """Since when it says so."""


def bring_in_line(account: ProviderAccount, wanted: Mapping[str, Words]) -> None:
    """Have exactly these signals of a connector.

    :param wanted: metric → what was published of it
    """
    query = sa.select(HealthSignal).where(HealthSignal.account_id == account.id)
    present = {row.metric_key: row for row in db.session.scalars(query)}
    for key in present.keys() - wanted.keys():
        db.session.delete(present[key])
    for key, words in wanted.items():
        said, row = canonical_json(_said(key, words)), present.get(key)
        if row is None:
            db.session.add(HealthSignal(account_id=account.id, metric_key=key, words=said, at=utc_now()))
        elif row.words != said:
            row.words, row.at = said, utc_now()
    db.session.flush()


def of_connector(account: ProviderAccount) -> Sequence[Signal]:
    return _read(HealthSignal.account_id == account.id)


def of_organization(organization: Organization) -> Sequence[Signal]:
    return _read(ProviderAccount.organization_id == organization.id)


def tone_of(direction: Direction, words: Words) -> str:
    """Good or bad by which way of the metric is good; neither where nothing moved, or nothing can be told of it."""
    if direction is Direction.NEITHER or words["arrow"] not in {Arrow.UP, Arrow.DOWN}:
        return NEUTRAL
    return GOOD if words["arrow"] == _GOOD[direction] else BAD


def _said(metric_key: str, words: Words) -> dict[str, str]:
    return {
        "title": words["title"],
        "figure": figure_sentences.figure(words),
        "movement": figure_sentences.movement(words),
        "verdict": words["verdict"],
        "windows": words["windows"],
        "data_through": words["data_through"],
        "tone": tone_of(metric_of(metric_key).direction, words),
    }


def _read(*conditions: sa.ColumnElement[bool]) -> Sequence[Signal]:
    columns = (ProviderAccount.public_id, ProviderAccount.source_label, HealthSignal.metric_key, HealthSignal.words, HealthSignal.at)
    query = sa.select(*columns).join(ProviderAccount, ProviderAccount.id == HealthSignal.account_id).where(*conditions)
    rows: Any = db.session.execute(query.order_by(ProviderAccount.source_label, HealthSignal.metric_key).limit(MOST))
    return [
        Signal(connector_id=connector_id, source_label=label, metric_key=key, at=at, **json.loads(words))
        for connector_id, label, key, words, at in rows
    ]
