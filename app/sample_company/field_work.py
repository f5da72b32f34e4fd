"""What follows from a job beside its invoice: who went there, how the work is split, estimates and reviews."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from app.sample_company.catalog import TAX_PER_MILLE, money
from app.sample_company.entities import Assignment, Employee, Estimate, EstimateItem, Job, Review, Split, Timesheet
from app.sample_company.jobs import jobs_of
from app.sample_company.words import PLATFORMS, REVIEW_TEXTS
from app.sample_company.world import World

HELPED, ESTIMATED, SOLD, REVIEWED = 0.22, 0.14, 0.4, 0.11
ROOM, LINES = 4, 8
"""Ids of one job's rows, and of one estimate's items, have room for so many."""
OPTIONS = ("Good", "Better", "Best")
RATINGS = (0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 5, 6, 7)


def _crew(world: World, job: Job) -> list[Employee]:
    """One or two technicians; a few jobs are not given to anybody yet."""
    count = len(world.technicians)
    first = job.id * 31 % count
    crew = [world.technicians[first], world.technicians[(first + 1 + job.id % 3) % count]]
    return crew[: 2 if job.id * 7 % 100 < HELPED * 100 else 1]


def told_assignments(world: World, day: int) -> Iterator[Assignment]:
    for job in world.kept(jobs_of, day):
        if job.created_on > world.until:
            continue
        status = {"Completed": "Done", "InProgress": "Working"}.get(job.status, "Scheduled")
        for place, technician in enumerate(_crew(world, job)):
            assigned = min(job.created_on + timedelta(minutes=10 + place), world.until)
            modified = max(assigned, job.completed_on or job.canceled_on or assigned)
            yield Assignment(
                job.id * ROOM + place, job.id, job.appointment_id, technician.id, technician.name,
                world.office[job.id % len(world.office)].id,
                assigned, status, False, assigned, modified, job.status != "Canceled",
            )  # fmt: skip


def told_splits(world: World, day: int) -> Iterator[Split]:
    """In hundredths of the job; they add up to 100."""
    for job in world.kept(jobs_of, day):
        if job.completed_on is None:
            continue
        crew = _crew(world, job)
        parts = (Decimal("100.00"),) if len(crew) == 1 else (Decimal("60.00"), Decimal("40.00"))
        at = job.completed_on
        for place, technician in enumerate(crew):
            yield Split(job.id * ROOM + place, job.id, technician.id, parts[place], at, at, True)


def told_timesheets(world: World, day: int) -> Iterator[Timesheet]:
    for job in world.kept(jobs_of, day):
        if job.scheduled_on > world.until or (job.canceled_on and job.canceled_on < job.scheduled_on - timedelta(minutes=30)):
            continue
        arrived = None if job.canceled_on else job.scheduled_on
        dispatched = max(job.created_on, job.scheduled_on - timedelta(minutes=15 + job.id % 15))
        last = job.completed_on or job.canceled_on or arrived or dispatched
        for place, technician in enumerate(_crew(world, job)):
            yield Timesheet(
                job.id * ROOM + place, job.id, job.appointment_id, technician.id, dispatched, arrived, job.canceled_on, job.completed_on,
                dispatched, max(dispatched, last), True,
            )  # fmt: skip


def estimates_of(world: World, day: int) -> list[tuple[Estimate, list[EstimateItem]]]:
    """With their items: an estimate's amount is their sum."""
    rng, found = world.rng("estimates", day), []
    for job in world.kept(jobs_of, day):
        chance, options = rng.random(), 1 + int(rng.random() * 3)
        if job.completed_on is None or (chance > ESTIMATED and job.job_type_name != "Estimate Visit"):
            continue
        sold = int(rng.random() * options) if rng.random() < SOLD else None
        decided = job.completed_on + timedelta(seconds=int(1800 + rng.random() * rng.random() * 20 * 86_400))
        found += [_estimate(world, job, option, (sold, options, job.completed_on, decided), rng) for option in range(options)]
    return found


def _estimate(
    world: World, job: Job, option: int, fate: tuple[int | None, int, datetime, datetime], rng: Random
) -> tuple[Estimate, list[EstimateItem]]:
    sold, options, made_at, decided = fate
    number, is_decided = job.id * ROOM + option, sold is not None and decided <= world.until
    status = ("Sold" if sold == option else "Dismissed") if is_decided else "Open"
    modified = decided if is_decided else made_at
    items = [_estimate_item(world, number, line, made_at, rng) for line in range(1 + int(rng.random() * 4))]
    subtotal = sum((item.total for item in items), Decimal(0))
    tax = money((int(subtotal.scaleb(2)) * TAX_PER_MILLE + 500) // 1000)
    made = Estimate(
        number, job.id, job.number, job.customer_id, f"{OPTIONS[option]}: {job.job_type_name}", status, subtotal, tax,
        decided if status == "Sold" else None, _crew(world, job)[0].id if status == "Sold" else None, job.business_unit_id,
        job.business_unit_name, option == options - 1, job.summary, made_at, modified, number % 61 != 60,
    )  # fmt: skip
    change = world.change("estimate", number)
    if change is not None:
        made = made._replace(modified_on=change.at)
        made = made._replace(status="Dismissed") if made.status == "Open" else made._replace(active=not made.active)
    return made, items


def _estimate_item(world: World, estimate: int, line: int, at: datetime, rng: Random) -> EstimateItem:
    goods = world.materials if line % 2 else world.services
    sku, quantity = goods[int(rng.random() * len(goods))], 1 + int(rng.random() * rng.random() * 5)
    return EstimateItem(
        estimate * LINES + line, estimate, sku.id, sku.code, "Material" if line % 2 else "Service", sku.name, Decimal(quantity), sku.price,
        sku.price * quantity, sku.cost, sku.cost * quantity, at, at, True,
    )  # fmt: skip


def told_estimates(world: World, day: int) -> Iterator[Estimate]:
    for estimate, _ in world.kept(estimates_of, day):
        yield estimate


def told_estimate_items(world: World, day: int) -> Iterator[EstimateItem]:
    for _, items in world.kept(estimates_of, day):
        yield from items


def told_reviews(world: World, day: int) -> Iterator[Review]:
    rng, plan = world.rng("reviews", day), world.plans[day]
    for seq, job in enumerate(world.kept(jobs_of, day)):
        chance, wait, which = rng.random(), rng.random(), rng.random()
        if chance > REVIEWED or job.completed_on is None:
            continue
        published = job.completed_on + timedelta(seconds=int(7200 + wait * 12 * 86_400))
        if published > world.until:
            continue
        rating, text = REVIEW_TEXTS[RATINGS[int(which * len(RATINGS))]]
        technician, person = _crew(world, job)[0], job.customer_id - 20_000_000
        modified = min(published + timedelta(hours=1 + int(wait * 40)), world.until)
        yield Review(
            5_000_000 + plan.jobs_before + seq, PLATFORMS[int(chance * 1000) % len(PLATFORMS)], published, rating,
            world.people.name(person),
            world.people.email(person), text, "Thank you for telling us." if rating < 4 else "", job.id, job.job_type_name, job.customer_id,
            world.people.name(person), technician.id, technician.name, job.business_unit_id, job.completed_on, published, modified, True,
        )  # fmt: skip
