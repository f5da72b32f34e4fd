"""Rules 1 and 2: who may call what, and whose rows they see."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from flask import Flask, abort

from app.models import Organization
from app.security.permissions import GRANTS, Permission, Role
from app.web.access import declared_access, public
from tests.architecture.conftest import Walked
from tests.architecture.crawl import Visit
from tests.architecture.filled import VISITOR, Filled, fill, role_of
from tests.architecture.findings import assert_none
from tests.architecture.routes import UNSAFE, Refusal, addresses, names_rows, rules, unnamed_arguments

CLIENT_ROLES = {Role.CLIENT_ADMIN.value, Role.CLIENT_VIEWER.value}
OPEN_TO_CLIENTS = ("portal.", "auth.")


def undeclared(app: Flask) -> list[str]:
    """Routes whose view does not say who may call it."""
    return sorted({rule.endpoint for rule in app.url_map.iter_rules() if declared_access(app.view_functions[rule.endpoint]) is None})


def test_every_route_declares_who_may_call_it(app: Flask) -> None:
    assert_none(undeclared(app))


def test_a_route_without_a_declaration_is_reported(throw_away: Flask) -> None:
    throw_away.add_url_rule("/open", "open", public(lambda: "declared"))
    throw_away.add_url_rule("/forgotten", "forgotten", lambda: "not declared")
    assert undeclared(throw_away) == ["forgotten"]


def test_every_permission_is_granted_to_some_role_and_guards_some_route(app: Flask) -> None:
    granted = {permission for role in Role for permission in GRANTS[role]}
    used = {access.permission for view in app.view_functions.values() if (access := declared_access(view)) and access.permission}
    assert granted == set(Permission)
    assert used == set(Permission)


def let_in(refusals: tuple[Refusal, ...]) -> list[str]:
    """Routes that did not keep out somebody whose role lacks their permission."""
    return [f"{r.method} {r.url} as {r.role}: {r.status}" for r in refusals if not _is_kept_out(r)]


def _is_kept_out(refusal: Refusal) -> bool:
    if role_of(refusal.role) is None:
        return refusal.status == 303 and refusal.location.startswith("/sign-in")
    return refusal.status == (404 if refusal.role in CLIENT_ROLES else 403)


def test_routes_keep_out_whom_the_matrix_keeps_out(walked: Walked) -> None:
    """Visitors go to the sign-in page, staff are told what they lack, and to a client the console does not exist."""
    assert {r.role for r in walked.refusals} >= {VISITOR, *CLIENT_ROLES, Role.SUPPORT}
    assert_none(let_in(walked.refusals))


def test_a_route_that_lets_somebody_in_is_reported() -> None:
    answers = [(VISITOR, 200, ""), (VISITOR, 303, "/sign-in?next=/admin/"), ("support", 403, ""), ("client_viewer", 403, "")]
    refusals = tuple(Refusal(role, "GET", "/admin/x", "admin.x", status, location) for role, status, location in answers)
    assert let_in(refusals) == ["GET /admin/x as visitor: 200", "GET /admin/x as client_viewer: 403"]


def unnamed(app: Flask) -> list[str]:
    """Arguments of URLs for which nobody said whose row they name."""
    return sorted({f"{rule.rule}: {name}" for rule in app.url_map.iter_rules() for name in unnamed_arguments(rule)})


def test_every_argument_of_a_url_has_a_name_that_the_rules_know(app: Flask) -> None:
    assert_none(unnamed(app), "say in tests/architecture/filled.py (ARGUMENTS) which row the new name means")


def test_an_argument_with_a_new_name_is_reported(throw_away: Flask) -> None:
    throw_away.add_url_rule("/cards/<uuid:card_id>", "card", public(lambda card_id: f"card {card_id}"))
    assert unnamed(throw_away) == ["/cards/<uuid:card_id>: card_id"]


def shows_foreign_rows(app: Flask, filled: Filled, prefixes: tuple[str, ...]) -> Iterator[str]:
    """Routes for clients that answer anything but 404 to the ids of another organization."""
    for rule in rules(app, "GET", *UNSAFE):
        if not rule.endpoint.startswith(prefixes) or not names_rows(rule):
            continue
        for url in addresses(app, rule, filled, filled.foreign):
            for method in sorted((rule.methods or set()) & {"GET", *UNSAFE}):
                for role in sorted(CLIENT_ROLES):
                    status = filled.browsers[role].open(url, method=method).status_code
                    if status != 404:
                        yield f"{method} {rule.rule} as {role}: {status}"


def test_no_route_for_clients_knows_another_organizations_ids(app: Flask) -> None:
    assert_none(shows_foreign_rows(app, fill(app), OPEN_TO_CLIENTS))


def test_a_view_without_the_organizations_clause_is_reported(app: Flask, throw_away: Flask) -> None:
    filled = fill(app)
    known = {filled.mine.organization.public_id, filled.foreign.organization.public_id}

    def show(organization_id: UUID) -> str:
        return Organization.__name__ if str(organization_id) in known else abort(404)

    def show_own(organization_id: UUID) -> str:
        return "mine" if str(organization_id) == filled.mine.organization.public_id else abort(404)

    throw_away.add_url_rule("/x/<uuid:organization_id>", "portal.leaky", public(show))
    throw_away.add_url_rule("/y/<uuid:organization_id>", "portal.tight", public(show_own))
    browsers = {role: throw_away.test_client() for role in CLIENT_ROLES}
    leaky = Filled(filled.mine, filled.foreign, filled.staff_admin, filled.support, (), browsers)
    assert list(shows_foreign_rows(throw_away, leaky, ("portal.",))) == [
        "GET /x/<uuid:organization_id> as client_admin: 200",
        "GET /x/<uuid:organization_id> as client_viewer: 200",
    ]


def leaks(visits: tuple[Visit, ...], marks: frozenset[str]) -> list[str]:
    """Pages for clients that hold a name, address or id of another organization."""
    return [f"{v}: {mark}" for v in visits if v.role in CLIENT_ROLES for mark in sorted(marks) if mark in v.html]


def test_no_page_for_clients_holds_a_word_about_another_organization(walked: Walked) -> None:
    assert any(v.role in CLIENT_ROLES and v.endpoint == "portal.home" for v in walked.by_links)
    assert_none(leaks(walked.by_links, walked.foreign_marks))
    assert_none(leaks(walked.by_address, walked.foreign_marks))


@pytest.mark.parametrize(("role", "count"), [("client_viewer", 1), ("admin", 0)])
def test_a_page_with_a_foreign_name_is_reported_for_clients_only(role: str, count: int) -> None:
    page = Visit(role, "/portal/", "portal.home", 200, "text/html", "", "<html><p>Foreign Roofing</p>", (), ())
    assert len(leaks((page,), frozenset({"Foreign Roofing"}))) == count


def dead_ends(visits: tuple[Visit, ...]) -> list[str]:
    """Links that lead somebody to an error."""
    return [f"{v}: {v.status}, linked from {v.came_from}" for v in visits if v.status >= 400]


def test_no_link_leads_to_an_error(walked: Walked) -> None:
    """Nobody is offered what their role refuses, and no link is dead."""
    assert_none(dead_ends(walked.by_links))


def test_a_dead_link_is_reported() -> None:
    page = Visit("support", "/admin/x", "", 404, "text/html", "", "", (), (), came_from="/admin/")
    assert dead_ends((page,)) == ["/admin/x as support: 404, linked from /admin/"]
