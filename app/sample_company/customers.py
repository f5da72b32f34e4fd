"""Customers, and what the campaigns cost."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from app.sample_company.catalog import CAMPAIGNS, money
from app.sample_company.days import season_of
from app.sample_company.entities import CampaignCost, Customer
from app.sample_company.plan import OF_KNOWN_CUSTOMERS, VISIT
from app.sample_company.randomness import mixed
from app.sample_company.requests import customer_id, requests_of
from app.sample_company.world import World

KNOWN_FOR_DAYS = 1500


def old_customers(world: World) -> Iterator[Customer]:
    """Those of before the company's time, the oldest first."""
    count = world.plans[0].customers_before
    first = world.begins_at - timedelta(days=KNOWN_FOR_DAYS)
    for person in range(count):
        at = first + timedelta(seconds=person * (KNOWN_FOR_DAYS - 3) * 86_400 // count)
        yield _told(world, person, at, at, max(person - 1, 0))


def told_customers(world: World, day: int) -> Iterator[Customer]:
    """Those who came on a day."""
    rng, plan = world.rng("customers", day), world.plans[day]
    for request in world.kept(requests_of, day):
        if request.group in OF_KNOWN_CUSTOMERS or request.group == VISIT:
            continue
        created = request.at + timedelta(seconds=request.seconds)
        chance, part = rng.random(), rng.random()
        modified = created + timedelta(seconds=int(60 + part * 900 + (chance < 0.1) * part * 20 * 86_400))
        if created <= world.until:
            yield _told(world, request.person, created, min(modified, world.until), world.known_person(plan, request.seq))


def _told(world: World, person: int, created: datetime, modified: datetime, twin: int) -> Customer:
    """`twin` is the customer of whom an inactive one turned out to be a second record."""
    people, bits = world.people, mixed(person, 9)
    street, city, code = people.address(person)
    is_merged = bits % 80 == 0 and twin != person and mixed(twin, 9) % 80 != 0
    made = Customer(
        customer_id(person), people.name(person), "Commercial" if people.is_business(person) else "Residential", street, city, people.state,
        code, people.phone(person), people.email(person), bits % 11 == 0, bits % 97 == 0, created, modified, not is_merged,
        customer_id(twin) if is_merged else None,
    )  # fmt: skip
    change = world.change("customer", made.id)
    if change is None:
        return made
    made = made._replace(modified_on=change.at)
    if made.active and change.bits % 4 == 0:
        return made._replace(active=False)
    return made._replace(do_not_mail=not made.do_not_mail)


def campaign_costs(world: World) -> list[CampaignCost]:
    """One row for each campaign and month that it ran in: the cost of a day in that month."""
    found: list[CampaignCost] = []
    month = world.start.replace(day=1)
    while month < world.end:
        last = month.replace(day=monthrange(month.year, month.month)[1])
        known_at = min(world.days.start_of(last + timedelta(days=1)), world.until)
        found += [cost for n in range(len(CAMPAIGNS)) if (cost := _cost(world, n, (month, last), known_at)) is not None]
        month = last + timedelta(days=1)
    return found


def _cost(world: World, number: int, month: tuple[date, date], known_at: datetime) -> CampaignCost | None:
    spec, first = CAMPAIGNS[number], month[0]
    began, ended = (world.start + timedelta(days=int(part * world.count)) for part in spec.runs)
    if not spec.daily_cents or month[1] < began or first >= ended:
        return None
    place = first.year * 12 + first.month
    factor = season_of(first + timedelta(days=14), spec.season) * (0.9 + mixed(place * 64 + number, world.seed) % 200 / 1000)
    daily = money(int(spec.daily_cents * factor * world.scale))
    return CampaignCost(place * 100 + number, 9_000 + number, spec.name, first.year, first.month, daily, known_at, True)
