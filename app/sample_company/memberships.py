"""Memberships: sold to new customers when their first job is done, and those of before the company's time."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from app.sample_company.catalog import MEMBERSHIPS
from app.sample_company.entities import Membership
from app.sample_company.jobs import jobs_of
from app.sample_company.membership_terms import terms_of
from app.sample_company.plan import DayPlan
from app.sample_company.randomness import mixed
from app.sample_company.requests import customer_id, membership_id
from app.sample_company.words import CANCEL_REASONS
from app.sample_company.world import World

MAINTENANCE_UNIT = 4


def old_memberships(world: World) -> Iterator[Membership]:
    for number in range(world.plans[0].memberships_before):
        person, day = world.membership_holder(number)
        yield _told(world, number, person, world.days[day].hours[12], None)


def told_memberships(world: World, day: int) -> Iterator[Membership]:
    """Those sold with the jobs that were made on a day."""
    plan: DayPlan = world.plans[day]
    for place, job in enumerate(world.kept(jobs_of, day)[: plan.sold]):
        if job.completed_on is not None:
            number = plan.memberships_before + place
            seller = world.technicians[mixed(number, 7) % len(world.technicians)].id
            yield _told(world, number, plan.people_before + place, job.completed_on, seller)


def _told(world: World, number: int, person: int, sold_at: datetime, seller: int | None) -> Membership:
    terms = terms_of(world, number)
    _, months, billing, _, _ = MEMBERSHIPS[terms.type]
    ended_at = None if terms.ends_on is None else world.days[(terms.ends_on - world.days.first).days].hours[3]
    has_ended = ended_at is not None and ended_at <= world.until
    status = terms.outcome if has_ended or terms.ends_on is None else "Active"
    starts_on = world.days.date_of(sold_at)
    made = Membership(
        membership_id(number), customer_id(person), world.membership_types[terms.type].id, world.business_units[MAINTENANCE_UNIT].id,
        status,
        billing, months, starts_on, terms.ends_on if terms.outcome == "Expired" else None,
        terms.ends_on if status == "Canceled" else None, seller, "", sold_at,
        max(sold_at, ended_at) if ended_at is not None and has_ended else sold_at, status != "Canceled" or number % 4 > 0,
    )  # fmt: skip
    change = world.change("membership", made.id)
    if change is None:
        return made
    made = made._replace(modified_on=change.at)
    if made.status != "Active":
        return made._replace(active=not made.active)
    canceled_on = world.end - timedelta(days=1)
    return made._replace(status="Canceled", canceled_on=canceled_on, memo=CANCEL_REASONS[change.bits % len(CANCEL_REASONS)])
