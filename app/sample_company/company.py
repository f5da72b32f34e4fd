"""A made-up home-services company: every kind of record, for any time, in the order in which an export tells of them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from operator import attrgetter
from typing import Any, Self, TypeVar
from zoneinfo import ZoneInfo

from app.sample_company import entities as e
from app.sample_company.calls import told_calls
from app.sample_company.customers import campaign_costs, old_customers, told_customers
from app.sample_company.field_work import (
    told_assignments,
    told_estimate_items,
    told_estimates,
    told_reviews,
    told_splits,
    told_timesheets,
)
from app.sample_company.invoice_items import told_items
from app.sample_company.invoices import told_invoices, told_payments
from app.sample_company.jobs import told_jobs
from app.sample_company.memberships import old_memberships, told_memberships
from app.sample_company.randomness import mixed
from app.sample_company.restatement import Restatement
from app.sample_company.web import told_bookings, told_forms, told_leads
from app.sample_company.world import World

Row = TypeVar("Row")
PLACE = attrgetter("modified_on", "id")


class Company:
    """Two years, or any other time, of one company.

    The same parameters give the same company, record for record; `end` is the day after the last one. Records are made while they are
    read, a day at a time, ordered by (modified_on, id), and can be read as often as one likes. What would lie after the end has not
    happened: jobs of the last days are still scheduled, their invoices are not there yet.
    """

    def __init__(self, seed: int, zone: str, start: date, end: date, scale: float = 1.0, *, restatement: Restatement | None = None) -> None:
        self._parameters = (seed, zone, start, end, scale)
        self._world = World(seed=seed, zone=zone, start=start, end=end, scale=scale, restatement=restatement)

    def restated(self, as_of: datetime, *, share: float = 0.02) -> Self:
        """The same time as a later export tells it: about `share` of the rows of calls, jobs, invoices, leads, bookings, forms,
        customers, estimates and memberships changed in between, and some of those are inactive now. No other row moves, and none is new.
        """
        seed = self._parameters[0]
        if as_of <= self._world.until:
            raise ValueError("A later export must be later than the company's time.")
        since = self._world.days[self._world.count].hours[0]
        return type(self)(*self._parameters, restatement=Restatement(since, as_of, share, mixed(seed, 13)))

    @property
    def zone(self) -> ZoneInfo:
        return self._world.zone

    @property
    def start(self) -> date:
        return self._world.start

    @property
    def end(self) -> date:
        return self._world.end

    def business_units(self) -> Iterator[e.BusinessUnit]:
        return _sorted(self._world.business_units)

    def job_types(self) -> Iterator[e.JobType]:
        return _sorted(self._world.job_types)

    def technicians(self) -> Iterator[e.Employee]:
        return _sorted(self._world.technicians)

    def employees(self) -> Iterator[e.Employee]:
        return _sorted(self._world.office)

    def campaigns(self) -> Iterator[e.Campaign]:
        return _sorted(self._world.campaigns)

    def campaign_costs(self) -> Iterator[e.CampaignCost]:
        return _sorted(campaign_costs(self._world))

    def services(self) -> Iterator[e.Sku]:
        return _sorted(self._world.services)

    def materials(self) -> Iterator[e.Sku]:
        return _sorted(self._world.materials)

    def membership_types(self) -> Iterator[e.MembershipType]:
        return _sorted(self._world.membership_types)

    def customers(self) -> Iterator[e.Customer]:
        return self._told(told_customers, old_customers(self._world))

    def calls(self) -> Iterator[e.Call]:
        return self._told(told_calls)

    def bookings(self) -> Iterator[e.Booking]:
        return self._told(told_bookings)

    def leads(self) -> Iterator[e.Lead]:
        return self._told(told_leads)

    def forms(self) -> Iterator[e.Form]:
        return self._told(told_forms)

    def jobs(self) -> Iterator[e.Job]:
        return self._told(told_jobs)

    def job_assignments(self) -> Iterator[e.Assignment]:
        return self._told(told_assignments)

    def job_splits(self) -> Iterator[e.Split]:
        return self._told(told_splits)

    def jobs_timesheets(self) -> Iterator[e.Timesheet]:
        return self._told(told_timesheets)

    def invoices(self) -> Iterator[e.Invoice]:
        return self._told(told_invoices)

    def invoice_items(self) -> Iterator[e.InvoiceItem]:
        return self._told(told_items)

    def payments(self) -> Iterator[e.Payment]:
        return self._told(told_payments)

    def estimates(self) -> Iterator[e.Estimate]:
        return self._told(told_estimates)

    def estimate_items(self) -> Iterator[e.EstimateItem]:
        return self._told(told_estimate_items)

    def customer_memberships(self) -> Iterator[e.Membership]:
        return self._told(told_memberships, _sorted(old_memberships(self._world)))

    def reviews(self) -> Iterator[e.Review]:
        return self._told(told_reviews)

    def _told(self, told: Callable[[World, int], Iterable[Row]], older: Iterable[Row] = ()) -> Iterator[Row]:
        return ordered(self._world, told, older)


def _sorted(rows: Iterable[Row]) -> Iterator[Row]:
    return iter(sorted(rows, key=PLACE))


def ordered(world: World, told: Callable[[World, int], Iterable[Any]], older: Iterable[Any]) -> Iterator[Any]:
    """Rows by (modified_on, id), while only those wait in memory that were changed later than they were made."""
    waiting: defaultdict[int, list[Any]] = defaultdict(list)  # by the day in UTC
    for row in older:  # they are in order already
        if row.modified_on < world.begins_at:
            yield row
        else:
            waiting[row.modified_on.toordinal()].append(row)
    for day in range(world.count):
        for row in told(world, day):
            waiting[row.modified_on.toordinal()].append(row)
        # Rows of later days are at least as late as the beginning of the next one.
        complete = world.days[day + 1].hours[0].toordinal()
        for place in sorted(place for place in waiting if place < complete):
            yield from sorted(waiting.pop(place), key=PLACE)
    for place in sorted(waiting):
        yield from sorted(waiting.pop(place), key=PLACE)
