"""Pages of the documentation that are made from the code."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import click
from flask import Flask, current_app

from app.config import ROOT
from app.connectors.registry import PROVIDERS
from app.jobs.registry import HANDLERS
from app.jobs.schedule import PERIODIC
from app.metrics.registry import METRICS
from app.readiness.gates import Gate, checks_of
from app.security.permissions import GRANTS, Permission, Role
from app.services import doctor
from app.web.access import Access, declared_access

PERMISSIONS_PAGE = ROOT / "docs" / "permissions.md"
REFERENCE_PAGE = ROOT / "docs" / "reference.md"
_NO_METHODS_OF_OURS = {"HEAD", "OPTIONS"}
_AUDIENCES = {"admin": "Staff console", "portal": "Client portal", "auth": "Signing in and the own account", "health": "For machines"}
_OTHER = "Other"


def init_app(app: Flask) -> None:
    app.cli.add_command(docs)


@click.group("docs")
def docs() -> None:
    """Write the pages of the documentation that are made from the code."""


@docs.command("permissions")
def permissions() -> None:
    """Write docs/permissions.md: who may do what, and what each address asks for."""
    PERMISSIONS_PAGE.write_text(permissions_page(current_app))
    click.echo(f"{PERMISSIONS_PAGE.relative_to(ROOT)} is up to date.")


@docs.command("reference")
def reference() -> None:
    """Write docs/reference.md: every key that outlives releases."""
    REFERENCE_PAGE.write_text(reference_page())
    click.echo(f"{REFERENCE_PAGE.relative_to(ROOT)} is up to date.")


@dataclass(frozen=True)
class Route:
    """One address and method, and what its view demands."""

    audience: str
    address: str
    method: str
    access: Access | None

    @property
    def demand(self) -> str:
        if self.access is None:
            return "**undeclared**"
        if self.access.permission is None:
            return "open to visitors"
        notes = ["polls, does not count as a click"] if self.access.is_panel else []
        notes += ["before the second factor is set up"] if self.access.works_before_enrolment else []
        return f"`{self.access.permission}`" + (f" ({'; '.join(notes)})" if notes else "")

    @property
    def roles(self) -> str:
        permission = self.access.permission if self.access else None
        if permission is None:
            return "everybody" if self.access else "–"
        return ", ".join(role.label for role in Role if permission in GRANTS[role])


def permissions_page(app: Flask) -> str:
    """The text of docs/permissions.md."""
    return "\n".join(_lines(app)) + "\n"


def _lines(app: Flask) -> Iterator[str]:
    yield "# Who may do what"
    yield ""
    yield "Made by `flask docs permissions` from `app/security/permissions.py` and the routes. Do not edit it by hand: a test compares."
    yield ""
    yield "Staff work on every organization. A client sees their own alone: anything of another organization, and the whole staff"
    yield "console, is answered with 404 to them. Staff who lack a permission are told so (403). Visitors are sent to the sign-in page."
    yield ""
    yield "## Roles and permissions"
    yield ""
    yield from _table(["permission", "allows to", *(role.label for role in Role)], (_grants_of(permission) for permission in Permission))
    routes = sorted(_routes(app), key=lambda route: (route.address, route.method))
    for audience in (*_AUDIENCES.values(), _OTHER):
        if all(route.audience != audience for route in routes):
            continue
        yield ""
        yield f"## {audience}"
        yield ""
        rows = ([route.method, f"`{route.address}`", route.demand, route.roles] for route in routes if route.audience == audience)
        yield from _table(["method", "address", "permission", "roles"], rows)


def _grants_of(permission: Permission) -> list[str]:
    return [f"`{permission}`", permission.label, *("yes" if permission in GRANTS[role] else "–" for role in Role)]


def _routes(app: Flask) -> Iterator[Route]:
    for rule in app.url_map.iter_rules():
        audience = _AUDIENCES.get(rule.endpoint.partition(".")[0], _OTHER)
        access = declared_access(app.view_functions[rule.endpoint])
        yield from (Route(audience, rule.rule, method, access) for method in sorted((rule.methods or set()) - _NO_METHODS_OF_OURS))


def reference_page() -> str:
    """The text of docs/reference.md."""
    return "\n".join(_reference()) + "\n"


def _reference() -> Iterator[str]:
    yield "# Keys that outlive releases"
    yield ""
    yield "Made by `flask docs reference` from the registries. Do not edit it by hand: a test compares."
    yield ""
    yield "None of them is ever renamed: tables, addresses, scripts and people's notes hold them."
    yield from _section("Providers", "app/connectors/registry.py", ["key", "name", "modes", "secrets", "when"], _providers())
    for gate in Gate:
        head = ["key", "check", "passes when", "decided by", "shelf life", "may be waived"]
        yield from _section(f"Gate {gate.number}: {gate.title}", "app/readiness/gates.py", head, _checks(gate))
    yield from _section("Kinds of jobs", "app/jobs/registry.py", ["key", "name", "queue", "comes back"], _jobs())
    yield from _section("Metrics", "app/metrics/registry.py", ["key", "metric", "unit", "signal kinds", "formula version"], _metrics())
    yield from _section("What `flask doctor` looks at", "app/services/doctor/registry.py", ["key", "looks at"], _doctor())


def _section(title: str, source: str, head: list[str], rows: Iterator[list[str]]) -> Iterator[str]:
    yield from ("", f"## {title}", "", f"From `{source}`.", "")
    yield from _table(head, rows)


def _providers() -> Iterator[list[str]]:
    for provider in PROVIDERS.values():
        secrets = ", ".join(f"`{secret.name}`" for secret in provider.credentials) or "–"
        yield [f"`{provider.key}`", provider.label, ", ".join(provider.modes), secrets, provider.about]


def _checks(gate: Gate) -> Iterator[list[str]]:
    for check in checks_of(gate):
        life = f"{check.shelf_life_days} days" if check.shelf_life_days else "until what it rests on changes"
        by = "a person" if check.needs_person else "a program"
        yield [f"`{check.key}`", check.title, check.hint, by, life, "yes" if check.waivable else "–"]


def _metrics() -> Iterator[list[str]]:
    for metric in METRICS:
        kinds = ", ".join(f"`{kind}`" for kind in metric.signal_kinds)
        yield [f"`{metric.key}`", metric.title, metric.unit.label, kinds, str(metric.formula_version)]


def _jobs() -> Iterator[list[str]]:
    interval = {periodic.kind: periodic.interval for periodic in PERIODIC}
    for kind in HANDLERS:
        every = _every(interval[kind]) if kind in interval else "when asked for"
        yield [f"`{kind}`", kind.label, f"`{kind.queue}`", every]


def _every(interval: timedelta) -> str:
    hours = interval / timedelta(hours=1)
    return "every hour" if hours == 1 else f"every {hours:g} hours"


def _doctor() -> Iterator[list[str]]:
    return ([f"`{check.key}`", check.title] for check in doctor.CHECKS)


def _table(head: list[str], rows: Iterator[list[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)
