"""Baselines as lists of other things name them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from app.extensions import db
from app.models import Baseline, ReportChange


def frozen_before(changes: Sequence[ReportChange]) -> Mapping[int, Sequence[Baseline]]:
    """Number of a change → the baselines that were frozen before it."""
    found: dict[int, list[Baseline]] = defaultdict(list)
    query = sa.select(Baseline).where(Baseline.change_id.in_([change.id for change in changes])).order_by(Baseline.id)
    for baseline in db.session.scalars(query):
        if baseline.change_id is not None:
            found[baseline.change_id].append(baseline)
    return found
