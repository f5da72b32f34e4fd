"""Rule 5: addresses."""

import re

from flask import Flask, redirect
from werkzeug.routing import AnyConverter, IntegerConverter, Rule, UUIDConverter

from tests.architecture.filled import DIGESTS, TOKENS, WORDS
from tests.architecture.findings import assert_none

SEGMENT = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)?")
_PARAMETER = re.compile(r"<[^>]*>")

MOVED: dict[str, str] = {}
"""Address of a page that was removed → where it went. People keep links: nothing is removed without an entry here."""


def ill_formed(app: Flask) -> list[str]:
    """What is wrong with the addresses of ``app``."""
    return sorted(f"{rule.rule}: {problem}" for rule in app.url_map.iter_rules() for problem in _problems(rule))


def _problems(rule: Rule) -> list[str]:
    problems = [
        f"“{segment}” is not kebab-case"
        for segment in _PARAMETER.sub("x", rule.rule).split("/")
        if segment and not SEGMENT.fullmatch(segment)
    ]
    for name, converter in rule._converters.items():
        if isinstance(converter, IntegerConverter):
            problems.append(f"{name} is a number: numeric ids never leave the program")
        elif not isinstance(converter, UUIDConverter | AnyConverter) and name not in TOKENS | DIGESTS | WORDS.keys():
            problems.append(f"{name} has no <uuid:…> converter")
    return problems


def test_addresses_are_kebab_case_and_name_rows_by_public_ids(app: Flask) -> None:
    assert_none(ill_formed(app))


def test_ill_formed_addresses_are_reported(throw_away: Flask) -> None:
    bad = {
        "/sync_jobs": "“sync_jobs” is not kebab-case",
        "/Jobs": "“Jobs” is not kebab-case",
        "/jobs/<int:job_id>": "job_id is a number: numeric ids never leave the program",
        "/jobs/<job_id>": "job_id has no <uuid:…> converter",
    }
    for number, path in enumerate([*bad, "/good-jobs/<uuid:job_id>", "/brand.css", "/invitations/<token>"]):
        throw_away.add_url_rule(path, f"endpoint_{number}", lambda **_: "")
    assert ill_formed(throw_away) == sorted(f"{path}: {problem}" for path, problem in bad.items())


def lost(app: Flask, moved: dict[str, str]) -> list[str]:
    """Removed addresses that do not lead on."""
    browser = app.test_client()
    answers = {path: browser.get(path) for path in moved}
    return [path for path, r in answers.items() if r.status_code not in {301, 308} or r.headers["Location"] != moved[path]]


def test_removed_addresses_lead_on(app: Flask) -> None:
    assert_none(lost(app, MOVED))


def test_a_removed_address_that_leads_nowhere_is_reported(throw_away: Flask) -> None:
    throw_away.add_url_rule("/old", "old", lambda: redirect("/new", 308))
    assert lost(throw_away, {"/old": "/new", "/older": "/new"}) == ["/older"]
