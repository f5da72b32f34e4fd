"""How memberships go, told from their number alone: a visit is due or not without making the membership first."""

from datetime import date, timedelta
from typing import NamedTuple

from app.sample_company.catalog import MEMBERSHIPS
from app.sample_company.randomness import mixed
from app.sample_company.world import World

CANCELED_IN_100, LAPSED_IN_100, SUSPENDED_IN_100 = 9, 22, 2


class Terms(NamedTuple):
    """`ends_on` is None while the membership renews itself; `outcome` is its status once that day has come, or now."""

    type: int
    ends_on: date | None
    outcome: str


def terms_of(world: World, membership: int) -> Terms:
    agreed_on = world.days.first + timedelta(days=world.membership_holder(membership)[1])
    bits = mixed(membership, 6)
    kind = (bits >> 8) % len(MEMBERSHIPS) if membership % 7 == 0 else (bits >> 8) % 3
    fate = (bits >> 16) % 100
    if fate < CANCELED_IN_100:
        return Terms(kind, agreed_on + timedelta(days=30 + (bits >> 32) % 300), "Canceled")
    if fate < CANCELED_IN_100 + LAPSED_IN_100:
        return Terms(kind, agreed_on + timedelta(days=365 * MEMBERSHIPS[kind][1] // 12), "Expired")
    return Terms(kind, None, "Suspended" if fate >= 100 - SUSPENDED_IN_100 else "Active")


def ended_before(world: World, membership: int, on: date) -> bool:
    ends_on = terms_of(world, membership).ends_on
    return ends_on is not None and ends_on <= on
