"""What comes in without a call: bookings, forms and leads that marketplaces sell."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from app.sample_company.catalog import CAMPAIGNS, FORM, MAIL_DOMAIN, MARKET, ONLINE, WORK
from app.sample_company.entities import DUPLICATE, GENUINE, INTERNAL, SPAM, TEST, Booking, Form, Lead
from app.sample_company.people import handset_phone, office_phone, spam_phone
from app.sample_company.plan import (
    CALL_GROUPS,
    FORM_AGAIN,
    FORM_INTERNAL,
    FORM_NEW,
    FORM_OPEN,
    FORM_SPAM,
    FORM_TEST,
    MARKET_AGAIN,
    MARKET_NEW,
    MARKET_OPEN,
    MARKET_TEST,
    NEW,
    OF_NEW_CUSTOMERS,
    OF_PROSPECTS,
    ONLINE_KNOWN,
    ONLINE_LOST,
    ONLINE_NEW,
    DayPlan,
)
from app.sample_company.requests import ANY_HOUR, Request, booking_id, call_ids, customer_id, job_ids, requests_of
from app.sample_company.words import PROBLEMS, SPAM_MESSAGES
from app.sample_company.world import SPAN, World

PAGES = ("/contact", "/heating", "/cooling", "/plumbing", "/offers/replacement")
DELETED = 0.015


def _first_prospect(plan: DayPlan, wanted: int) -> int:
    """The first person of a group that sends something and becomes no customer."""
    number = plan.people_before + sum(plan.requests[group] for group in OF_NEW_CUSTOMERS)
    number += sum(n for n, group in zip(plan.calls, CALL_GROUPS, strict=True) if group.who == NEW)
    return number + sum(plan.web[group] for group in OF_PROSPECTS if group < wanted)


def _at(world: World, plan: DayPlan, rng: Random) -> datetime:
    return world.days[plan.day].instant(rng, ANY_HOUR)


def _soon(world: World, at: datetime, rng: Random) -> datetime:
    """When somebody has looked at it: most within hours, some within days."""
    chance = rng.random()
    return min(at + timedelta(seconds=int(300 + chance * 9_000 + (chance > 0.93) * 400_000)), world.until)


def told_bookings(world: World, day: int) -> Iterator[Booking]:
    rng, plan = world.rng("bookings", day), world.plans[day]
    for request in world.kept(requests_of, day):
        if request.by_answering_service or request.group in {ONLINE_NEW, ONLINE_KNOWN}:
            made = _booking(world, plan, (request.seq, request.person, request.at), request, rng)
            if made.created_on <= world.until:
                yield _restated_booking(world, made)
    first, campaigns = _first_prospect(plan, ONLINE_LOST), world.chooser(world.days[day], ONLINE)
    for place in range(plan.web[ONLINE_LOST]):
        at = _at(world, plan, rng)
        lost = Request(0, ONLINE_NEW, at, 0, first + place, True, campaigns.pick(rng.random()), int(rng.random() * 12), -1, False)
        made = _booking(world, plan, (plan.job_count + place, lost.person, at), lost, rng)
        made = made._replace(status="Dismissed" if place % 3 else "New", job_id=None)
        if made.created_on <= world.until:
            yield _restated_booking(world, made)


def _booking(world: World, plan: DayPlan, who: tuple[int, int, datetime], request: Request, rng: Random) -> Booking:
    seq, person, at = who
    people, work = world.people, WORK[request.work]
    by_phone = request.by_answering_service
    created = at + timedelta(seconds=request.seconds if by_phone else 0)
    street, city, code = people.address(person)
    call = world.kept(call_ids, plan.day)[request.seq] if by_phone else None
    wanted = world.days[plan.day + 1 + int(rng.random() * 5)].hours[8 + int(rng.random() * 9)]
    number = booking_id(plan, seq)
    return Booking(
        number, "Answering service" if by_phone else "Website scheduler", people.name(person), people.phone(person), people.email(person),
        street, city, people.state, code, "Commercial" if people.is_business(person) else "Residential", wanted, 9_000 + request.campaign,
        CAMPAIGNS[request.campaign].name, world.business_units[work.unit].id, world.job_types[request.work].id, request.is_new, "Converted",
        work.priority, world.kept(job_ids, plan.day)[request.seq], f"00{number:x}", PROBLEMS[int(rng.random() * len(PROBLEMS))], created,
        _soon(world, created, rng), rng.random() > DELETED, call, DUPLICATE if by_phone else GENUINE, call,
    )  # fmt: skip


def _restated_booking(world: World, made: Booking) -> Booking:
    change = world.change("booking", made.id)
    if change is None:
        return made
    made = made._replace(modified_on=change.at)
    return (
        made._replace(active=False)
        if change.bits % 3 == 0 and made.active
        else made._replace(priority="Low" if made.priority != "Low" else "High")
    )


def told_leads(world: World, day: int) -> Iterator[Lead]:
    """Leads of the marketplaces, some of them sold by two."""
    rng, plan, on = world.rng("leads", day), world.plans[day], world.days[day]
    campaigns = world.chooser(on, MARKET)
    made = [
        _lead(world, plan, r.seq, (r.person, r.campaign, r.at), rng)._replace(status="Converted", customer_id=customer_id(r.person))
        for r in world.kept(requests_of, day)
        if r.group == MARKET_NEW
    ]
    first, slot = _first_prospect(plan, MARKET_OPEN), plan.job_count
    for place in range(plan.web[MARKET_OPEN]):
        lead = _lead(world, plan, slot + place, (first + place, campaigns.pick(rng.random()), _at(world, plan, rng)), rng)
        made.append(lead._replace(status="Dismissed") if rng.random() < 0.6 else lead)
    slot += plan.web[MARKET_OPEN]
    for place in range(plan.web[MARKET_AGAIN]):
        one = made[place]
        others = [n for n in campaigns.places if n + 9_000 != one.campaign_id]
        at = one.created_on + timedelta(seconds=int(900 + rng.random() * 36 * 3600))
        again = _lead(world, plan, slot + place, (0, others[int(rng.random() * len(others))], at), rng)
        made.append(
            again._replace(
                name=one.name, phone=one.phone, email=one.email, city=one.city, zip=one.zip, truth=DUPLICATE, duplicate_of=one.id
            )
        )
    slot += plan.web[MARKET_AGAIN]
    for place in range(plan.web[MARKET_TEST]):
        test = _lead(world, plan, slot + place, (0, campaigns.pick(rng.random()), _at(world, plan, rng)), rng)
        made.append(
            test._replace(name="Test Test", phone=handset_phone(place), email=f"test@{MAIL_DOMAIN}", summary="test lead", truth=TEST)
        )
    yield from (_restated_lead(world, lead) for lead in made if lead.created_on <= world.until)


def _lead(world: World, plan: DayPlan, slot: int, who: tuple[int, int, datetime], rng: Random) -> Lead:
    person, campaign, at = who
    people, work = world.people, int(rng.random() * 12)
    _, city, code = people.address(person)
    return Lead(
        4_000_000_000 + plan.day * SPAN + slot, "Open", WORK[work].priority, None, 9_000 + campaign, CAMPAIGNS[campaign].name,
        world.business_units[WORK[work].unit].id, world.job_types[work].id, people.name(person), people.phone(person), people.email(person),
        city, people.state, code, CAMPAIGNS[campaign].source, PROBLEMS[int(rng.random() * len(PROBLEMS))], at, _soon(world, at, rng),
        rng.random() > DELETED, GENUINE, None,
    )  # fmt: skip


def _restated_lead(world: World, lead: Lead) -> Lead:
    change = world.change("lead", lead.id)
    if change is None:
        return lead
    lead = lead._replace(modified_on=change.at)
    if change.bits % 3 == 0 or lead.status == "Converted":
        return lead._replace(active=not lead.active)
    return lead._replace(status="Dismissed" if lead.status == "Open" else "Open")


def told_forms(world: World, day: int) -> Iterator[Form]:
    rng, plan = world.rng("forms", day), world.plans[day]
    requests, slots = world.kept(requests_of, day), iter(range(SPAN))
    campaigns = world.chooser(world.days[day], FORM)

    def form(person: int, at: datetime, campaign: int | None = None) -> Form:
        chosen = campaigns.pick(rng.random()) if campaign is None else campaign
        return _form(world, (plan.day * SPAN + next(slots), person, chosen, at), rng)

    made = [form(r.person, r.at, r.campaign)._replace(status="Converted") for r in requests if r.group == FORM_NEW]
    first = _first_prospect(plan, FORM_OPEN)
    made += [form(first + place, _at(world, plan, rng)) for place in range(plan.web[FORM_OPEN])]
    for place in range(plan.web[FORM_AGAIN]):
        call = requests[place]
        at = call.at + timedelta(seconds=int(1200 + rng.random() * 60_000))
        made.append(form(call.person, at)._replace(truth=DUPLICATE, call_id=world.kept(call_ids, day)[call.seq]))
    for place in range(plan.web[FORM_SPAM]):
        said = SPAM_MESSAGES[int(rng.random() * len(SPAM_MESSAGES))]
        mail = f"offer{place}@spam.example"
        one = form(0, _at(world, plan, rng))
        made.append(one._replace(name="SEO Team", phone=spam_phone(place + day), email=mail, message=said, truth=SPAM))
    for group, truth in ((FORM_TEST, TEST), (FORM_INTERNAL, INTERNAL)):
        for place in range(plan.web[group]):
            phone = handset_phone(place) if truth == TEST else office_phone(place)
            name = "Test Test" if truth == TEST else world.office[place % len(world.office)].name
            one = form(0, _at(world, plan, rng))
            made.append(one._replace(name=name, phone=phone, email=f"{truth}@{MAIL_DOMAIN}", message=f"{truth} form", truth=truth))
    yield from (_restated_form(world, one) for one in made if one.submitted_on <= world.until)


def _form(world: World, who: tuple[int, int, int, datetime], rng: Random) -> Form:
    number, person, campaign, at = who
    people = world.people
    _, city, code = people.address(person)
    kind, problem = int(rng.random() * len(PAGES)), PROBLEMS[int(rng.random() * len(PROBLEMS))]
    return Form(
        f"{number:012d}", at, "Replacement offer" if kind == len(PAGES) - 1 else "Contact", PAGES[kind], 9_000 + campaign,
        CAMPAIGNS[campaign].name,
        people.name(person), people.phone(person), people.email(person), city, code, f"{problem}\nBest time: mornings", "New", None,
        _soon(world, at, rng), rng.random() > DELETED, GENUINE, None,
    )  # fmt: skip


def _restated_form(world: World, form: Form) -> Form:
    change = world.change("form", int(form.id))
    if change is None:
        return form
    form = form._replace(modified_on=change.at)
    return form._replace(active=not form.active) if change.bits % 3 == 0 else form._replace(status="Handled")
