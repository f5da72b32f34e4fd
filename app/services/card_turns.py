"""In which state a card is, from when on, what that means and what happens next: in the client's words, with the turns that
come by time alone, so that a card says *Held* the moment its evidence or its data is out of date."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.extensions import db
from app.imports.catalog import label_of
from app.models import AdminTask, Authorization, ConnectorState, ProviderAccount, TaskStatus
from app.readiness.gates import Gate
from app.services.freshness import Freshness, Level, freshness_of
from app.services.settling import OF_THE_CUSTOMER
from app.services.stands import Shown, Stands
from app.services.tasks import LOOK_AT_FIGURES

AGENCY, CLIENT, NOBODY = "your agency", "you", ""
_RANK = {ConnectorState.LIVE: 0, ConnectorState.LATE: 1, ConnectorState.NEEDS_CUSTOMER: 2, ConnectorState.NEEDS_ATTENTION: 2}
_STEPS = {
    Gate.ACCESS: "the way to the data, and your consent to it",
    Gate.MAP: "what each field of the data means",
    Gate.TEST: "a small import as a test",
    Gate.COMPARE: "comparing the figures with the source's own",
    Gate.PROMOTE: "the last look before figures are shown",
}


@dataclass(frozen=True)
class Coming:
    """A turn as it is published."""

    at: datetime
    state: ConnectorState
    sentence: str
    action: str
    owner: str
    by: date | None

    def stored(self) -> dict[str, object]:
        return {
            "at": self.at.isoformat(),
            "state": self.state.value,
            "sentence": self.sentence,
            "action": self.action,
            "owner": self.owner,
            "by": self.by.isoformat() if self.by else None,
        }


@dataclass(frozen=True)
class Situation:
    """All that turns are made of."""

    account: ProviderAccount
    gate: Gate
    """At which the work is, before the first promotion."""
    live: Stands | None
    """How the checks of what runs stand."""
    client_sees: str
    """What the failure path promises that the client reads."""
    now: datetime


def turns_of(situation: Situation) -> list[Coming]:
    """The present state, and what becomes of it by time alone."""
    present = _present(situation)
    if present.state not in {ConnectorState.LIVE, ConnectorState.LATE}:
        return [present]
    found = [present]
    for coming in sorted(_by_time(situation), key=lambda each: each.at):
        if _RANK[coming.state] > _RANK[found[-1].state]:
            found.append(coming)
    return found


def _present(situation: Situation) -> Coming:
    account, now = situation.account, situation.now
    match account.state:
        case ConnectorState.PREPARING:
            sentence = f"Your agency is preparing this source: step {situation.gate.number} of {len(Gate)}, {_STEPS[situation.gate]}."
            return Coming(now, account.state, sentence, "Your agency goes on with this step.", AGENCY, _next_due(account))
        case ConnectorState.LIVE:
            return _live(situation)
        case ConnectorState.LATE:
            return _late(situation, now)
        case ConnectorState.NEEDS_CUSTOMER:
            return _needs_customer(situation)
        case ConnectorState.NEEDS_ATTENTION:
            sentence = situation.client_sees or "Something that these figures rest on is being looked at."
            action = "Your agency finds out what is the matter; until then the last good figures stay."
            return Coming(now, account.state, sentence, action, AGENCY, _next_due(account))
        case ConnectorState.RETIRED:
            sentence = "This source is no longer read. What it brought stays as it was."
            return Coming(now, account.state, sentence, "Nothing is to be done.", NOBODY, None)


def _live(situation: Situation) -> Coming:
    sentence = "Everything that these figures rest on was checked and is in date."
    due = min((each.due_on for each in freshness_of(situation.account)), default=None)
    action = "The next data is due." if due else "New figures come as the source brings them."
    return Coming(situation.now, ConnectorState.LIVE, sentence, action, AGENCY, due)


def _late(situation: Situation, at: datetime) -> Coming:
    late = [each for each in freshness_of(situation.account) if each.level(at) is not Level.ON_TIME]
    by = min((each.due_on + timedelta(days=each.every_days) for each in late), default=None)
    what = _listed(late)
    sentence = f"Newer data was due and is on its way{f': {what}' if what else ''}. The figures reach to the day that they name."
    return Coming(at, ConnectorState.LATE, sentence, "Your agency asks for the data and brings it in.", AGENCY, by)


def _needs_customer(situation: Situation) -> Coming:
    account, now = situation.account, situation.now
    consent = db.session.scalar(sa.select(Authorization).where(Authorization.current_key == account.public_id))
    if consent is not None and consent.withdrawn_on is not None:
        sentence = "Access to this source was withdrawn, so nothing is read from it any more. The last good figures stay."
        return Coming(now, account.state, sentence, "Grant access again if you want newer figures.", CLIENT, None)
    return _overdue(situation, now)


def _overdue(situation: Situation, at: datetime) -> Coming:
    overdue = [each for each in freshness_of(situation.account) if each.level(at) is Level.OVERDUE]
    what, by = _listed(overdue), min((each.due_on for each in overdue), default=None)
    sentence = f"Data that you supply has not come{f': {what}' if what else ''}. The last good figures stay."
    return Coming(at, ConnectorState.NEEDS_CUSTOMER, sentence, "Send the export to your agency. It was due on the day below.", CLIENT, by)


def _by_time(situation: Situation) -> Iterable[Coming]:
    for each in freshness_of(situation.account):
        if each.late_from > situation.now:
            yield _late(situation, each.late_from)
        if each.overdue_from > situation.now:
            yield _overdue(situation, each.overdue_from)
    lapses = _first_lapse(situation)
    if lapses is not None:
        sentence = situation.client_sees or "Something that these figures rest on is out of date."
        yield Coming(
            lapses,
            ConnectorState.NEEDS_ATTENTION,
            sentence,
            "Your agency shows again what is out of date; until then the last good figures stay.",
            AGENCY,
            None,
        )


def _first_lapse(situation: Situation) -> datetime | None:
    """Of what runs, but for what the customer supplies: freshness tells of that."""
    if situation.live is None:
        return None
    zone = ZoneInfo(situation.account.organization.time_zone)
    instants = [_counts_until(shown, zone) for key, shown in situation.live.checks.items() if key not in OF_THE_CUSTOMER]
    return min((each for each in instants if each is not None and each > situation.now), default=None)


def _counts_until(shown: Shown, zone: ZoneInfo) -> datetime | None:
    if shown.waiver is not None:
        return datetime.combine(shown.waiver.last_day + timedelta(days=1), time(), zone).astimezone(UTC)
    return shown.good.valid_until if shown.good is not None else None


def _next_due(account: ProviderAccount) -> date | None:
    query = sa.select(sa.func.min(AdminTask.due_on)).where(AdminTask.account_id == account.id, AdminTask.status == TaskStatus.OPEN)
    return db.session.scalar(query.where(AdminTask.kind != LOOK_AT_FIGURES))


def _listed(of: Sequence[Freshness]) -> str:
    return ", ".join(dict.fromkeys(label_of(each.data_type) for each in of))
