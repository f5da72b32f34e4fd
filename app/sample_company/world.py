"""What all streams of one company share: its time, its plan, its people and its price book."""

from bisect import bisect, bisect_right
from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from app.sample_company import catalog
from app.sample_company.catalog import CAMPAIGNS, MAIL_DOMAIN, UNITS
from app.sample_company.days import LocalDay, LocalDays, season_of
from app.sample_company.entities import Campaign, Employee
from app.sample_company.people import People, campaign_phone, office_phone
from app.sample_company.plan import REST_DAYS, DayPlan, plans
from app.sample_company.randomness import running, stream
from app.sample_company.restatement import Change, Restatement
from app.sample_company.words import OFFICE_TITLES

Row = TypeVar("Row")
SPAN = 1_000_000
"""Ids of one day begin this far from those of the day before."""
STAFF_NUMBERS = 1 << 40
"""People's numbers of the staff: far from those of the customers."""
KEPT_DAYS = 3


class Chooser(NamedTuple):
    """Places in a list, each with its weight."""

    sums: tuple[float, ...]
    places: tuple[int, ...]

    def pick(self, chance: float) -> int:
        return self.places[bisect(self.sums, chance)]


class World:
    """One company. Two of the same parameters are the same company."""

    def __init__(self, *, seed: int, zone: str, start: date, end: date, scale: float, restatement: Restatement | None = None) -> None:
        if end <= start:
            raise ValueError("The company's time must have at least one day: its end is the day after the last one.")
        if not scale > 0:
            raise ValueError("The scale must be more than zero.")
        self.seed, self.start, self.end, self.scale = seed, start, end, scale
        self.zone = ZoneInfo(zone)
        self.days = LocalDays(self.zone, start)
        self.count = (end - start).days
        self.begins_at = self.days[0].hours[0]
        self.until = self.days[self.count].hours[0] - timedelta(seconds=1)
        """The last instant that the company knows of: what would come later has not happened."""
        self.restatement = restatement
        self.people = People(seed)
        self.plans: list[DayPlan] = plans(seed, self.days, self.count, scale)
        self._customers_before = [plan.customers_before for plan in self.plans]
        self._memberships_before = [plan.memberships_before for plan in self.plans]
        self._choosers: dict[tuple[int, str], Chooser] = {}
        self._kept: dict[Callable[..., Any], dict[int, Any]] = {}
        self._make_catalog()

    def _make_catalog(self) -> None:
        """All of it with its state at the end of the company's time."""
        phones = tuple(office_phone(n) for n in range(len(UNITS)))
        self.business_units = catalog.business_units(self.begins_at, phones)
        self.job_types = catalog.job_types(self.begins_at)
        self.membership_types = catalog.membership_types(self.begins_at)
        self.services = catalog.services(self.begins_at)
        self.materials = catalog.materials(self.begins_at)
        self.technicians = [self._employee(n, "Technician", n % (len(UNITS) - 1)) for n in range(max(10, round(10 * self.scale)))]
        self.office = [self._employee(500_000 + n, OFFICE_TITLES[n % 7], None) for n in range(max(7, round(4 * self.scale)))]
        self.agents = [e for e in self.office if e.role == "CSR"]
        self.campaigns = [self._campaign(n) for n in range(len(CAMPAIGNS))]

    def _employee(self, number: int, role: str, unit: int | None) -> Employee:
        name = self.people.name(STAFF_NUMBERS + number * 64 + self._first_person(number))
        since = self.begins_at - timedelta(days=600 - number % 500, hours=number % 24)
        mail = f"staff{number}@{MAIL_DOMAIN}"
        return Employee(
            7_000_000 + number, name, role, None if unit is None else self.business_units[unit].id, mail, office_phone(number), since,
            since,
            number % 17 != 16,
        )  # fmt: skip

    def _first_person(self, number: int) -> int:
        """The first of a few numbers that is no business: somebody who can be employed."""
        return next((n for n in range(64) if not self.people.is_business(STAFF_NUMBERS + number * 64 + n)), 0)

    def _campaign(self, number: int) -> Campaign:
        spec = CAMPAIGNS[number]
        began, ended = (self.begins_at + timedelta(days=int(part * self.count)) for part in spec.runs)
        created = max(began, self.begins_at - timedelta(days=400 - number))
        is_over = ended <= self.until
        return Campaign(
            9_000 + number, spec.name, spec.category, spec.source, spec.medium, campaign_phone(number), number == catalog.EXISTING,
            created, ended if is_over else created, not is_over,
        )  # fmt: skip

    def change(self, kind: str, number: int) -> Change | None:
        """What a later export tells differently of a row."""
        return self.restatement.change(kind, number) if self.restatement else None

    def rng(self, name: str, day: int) -> Random:
        return stream(self.seed, name, day)

    def kept(self, make: Callable[["World", int], list[Row]], day: int) -> list[Row]:
        """What `make` makes of a day; the last few days are kept, as several streams ask for the same."""
        days = self._kept.setdefault(make, {})
        if day not in days:
            if len(days) >= KEPT_DAYS:
                del days[next(iter(days))]
            days[day] = make(self, day)
        found: list[Row] = days[day]
        return found

    def known_person(self, plan: DayPlan, place: int) -> int:
        """The number of a customer of old: another for each place of a day."""
        return self.customer_person(plan.day % REST_DAYS + REST_DAYS * ((plan.known_offset + place) % plan.known_count))

    def customer_person(self, customer: int) -> int:
        """The person's number of the n-th customer."""
        if not self.plans or customer < self._customers_before[0]:
            return customer
        day = bisect_right(self._customers_before, customer) - 1
        return self.plans[day].people_before + customer - self._customers_before[day]

    def membership_holder(self, membership: int) -> tuple[int, int]:
        """The person who has the n-th membership, and the day of its sale (before the first for the oldest)."""
        if membership < self._memberships_before[0]:
            return membership, -330 + membership * 329 // self._memberships_before[0]
        day = bisect_right(self._memberships_before, membership) - 1
        return self.plans[day].people_before + membership - self._memberships_before[day], day

    def chooser(self, day: LocalDay, kind: str) -> Chooser:
        """Campaigns of a kind that run on a day."""
        found = self._choosers.get((day.number, kind))
        if found is None:
            part = day.number / self.count
            weights = {
                n: spec.weight * season_of(day.on, spec.season)
                for n, spec in enumerate(CAMPAIGNS)
                if spec.kind == kind and spec.weight and spec.runs[0] <= part < spec.runs[1]
            }
            if len(self._choosers) > 40:
                self._choosers.clear()
            found = self._choosers[day.number, kind] = Chooser(running(tuple(weights.values())), tuple(weights))
        return found
