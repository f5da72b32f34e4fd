"""The plan of a connector: everything that the first plan asked for, each with its state."""

import pytest
from bs4 import BeautifulSoup

from app.audit import Actor, ActorKind
from app.metrics.registry import METRICS
from app.models import Base
from app.readiness.gates import CHECKS, Gate
from app.services import check_runs, plan
from app.unit_of_work import transaction
from tests.support import factories, figures
from tests.support.client import PageClient


def text_of(page: BeautifulSoup) -> str:
    return " ".join(page.get_text(" ").split())


def state_beside(page: BeautifulSoup, title: str) -> str:
    heading = next(each for each in page.select("main h3") if each.get_text(strip=True) == title)
    assert heading.parent is not None
    return str(heading.parent.select(".tag")[0].get_text(strip=True))


def test_it_has_every_line_of_the_first_plan() -> None:
    assert [len(each) for each in (plan.PRINCIPLES, plan.CHECKLIST, plan.AVOID)] == [6, 8, 6]
    assert len(plan.NAMED_TABLES) == 5
    assert set(plan.NAMED_TABLES) <= set(Base.metadata.tables)
    assert set(plan.NAMED_METRICS) <= {metric.key for metric in METRICS}


@pytest.mark.parametrize("line", [*plan.PRINCIPLES, *plan.CHECKLIST, *plan.AVOID], ids=lambda line: line.title)
def test_each_line_rests_on_checks_or_is_built_in(line: plan.PlanLine) -> None:
    assert set(line.checks) <= {spec.key for spec in CHECKS}
    assert line.checks or line.built_in


def test_each_line_is_shown_with_its_state(as_support: PageClient) -> None:
    account = factories.connector()
    page = as_support.page(f"/admin/connectors/{account.public_id}/plan")
    text = text_of(page)
    assert plan.PROMISE in text
    for line in (*plan.PRINCIPLES, *plan.CHECKLIST, *plan.AVOID):
        assert state_beside(page, line.title) == ("Not yet" if line.checks else "Built in")
    for gate in Gate:
        assert f"{gate.number}. {gate.title}" in text
    for metric in METRICS:
        assert metric.title in text
    for name in plan.NAMED_TABLES:
        assert name in text
    assert "Not live yet" in text


def test_states_follow_the_checks(as_admin: PageClient) -> None:
    owner = factories.staff()
    account = factories.connector(owner_id=owner.id)
    figures.chosen(account, "booked_calls")
    with transaction():
        check_runs.run(account, ["owner", "source-label", "retention", "data-home"], actor=Actor(ActorKind.STAFF, owner.public_id))
    page = as_admin.page(f"/admin/connectors/{account.public_id}/plan")
    assert state_beside(page, "Owner") == "Done"
    assert state_beside(page, "The connector before its data") == "Done"
    assert state_beside(page, "Live in name only") == "1 of 3 done"
    assert state_beside(page, "Raw data within retention") == "Not yet"
    assert state_beside(page, "1. Access").endswith("of 7 done")
    chosen = next(row for row in page.select("main tbody tr") if "Booked calls" in row.get_text())
    assert "Chosen" in chosen.get_text()
    table = next(each for each in page.select(".plan-head") if "report_metrics" in each.get_text())
    assert "In use here" in table.get_text()
    link = next(each for each in page.select("main a") if each.get_text() == "Somebody owns it")
    assert link["href"] == f"/admin/connectors/{account.public_id}/checks/owner"


def test_to_a_client_there_is_nothing(as_client_viewer: PageClient) -> None:
    assert as_client_viewer.get(f"/admin/connectors/{factories.connector().public_id}/plan").status_code == 404
