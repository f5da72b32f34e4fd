"""Requests for work: each becomes one job. Where a request came from a call, a form or a marketplace, those tell of it as well."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from app.sample_company.catalog import EXISTING, FORM, MAINTENANCE, MARKET, ONLINE, PHONE, WORK
from app.sample_company.days import season_of
from app.sample_company.plan import (
    CALL_KNOWN,
    CALL_NEW,
    FORM_NEW,
    MARKET_NEW,
    OF_KNOWN_CUSTOMERS,
    ONLINE_KNOWN,
    ONLINE_NEW,
    VISIT,
    VISIT_CYCLE,
    DayPlan,
)
from app.sample_company.randomness import often, running, scattered
from app.sample_company.world import SPAN, Chooser, World

OFFICE_HOURS = often({7: 3, 8: 8, 9: 10, 10: 11, 11: 10, 12: 8, 13: 7, 14: 7, 15: 7, 16: 6, 17: 4, 18: 2})
ANY_HOUR = often({7: 1, 8: 2, 9: 3, 10: 4, **dict.fromkeys(range(11, 18), 5), 18: 6, 19: 7, 20: 8, 21: 8, 22: 6, 23: 3})
EVENING = often({6: 3, 19: 4, 20: 3, 21: 2, 22: 1})
KINDS = {CALL_NEW: PHONE, CALL_KNOWN: PHONE, ONLINE_NEW: ONLINE, ONLINE_KNOWN: ONLINE, FORM_NEW: FORM, MARKET_NEW: MARKET}
KEEPS_ITS_CAMPAIGN = 0.4
"""Share of known customers whom a campaign brought back."""


class Request(NamedTuple):
    seq: int
    group: int
    at: datetime
    seconds: int
    """How long the call took, where there was one."""
    person: int
    is_new: bool
    campaign: int
    work: int
    membership: int
    """The membership whose turn it is, else -1."""
    by_answering_service: bool


def requests_of(world: World, day: int) -> list[Request]:
    plan, on = world.plans[day], world.days[day]
    rng = world.rng("requests", day)
    works = Chooser(running(tuple(w.weight * season_of(on.on, w.season) for w in WORK)), tuple(range(len(WORK))))
    choosers = {group: world.chooser(on, kind) for group, kind in KINDS.items()}
    found: list[Request] = []
    for seq, (group, person, membership) in enumerate(_callers(world, plan)):
        evening = group in {CALL_NEW, CALL_KNOWN} and (seq + day * 3) % 8 == 7
        if group == VISIT:
            found.append(Request(seq, group, on.instant(rng, OFFICE_HOURS), 0, person, False, EXISTING, MAINTENANCE, membership, False))
            continue
        hours = EVENING if evening else OFFICE_HOURS if group in {CALL_NEW, CALL_KNOWN} else ANY_HOUR
        at, seconds = on.instant(rng, hours), 110 + int(rng.random() * rng.random() * 900)
        campaign = choosers[group].pick(rng.random())
        is_known = group in OF_KNOWN_CUSTOMERS
        if group == CALL_KNOWN and rng.random() > KEEPS_ITS_CAMPAIGN:
            campaign = EXISTING
        found.append(Request(seq, group, at, seconds, person, not is_known, campaign, works.pick(rng.random()), membership, evening))
    return found


def _callers(world: World, plan: DayPlan) -> Iterator[tuple[int, int, int]]:
    """Group, person and membership of each request of the day."""
    new, known = plan.people_before, 0
    for group, count in enumerate(plan.requests):
        for place in range(count):
            if group == VISIT:
                membership = plan.day % VISIT_CYCLE + VISIT_CYCLE * place
                yield group, world.membership_holder(membership)[0], membership
            elif group in OF_KNOWN_CUSTOMERS:
                yield group, world.known_person(plan, known), -1
                known += 1
            else:
                yield group, new, -1
                new += 1


def customer_id(person: int) -> int:
    return 20_000_000 + person


def location_id(person: int) -> int:
    return 40_000_000 + person


def job_ids(world: World, day: int) -> list[int]:
    """The ids of a day's jobs, in the order of their requests."""
    return [1_000_000_000 + day * SPAN + place for place in scattered(world.plans[day].job_count, day)]


def job_number(plan: DayPlan, seq: int) -> str:
    """With leading zeros, as a company has them that has numbered for long."""
    return f"{plan.jobs_before + seq + 1:09d}"


def call_ids(world: World, day: int) -> list[int]:
    """The ids of a day's calls: the booked ones in the order of their requests, then the others."""
    return [2_000_000_000 + day * SPAN + place for place in scattered(world.plans[day].call_count, ~day)]


def booking_id(plan: DayPlan, seq: int) -> int:
    return 3_000_000_000 + plan.day * SPAN + seq


def membership_id(membership: int) -> int:
    return 60_000_000 + membership
