"""What clients see and did, for the database in which every page has something to show."""

from dataclasses import dataclass

from app.clock import utc_now
from app.models import AccessRequest, ClientActKind, ClientQuestion, ProviderAccount, ReportNote, User
from app.services import questions
from tests.support import clients, factories


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


def fill_clients(connector: ProviderAccount, admin: User, staff: User, name: str) -> CompanyClients:
    now = utc_now()
    clients.published_source(connector, packet=clients.EDITION, promotion={"number": 2, "on": "2026-10-03"}, since="2026-10-03")
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
