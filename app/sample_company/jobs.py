"""Jobs: what becomes of each request."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from app.sample_company.catalog import CAMPAIGNS, WORK, Work, money
from app.sample_company.entities import Job
from app.sample_company.membership_terms import ended_before
from app.sample_company.plan import CALL_KNOWN, CALL_NEW, ONLINE_KNOWN, ONLINE_NEW, VISIT
from app.sample_company.requests import (
    Request,
    booking_id,
    call_ids,
    customer_id,
    job_ids,
    job_number,
    location_id,
    membership_id,
    requests_of,
)
from app.sample_company.restatement import Change
from app.sample_company.words import CANCEL_REASONS, MEMBERSHIP_ENDED, NOTES, PROBLEMS
from app.sample_company.world import World

ARRIVALS = (8, 10, 12, 14, 16)
CANCELED, WITHOUT_CHARGE, EDITED_LATER, DELETED_IF_CANCELED = 0.1, 0.05, 0.06, 0.05
SUNDAY = 6


def jobs_of(world: World, day: int) -> list[Job]:
    """The jobs that were made on a day, as they stood at the end of the company's time; in the order of their requests."""
    rng = world.rng("jobs", day)
    ids, calls = world.kept(job_ids, day), world.kept(call_ids, day)
    return [
        _job(world, request, (ids[request.seq], calls[request.seq] if request.group in {CALL_NEW, CALL_KNOWN} else None, day), rng)
        for request in world.kept(requests_of, day)
    ]


def _job(world: World, request: Request, known: tuple[int, int | None, int], rng: Random) -> Job:
    number, call, day = known
    plan, work = world.plans[day], WORK[request.work]
    created = request.at + timedelta(seconds=request.seconds)
    scheduled = _scheduled(world, day, work, created, rng)
    cents, no_charge = _price(work, rng)
    status, completed, canceled, reason = _course(world, day, request, (created, scheduled, work.hours), rng)
    last = completed or canceled or (scheduled if status == "InProgress" else created)
    modified = last + timedelta(seconds=60 + int(rng.random() * 3000))
    if rng.random() < EDITED_LATER:
        modified += timedelta(days=1 + int(rng.random() * 18))
    chance = rng.random()
    unit, kind = world.business_units[work.unit], world.job_types[request.work]
    is_invoiced = completed is not None and not no_charge and invoiced_at(number, completed) <= world.until
    total = None if completed is None else money(0 if no_charge else cents)
    return Job(
        number, job_number(plan, request.seq), customer_id(request.person), location_id(request.person), status, scheduled, completed,
        canceled,
        reason, unit.id, unit.name, kind.id, kind.name, work.priority, 9_000 + request.campaign, CAMPAIGNS[request.campaign].name,
        number * 2, no_charge, call,
        booking_id(plan, request.seq) if request.by_answering_service or request.group in {ONLINE_NEW, ONLINE_KNOWN} else None,
        membership_id(request.membership) if request.group == VISIT else None, number if is_invoiced else None, total, _summary(rng),
        created,
        min(modified, world.until), status != "Canceled" or chance > DELETED_IF_CANCELED,
    )  # fmt: skip


def _scheduled(world: World, day: int, work: Work, created: datetime, rng: Random) -> datetime:
    low, high = work.lag
    lag = low + int(rng.random() * (high - low + 1))
    if lag and world.days[day + lag].on.weekday() == SUNDAY:
        lag += 1
    arrival = world.days[day + lag].hours[ARRIVALS[int(rng.random() * len(ARRIVALS))]]
    return max(arrival, created + timedelta(minutes=75))


def _price(work: Work, rng: Random) -> tuple[int, bool]:
    """Cents, and whether the job is done for nothing. Most prices are near the lower end."""
    low, high = work.prices
    cents = low + int((high - low) * rng.random() * rng.random())
    return cents, cents == 0 or rng.random() < WITHOUT_CHARGE


def _course(
    world: World, day: int, request: Request, times: tuple[datetime, datetime, float], rng: Random
) -> tuple[str, datetime | None, datetime | None, str | None]:
    """Status, completed, canceled and why, as far as the company's time goes."""
    created, scheduled, hours = times
    sells_membership = request.seq < world.plans[day].sold
    chance, part, reason = rng.random(), rng.random(), CANCEL_REASONS[int(rng.random() * len(CANCEL_REASONS))]
    done = scheduled + timedelta(hours=hours * (0.5 + part), seconds=part * 59)
    is_ended = request.membership >= 0 and ended_before(world, request.membership, world.days[day].on)
    if is_ended or (chance < CANCELED and not sells_membership):
        canceled = created + (scheduled - created) * part
        if canceled <= world.until:
            return "Canceled", None, canceled, MEMBERSHIP_ENDED if is_ended else reason
    elif done <= world.until:
        return "Completed", done, None, None
    elif scheduled <= world.until:
        return ("Hold" if chance > 0.97 else "InProgress"), None, None, None
    return "Scheduled", None, None, None


def _summary(rng: Random) -> str:
    problem, note = PROBLEMS[int(rng.random() * len(PROBLEMS))], NOTES[int(rng.random() * len(NOTES))]
    return f"{problem}\n{note}" if note else problem


def invoiced_at(job: int, completed: datetime) -> datetime:
    """When the job's invoice is made: soon after the work is done."""
    return completed + timedelta(minutes=5 + job % 80, seconds=job % 53)


def told_jobs(world: World, day: int) -> Iterator[Job]:
    """The jobs that an export shows, with what was restated."""
    for job in world.kept(jobs_of, day):
        if job.created_on > world.until:
            continue
        change = world.change("job", job.id)
        yield job if change is None else _restated(world, job, change)


def _restated(world: World, job: Job, change: Change) -> Job:
    """A status that was set right, where no invoice says otherwise; else another campaign."""
    bits, job = change.bits, job._replace(modified_on=change.at)
    if job.invoice_id is None and bits % 5 == 0:
        return job._replace(active=False)
    if job.status == "Canceled":
        done = min(job.scheduled_on + timedelta(hours=1), world.until)
        return job._replace(
            status="Completed", completed_on=done, canceled_on=None, cancel_reason=None, no_charge=True, total=money(0), active=True
        )
    if job.invoice_id is None:
        canceled = min(job.scheduled_on, world.until)
        return job._replace(status="Canceled", completed_on=None, canceled_on=canceled, cancel_reason=CANCEL_REASONS[bits % 5], total=None)
    campaign = world.campaigns[(job.campaign_id - 9_000 + 1 + bits % 4) % len(CAMPAIGNS)]
    return job._replace(campaign_id=campaign.id, campaign_name=campaign.name)
