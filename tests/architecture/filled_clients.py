"""What clients see and did, for the database in which every page has something to show."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.clock import utc_now
from app.models import (
    AccessRequest,
    ClientActKind,
    ClientQuestion,
    ConnectorState,
    DirtyCause,
    ProviderAccount,
    PublishedPoint,
    PublishedRestatement,
    ReportNote,
    User,
)
from app.services import questions
from tests.support import clients, factories, published

REVISION = 1000
"""Behind whatever the filling itself published."""


@dataclass(frozen=True)
class CompanyClients:
    """One company's half of the portal."""

    request: AccessRequest
    token: str
    """Of the request's link, which is for the company's client admin."""
    question: ClientQuestion
    """An open one."""
    note: ReportNote

    @property
    def marks(self) -> frozenset[str]:
        ids = {str(row.public_id) for row in (self.request, self.question, self.note)}
        return frozenset({self.request.why, self.question.text, self.note.text, self.token} | ids)


def fill_cards(connector: ProviderAccount, name: str) -> None:
    """One with a total and one with lines, with days, a note, an answer and a figure that became another one: in place of what was
    published so far."""
    source = clients.published_source(connector, packet=clients.EDITION, promotion={"number": 2, "on": "2026-10-03"}, since="2026-10-03")
    source.revision = REVISION
    factories._save(source)
    said = {
        "notes": [{"days": "12 Oct 2026", "text": f"An offer of {name}"}],
        "answers": [{"asked_on": "2 Nov 2026", "question": f"Why, asks {name}?", "answered_on": "3 Nov 2026", "answer": "Because."}],
    }
    published.card(account=connector, revision=REVISION, metric_key="booked_calls", **said)
    lines = [published.line("Map listing", "12"), published.line("No campaign named", "3")]
    late = published.turn(ConnectorState.LATE, action="Your agency asks for it.", owner="your agency", by=date(2026, 11, 27))
    published.card(
        account=connector,
        revision=REVISION,
        metric_key="leads_by_campaign_source",
        position=1,
        value="",
        movement="",
        lines=lines,
        turns=[late],
    )
    days = {"account_id": connector.id, "signal_kind": "phone_call", "from_rev": 1, "rows": 40}
    for key, dim in (("booked_calls", ""), ("leads_by_campaign_source", "Map listing"), ("leads_by_campaign_source", "")):
        for day in (date(2026, 9, 14), date(2026, 10, 12), date(2026, 10, 13)):
            factories._save(PublishedPoint(metric_key=key, dim=dim, local_date=day, num=Decimal(40), **days))
    restated = {"account_id": connector.id, "metric_key": "booked_calls", "local_date": date(2026, 10, 12), "signal_kind": "phone_call"}
    became = {"was_num": Decimal(38), "became_num": Decimal(40), "cause": DirtyCause.SOURCE, "came_in": date(2026, 10, 20)}
    factories._save(PublishedRestatement(**restated, **became, seen_at=utc_now(), revision=1))


def fill_clients(connector: ProviderAccount, admin: User, staff: User, name: str) -> CompanyClients:
    now = utc_now()
    clients.act(connector, admin, ClientActKind.WITHDRAW, note=f"A pause of {name}", followed_at=now)
    clients.act(connector, admin, followed_at=now)
    for changes in ({"done_at": now}, {"canceled_at": now}):
        clients.access_request(connector, admin, staff, **changes)
    request, token = clients.access_request(connector, admin, staff, why=f"For the cards of {name}")
    answered = {"answer": f"An answer to {name}", "answered_by_id": staff.id, "answered_at": now, "followed_at": now}
    clients.question(connector, admin, f"An older question of {name}", **answered)
    question = clients.question(connector, admin, f"A question of {name}", followed_at=now)
    factories.task(
        title=f"{name} asks about its source",
        kind=questions.TASK_KIND,
        open_key=f"{questions.TASK_PREFIX}{question.public_id}",
        organization_id=connector.organization_id,
        account_id=connector.id,
        owner_id=staff.id,
        due_on=now.date(),
    )
    clients.report_note(connector, staff, f"An older note about {name}", taken_back_at=now)
    clients.report_note(connector, None, f"A note that wrote itself about {name}")
    clients.health_signal(connector, f"Signal of {name}")
    return CompanyClients(request, token, question, clients.report_note(connector, staff, f"A note about {name}"))
