"""How much happens on each day, decided for the whole time at once: with these counts any day can be made without the others.

A day's requests become jobs one by one; its calls and its web contacts that come to nothing are counted beside them.
"""

from random import Random
from typing import NamedTuple

from app.sample_company.catalog import WORK
from app.sample_company.days import GROWTH_A_YEAR, LocalDays, rhythm_of, season_of
from app.sample_company.entities import DUPLICATE, GENUINE, INTERNAL, SPAM, TEST
from app.sample_company.randomness import stream, whole
from app.sample_company.words import (
    EXCUSED_REASONS,
    INTERNAL_REASON,
    OTHER_REASONS,
    OUTBOUND_REASONS,
    SPAM_REASONS,
    TEST_REASON,
    UNBOOKED_REASONS,
)

CALL_NEW, CALL_KNOWN, ONLINE_NEW, ONLINE_KNOWN, FORM_NEW, MARKET_NEW, VISIT = range(7)
REQUESTS_A_DAY = (9.5, 11.5, 1.6, 1.4, 2.2, 1.8)
"""Requests that become jobs, by how they come; visits follow from the memberships."""
OF_NEW_CUSTOMERS = (CALL_NEW, ONLINE_NEW, FORM_NEW, MARKET_NEW)
OF_KNOWN_CUSTOMERS = (CALL_KNOWN, ONLINE_KNOWN)

KNOWN, NEW, SPAMMER, HANDSET, OFFICE, AGAIN = range(6)


class CallGroup(NamedTuple):
    """Calls that book nothing: who calls, how often in a day, and what the call is taken for."""

    who: int
    a_day: float
    call_type: str | None
    reasons: tuple[str, ...]
    seconds: tuple[int, int]
    truth: str = GENUINE
    direction: str = "Inbound"


CALL_GROUPS = (
    CallGroup(KNOWN, 5.0, "Unbooked", UNBOOKED_REASONS, (60, 420)),
    CallGroup(NEW, 8.0, "Unbooked", UNBOOKED_REASONS, (45, 480)),
    CallGroup(KNOWN, 2.0, "Excused", EXCUSED_REASONS, (30, 200)),
    CallGroup(NEW, 2.5, "Excused", EXCUSED_REASONS, (30, 200)),
    CallGroup(NEW, 3.5, "Abandoned", (), (4, 45)),
    CallGroup(KNOWN, 3.0, "NotLead", OTHER_REASONS, (40, 300)),
    CallGroup(KNOWN, 3.5, None, OUTBOUND_REASONS, (20, 240), GENUINE, "Outbound"),
    CallGroup(AGAIN, 1.8, "NotLead", OTHER_REASONS[:1], (30, 180), DUPLICATE),
    CallGroup(SPAMMER, 5.0, "NotLead", SPAM_REASONS, (3, 60), SPAM),
    CallGroup(HANDSET, 0.3, "Unbooked", (TEST_REASON,), (5, 30), TEST),
    CallGroup(OFFICE, 2.0, "NotLead", (INTERNAL_REASON,), (20, 200), INTERNAL),
)
ONLINE_LOST, FORM_OPEN, FORM_SPAM, FORM_TEST, FORM_INTERNAL, FORM_AGAIN, MARKET_OPEN, MARKET_TEST, MARKET_AGAIN = range(9)
WEB_A_DAY = (0.8, 2.6, 0.8, 0.12, 0.08, 0.5, 3.2, 0.05, 1.0)
OF_PROSPECTS = (ONLINE_LOST, FORM_OPEN, MARKET_OPEN)

SOLD_A_DAY = 1.6
BASE_CUSTOMERS, LEAST_CUSTOMERS, BASE_MEMBERSHIPS = 6000, 280, 480
REST_DAYS = 14
"""A known customer gets in touch at most once in so many days: what looks like a repeat is one, and is marked as such."""
VISIT_CYCLE = 182
LARGEST_DAY = 100_000
"""Ids of a day's rows have room for so many."""


class DayPlan(NamedTuple):
    """The counts of one day, and of everything before it."""

    day: int
    requests: tuple[int, ...]
    calls: tuple[int, ...]
    web: tuple[int, ...]
    sold: int
    """Memberships: the first so many requests, calls of new customers, buy one."""
    customers_before: int
    people_before: int
    memberships_before: int
    jobs_before: int
    known_count: int
    """How many known customers may get in touch today."""
    known_offset: int

    @property
    def booked_calls(self) -> int:
        return self.requests[CALL_NEW] + self.requests[CALL_KNOWN]

    @property
    def call_count(self) -> int:
        return self.booked_calls + sum(self.calls)

    @property
    def job_count(self) -> int:
        return sum(self.requests)


def plans(seed: int, days: LocalDays, count: int, scale: float) -> list[DayPlan]:
    """One plan for each day."""
    customers = people = max(LEAST_CUSTOMERS, round(BASE_CUSTOMERS * scale))
    old = memberships = min(customers, round(BASE_MEMBERSHIPS * scale))
    jobs = 0
    found: list[DayPlan] = []
    for index in range(count):
        rng = stream(seed, "plan", index)
        busy = scale * _busyness(days, index) * (0.85 + 0.3 * rng.random())
        visits = _due(index, found[index - 60].memberships_before if index >= 60 else old)
        requests = (*(whole(rng, a_day * busy) for a_day in REQUESTS_A_DAY), visits)
        calls, web = _contacts(rng, requests, busy)
        known = found[index - REST_DAYS].customers_before if index >= REST_DAYS else max(LEAST_CUSTOMERS, round(BASE_CUSTOMERS * scale))
        sold = min(whole(rng, SOLD_A_DAY * busy), requests[CALL_NEW])
        known_count = (known - index % REST_DAYS + REST_DAYS - 1) // REST_DAYS
        offset = int(rng.random() * known_count)
        found.append(DayPlan(index, requests, calls, web, sold, customers, people, memberships, jobs, known_count, offset))
        if max(sum(requests), sum(calls)) > LARGEST_DAY:
            raise ValueError("The company is too large: one of its days has more rows than its ids have room for.")
        new = sum(requests[group] for group in OF_NEW_CUSTOMERS)
        prospects = sum(n for n, group in zip(calls, CALL_GROUPS, strict=True) if group.who == NEW)
        customers += new
        people += new + prospects + sum(web[group] for group in OF_PROSPECTS)
        memberships += sold
        jobs += sum(requests)
    return found


def _busyness(days: LocalDays, index: int) -> float:
    on = days[index].on
    season = sum(work.weight * season_of(on, work.season) for work in WORK) / sum(work.weight for work in WORK)
    return season * rhythm_of(on) * (1 + GROWTH_A_YEAR * index / 365)


def _contacts(rng: Random, requests: tuple[int, ...], busy: float) -> tuple[tuple[int, ...], tuple[int, ...]]:
    booked = requests[CALL_NEW] + requests[CALL_KNOWN]
    calls = [whole(rng, group.a_day * busy) for group in CALL_GROUPS]
    calls = [min(n, booked) if group.who == AGAIN else n for n, group in zip(calls, CALL_GROUPS, strict=True)]
    web = [whole(rng, a_day * busy) for a_day in WEB_A_DAY]
    web[FORM_AGAIN] = min(web[FORM_AGAIN], booked)
    web[MARKET_AGAIN] = min(web[MARKET_AGAIN], requests[MARKET_NEW] + web[MARKET_OPEN])
    return tuple(calls), tuple(web)


def _due(index: int, memberships: int) -> int:
    """Memberships whose turn for a visit is today."""
    turn = index % VISIT_CYCLE
    return (memberships - turn + VISIT_CYCLE - 1) // VISIT_CYCLE if memberships > turn else 0
