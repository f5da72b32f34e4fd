"""What every page shares: navigation, assets, and globals of templates."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, request, url_for

from app.security.permissions import Permission
from app.web.current import current_branding, current_person


@dataclass(frozen=True)
class NavItem:
    """An entry of the navigation."""

    label: str
    endpoint: str
    icon: str
    permission: Permission


ADMIN_NAV = (
    NavItem("Overview", "admin.overview", "grid-1x2", Permission.ORGANIZATION_READ),
    NavItem("Organizations", "admin.organizations", "buildings", Permission.ORGANIZATION_READ),
    NavItem("Connectors", "admin.connectors", "plug", Permission.CONNECTOR_READ),
    NavItem("Imports", "admin.imports", "inbox", Permission.IMPORT_READ),
    NavItem("Watch", "admin.findings", "binoculars", Permission.WATCH_READ),
    NavItem("Tasks", "admin.tasks", "check2-square", Permission.TASK_READ),
    NavItem("Would it pass?", "admin.watch_today", "check-circle", Permission.WATCH_READ),
    NavItem("Jobs", "admin.jobs", "activity", Permission.JOB_READ),
    NavItem("Health", "admin.health_page", "info-circle", Permission.WATCH_READ),
    NavItem("People", "admin.people", "people", Permission.PEOPLE_READ),
    NavItem("Audit trail", "admin.audit_trail", "shield-check", Permission.AUDIT_READ),
)
PORTAL_NAV = (
    NavItem("Figures", "portal.home", "grid-1x2", Permission.PORTAL_READ),
    NavItem("Sources", "portal.sources", "plug", Permission.PORTAL_READ),
    NavItem("Reports by mail", "portal.mails", "envelope", Permission.PORTAL_READ),
    NavItem("Account", "auth.account", "person-circle", Permission.OWN_ACCOUNT),
)


def init_app(app: Flask, assets: dict[str, str]) -> None:
    def asset(name: str) -> str:
        return f"/static/{assets.get(name, name)}"

    @app.context_processor
    def shell() -> dict[str, Any]:
        return {"person": current_person, "nav": navigation, "branding": current_branding, "Permission": Permission}

    app.add_template_global(asset)
    app.add_template_global(_url_with, "url_with")


def navigation() -> list[tuple[NavItem, bool]]:
    """Entries that the person may open, each with whether it is the current one."""
    person = current_person()
    if person is None:
        return []
    items = ADMIN_NAV if person.is_staff else PORTAL_NAV
    shown = [item for item in items if person.may(item.permission) and item.endpoint in current_app.view_functions]
    fitting = [(len(home), item) for item in shown if _is_at(home := url_for(item.endpoint))]
    current = max(fitting, key=lambda each: each[0], default=(0, None))[1]
    return [(item, item is current) for item in shown]


def _is_at(home: str) -> bool:
    """The entry's own page, or one below its address; a start page has none below it."""
    return request.path == home or (not home.endswith("/") and request.path.startswith(f"{home}/"))


def _url_with(**changes: Any) -> str:
    """This page's address with other query values; None removes one. Names that building an address takes for itself
    are left out, for whoever typed them into the address."""
    asked = {
        k: v for k, v in request.args.to_dict().items() if not k.startswith("_") and k != "endpoint" and k not in (request.view_args or {})
    }
    query: dict[str, Any] = {**asked, **changes}
    values: dict[str, Any] = {**(request.view_args or {}), **{k: v for k, v in query.items() if v is not None}}
    build: Callable[..., str] = url_for
    return build(request.endpoint or "auth.sign_in", **values)
