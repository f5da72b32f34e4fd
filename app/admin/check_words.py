"""How checks stand, what their facts say and what to do about them, in words."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from flask import current_app, url_for

from app.imports.catalog import DATA_TYPES
from app.metrics.registry import METRICS
from app.models import AccessMode, ProviderAccount
from app.readiness.check import Result
from app.readiness.checks.retention import CLASSES
from app.readiness.standing import Standing
from app.readiness.wording import spoken
from app.security.permissions import Permission
from app.services.stands import Shown
from app.web.access import declared_access
from app.web.current import the_person
from app.web.filters import day, instant

LABELS: dict[Standing, tuple[str, str]] = {
    Standing.GOOD: ("Passed", "good"),
    Standing.NOT_APPLICABLE: ("Not applicable", "idle"),
    Standing.WAIVED: ("Waived", "note"),
    Standing.NOT_RUN: ("Not run yet", "idle"),
    Standing.UNACKNOWLEDGED: ("To acknowledge", "warn"),
    Standing.FAILED: ("Failed", "bad"),
    Standing.CHANGED: ("Fallen: changed", "warn"),
    Standing.LAPSED: ("Fallen: time over", "warn"),
    Standing.BROKEN: ("The check broke", "warn"),
}
"""Standing → badge and its tone."""
CANNOT_START = "Cannot start yet"
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DIGEST = re.compile(r"[0-9a-f]{40,64}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T.+")
_KEY_NAMES = {
    **{key: kind.label for key, kind in DATA_TYPES.items()},
    **{metric.key: metric.title for metric in METRICS},
    **CLASSES,
}


def badge_of(shown: Shown, *, may_start: bool) -> tuple[str, str]:
    """Badge and tone of a check's line."""
    if not may_start and shown.stand.standing is Standing.NOT_RUN:
        return CANNOT_START, "idle"
    if shown.stand.standing is Standing.GOOD and shown.newest is not None and shown.newest.result == Result.WARNING.value:
        return "Passed, acknowledged", "good"
    return LABELS[shown.stand.standing]


def people_in(facts: str) -> set[str]:
    """What may be a person's id among stored facts."""
    return {match.group() for match in _UUID.finditer(facts)}


def fact_lines(facts: str, names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Stored facts as lines of a table.

    :param names: public id → the person's name
    """
    stored = json.loads(facts)
    return [(_label(key), _value(value, names)) for key, value in _flat(stored) if value not in ([], {})]


def _flat(stored: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """A mapping inside is a line for each of its keys; it is never more than one deep."""
    for key, value in stored.items():
        if isinstance(value, dict):
            yield from ((f"{_label(key)}: {_label(inner)}", each) for inner, each in value.items())
        else:
            yield key, value


def _label(key: str) -> str:
    text = _KEY_NAMES.get(key) or spoken(key)
    return text[:1].upper() + text[1:]


def _value(value: Any, names: Mapping[str, str]) -> str:
    match value:
        case None | "":
            return "Nothing"
        case bool():
            return "Yes" if value else "No"
        case int():
            return f"{value:,}"
        case list():
            return "; ".join(_value(each, names) for each in value) or "None"
        case dict():
            return ", ".join(f"{_label(key).lower()} {_value(each, names)}" for key, each in value.items())
    return _text(str(value), names)


def _text(text: str, names: Mapping[str, str]) -> str:
    if text in names:
        return names[text]
    if _UUID.fullmatch(text) or _DIGEST.fullmatch(text):
        return f"{text[:8]}…"
    if _DAY.fullmatch(text):
        return _parsed(lambda: day(date.fromisoformat(text)), text)
    if _INSTANT.fullmatch(text):
        return _parsed(lambda: instant(_aware(datetime.fromisoformat(text))), text)
    return _KEY_NAMES.get(text, text) if text in _KEY_NAMES else item_in_words(text)


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _parsed(read: Any, text: str) -> str:
    try:
        return str(read())
    except ValueError:
        return text


def item_in_words(item: str) -> str:
    """An item of a warning: key of a data type or a metric, what it is about, and perhaps how many rows."""
    first, colon, rest = item.partition(":")
    if not colon or first not in _KEY_NAMES:
        return item
    reason, _, count = rest.rpartition(":")
    if reason and count.isdigit():
        return f"{_KEY_NAMES[first]}: {spoken(reason)} ({int(count):,} {'row' if count == '1' else 'rows'})"
    return f"{_KEY_NAMES[first]}: {spoken(rest.strip())}"


@dataclass(frozen=True)
class Way:
    """Where something is mended."""

    label: str
    url: str


_CONNECTOR, _ORGANIZATION = "connector_id", "organization_id"
_WAYS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "source-label": (("admin.edit_connector", _CONNECTOR, "Edit the connector"),),
    "owner": (("admin.edit_connector", _CONNECTOR, "Edit the connector"),),
    "data-home": (("admin.data_types", _CONNECTOR, "Data types"),),
    "access-tested": (("admin.exports", _CONNECTOR, "Exports: who supplies what, how often"),),
    "scopes": (("admin.exports", _CONNECTOR, "Data types and exports"),),
    "customer-authorized": (("admin.consent", _CONNECTOR, "The customer's consent"),),
    "fields-decided": (("admin.data_types", _CONNECTOR, "Data types and maps"),),
    "mandatory-fields": (("admin.data_types", _CONNECTOR, "Data types and maps"),),
    "explanations": (("admin.data_types", _CONNECTOR, "Data types and maps"),),
    "privacy-classes": (("admin.data_types", _CONNECTOR, "Data types and maps"),),
    "first-metric": (("admin.figures", _CONNECTOR, "Figures"),),
    "test-batch": (("admin.upload_file", _CONNECTOR, "Import a file"), ("admin.data_types", _CONNECTOR, "Data types and maps")),
    "rejects-reviewed": (("admin.imports", "connector", "Imports of this connector"),),
    "leads-separated": (("admin.show_lead_rules", _ORGANIZATION, "Lead rules"),),
    "repeatable": (("admin.upload_file", _CONNECTOR, "Import a file"), ("admin.imports", "connector", "Imports of this connector")),
    "baseline": (("admin.figures", _CONNECTOR, "Figures"),),
    "comparable": (("admin.window_rule", _CONNECTOR, "Rule for windows"), ("admin.figures", _CONNECTOR, "Figures")),
    "reconciled": (("admin.reconciliations_of", _CONNECTOR, "Reconciliations"),),
    "explained": (("admin.figures", _CONNECTOR, "Figures"),),
    "retention": (("admin.retention", _CONNECTOR, "Retention"),),
    "failure-path": (("admin.failure_path", _CONNECTOR, "Failure path"),),
    "rollback-plan": (("admin.rollback_notes", _CONNECTOR, "Rollback notes"),),
    "recent-test": (("admin.upload_file", _CONNECTOR, "Import a file"),),
    "second-approval": (("admin.promotions", _CONNECTOR, "Promotions"),),
}
"""Check → pages on which what it asks for is done: endpoint, its argument, words."""
TO_DO = {
    "runtime-privileges": "Whoever runs the database takes the rights away; the README says which ones the application needs. "
    "Then run the checks of gate 1: what the account may do is tried then.",
    "webhook-rehearsed": "Send the rehearsal's calls to the connector's address once webhooks are set up.",
    "qa": "Go through the list on this page, and sign it.",
    "explained": "Read the sentences on this page as the client will, and sign them.",
}
"""Checks of which more is to be said than their sentence says."""


def ways_of(account: ProviderAccount, key: str) -> list[Way]:
    """Pages to mend a check on, as far as the person may open them."""
    if key == "access-tested" and account.mode is not AccessMode.MANUAL:
        return [Way("Check access, on the connector's page", url_for("admin.show_connector", connector_id=account.public_id))]
    values: dict[str, Any] = {_CONNECTOR: account.public_id, _ORGANIZATION: account.organization.public_id, "connector": account.public_id}
    return [
        Way(label, url_for(endpoint, **{argument: values[argument]}))
        for endpoint, argument, label in _WAYS.get(key, ())
        if _may_open(endpoint)
    ]


def _may_open(endpoint: str) -> bool:
    view = current_app.view_functions.get(endpoint)
    access = declared_access(view) if view is not None else None
    return access is not None and access.permission is not None and the_person().may(access.permission)


def may_write() -> bool:
    return the_person().may(Permission.READINESS_WRITE)
