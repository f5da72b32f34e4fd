"""Calls: the booked ones of the day's requests, and all the others."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random

from app.sample_company.catalog import CAMPAIGNS, EXISTING, PHONE, WORK
from app.sample_company.days import LocalDay
from app.sample_company.entities import DUPLICATE, GENUINE, Call
from app.sample_company.jobs import jobs_of
from app.sample_company.people import campaign_phone, handset_phone, office_phone, spam_phone
from app.sample_company.plan import AGAIN, CALL_GROUPS, HANDSET, KNOWN, NEW, OF_KNOWN_CUSTOMERS, OF_NEW_CUSTOMERS, SPAMMER, CallGroup
from app.sample_company.requests import ANY_HOUR, OFFICE_HOURS, Request, call_ids, customer_id, job_ids, job_number, requests_of
from app.sample_company.restatement import Change
from app.sample_company.words import BOOKED_REASON, EXCUSED_REASONS
from app.sample_company.world import Chooser, World

DURATIONS = tuple(f"{n // 3600:02d}:{n // 60 % 60:02d}:{n % 60:02d}" for n in range(3_600))
DELETED, LISTENED_AGAIN = 0.012, 0.04
PHONES = tuple(campaign_phone(n) for n in range(len(CAMPAIGNS)))
NAMES = tuple(spec.name for spec in CAMPAIGNS)
TAGS = ("", "", "", "", "VIP", "Follow up")


def told_calls(world: World, day: int) -> Iterator[Call]:
    """The calls of a day, as an export shows them, with what was restated."""
    made = _Maker(world, day).calls()
    if day >= world.count - 2:  # what comes after the end has not happened
        made = [c._replace(modified_on=min(c.modified_on, world.until)) for c in made if c.received_on <= world.until]
    if world.restatement is None:
        yield from made
        return
    for call in made:
        change = world.change("call", call.id)
        yield call if change is None else _restated(world, day, call, change)


class _Maker:
    """Makes the calls of one day."""

    def __init__(self, world: World, day: int) -> None:
        self.world, self.people, self.plan = world, world.people, world.plans[day]
        self.on: LocalDay = world.days[day]
        self.rng: Random = world.rng("calls", day)
        self.ids, self.jobs = world.kept(call_ids, day), world.kept(job_ids, day)
        self.requests: list[Request] = world.kept(requests_of, day)
        self.campaigns: Chooser = world.chooser(self.on, PHONE)

    def calls(self) -> list[Call]:
        made = [self._booked(request) for request in self.requests[: self.plan.booked_calls]]
        known = sum(self.plan.requests[group] for group in OF_KNOWN_CUSTOMERS)
        prospect = self.plan.people_before + sum(self.plan.requests[group] for group in OF_NEW_CUSTOMERS)
        for group, count in zip(CALL_GROUPS, self.plan.calls, strict=True):
            for place in range(count):
                if group.who == KNOWN:
                    made.append(self._other(group, len(made), self.world.known_person(self.plan, known), place))
                    known += 1
                elif group.who == NEW:
                    made.append(self._other(group, len(made), prospect, place))
                    prospect += 1
                elif group.who == AGAIN:
                    made.append(self._again(self.requests[place], self._other(group, len(made), self.requests[place].person, place)))
                else:
                    made.append(self._other(group, len(made), None, place))
        return made

    def _booked(self, request: Request) -> Call:
        world, random, at = self.world, self.rng.random, request.at
        agent, chance = world.agents[int(random() * len(world.agents))], random()
        person, campaign = request.person, request.campaign
        call = Call(
            self.ids[request.seq], at, DURATIONS[request.seconds], "Inbound", self.people.phone(person), PHONES[campaign], "Booked", True,
            BOOKED_REASON, True, customer_id(person), self.people.name(person), 9_000 + campaign, NAMES[campaign],
            world.business_units[WORK[request.work].unit].name, self.jobs[request.seq], job_number(self.plan, request.seq), agent.id,
            agent.name,
            "", TAGS[int(chance * 1000) % 6], at, at + timedelta(0, request.seconds + 20), chance > DELETED, GENUINE, None,
        )  # fmt: skip
        return self._changed_later(call) if chance > 1 - LISTENED_AGAIN else call

    def _other(self, group: CallGroup, slot: int, person: int | None, place: int) -> Call:
        world, random = self.world, self.rng.random
        at = self.on.instant(self.rng, ANY_HOUR if group.who == SPAMMER else OFFICE_HOURS)
        low, high = group.seconds
        seconds, chance = low + int(random() * (high - low)), random()
        is_known = group.who in {KNOWN, AGAIN}
        campaign = EXISTING if is_known and chance < 0.6 else self.campaigns.pick(random())
        agent = None if group.call_type == "Abandoned" else world.agents[int(chance * 997) % len(world.agents)]
        reason = group.reasons[int(chance * 1009) % len(group.reasons)] if group.reasons else None
        caller, called = self.people.phone(person) if person is not None else _house_phone(group, place + self.on.number), PHONES[campaign]
        if group.direction == "Outbound":
            caller, called = called, caller
        customer, name = (customer_id(person), self.people.name(person)) if is_known and person is not None else (None, None)
        call = Call(
            self.ids[slot], at, DURATIONS[seconds], group.direction, caller, called, group.call_type, False, reason,
            group.call_type == "Unbooked", customer, name, 9_000 + campaign, NAMES[campaign], None, None, None,
            agent.id if agent else None, agent.name if agent else None, "test call, please ignore" if group.who == HANDSET else "",
            "", at, at + timedelta(0, seconds + 20), chance > DELETED, group.truth, None,
        )  # fmt: skip
        return self._changed_later(call) if chance > 1 - LISTENED_AGAIN else call

    def _again(self, request: Request, call: Call) -> Call:
        """The same person once more within hours, about the job that was just booked."""
        at = request.at + timedelta(minutes=20 + call.id % 200)
        modified = max(call.modified_on, at + timedelta(minutes=5))
        return call._replace(received_on=at, created_on=at, modified_on=modified, truth=DUPLICATE, duplicate_of=self.ids[request.seq])

    def _changed_later(self, call: Call) -> Call:
        """Heard again and set right after some days."""
        later = call.modified_on + timedelta(days=1 + int(self.rng.random() * 12), seconds=int(self.rng.random() * 9000))
        return call._replace(modified_on=min(later, self.world.until))


def _house_phone(group: CallGroup, number: int) -> str:
    if group.who == SPAMMER:
        return spam_phone(number)
    return handset_phone(number) if group.who == HANDSET else office_phone(number)


def _restated(world: World, day: int, call: Call, change: Change) -> Call:
    """Taken for something else now; a booked call only where its job came to nothing, else for another campaign's."""
    bits, call = change.bits, call._replace(modified_on=change.at)
    if bits % 6 == 0:
        return call._replace(active=not call.active)
    if not call.booked or any(job.id == call.job_id and job.status == "Canceled" for job in world.kept(jobs_of, day)):
        found = "Unbooked" if call.call_type in {None, "NotLead", "Excused"} else "Excused"
        return call._replace(call_type=found, booked=False, is_lead=found == "Unbooked", reason=EXCUSED_REASONS[bits % 3])
    campaign = (call.campaign_id - 9_000 + 1 + bits % 8) % len(CAMPAIGNS) if call.campaign_id else EXISTING
    return call._replace(campaign_id=9_000 + campaign, campaign_name=NAMES[campaign])
