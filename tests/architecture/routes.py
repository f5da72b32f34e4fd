"""What the URL map says, and addresses made from it."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask, url_for
from werkzeug.routing import Rule

from app.security.permissions import GRANTS, Role
from app.web.access import declared_access
from tests.architecture.crawl import endpoint_of
from tests.architecture.filled import ARGUMENTS, TOKENS, VISITOR, Company, Filled

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Refusal:
    """How a route answered somebody whom the matrix keeps out."""

    role: str
    method: str
    url: str
    endpoint: str
    status: int
    location: str


def rules(app: Flask, *methods: str) -> Iterator[Rule]:
    """Rules that answer to one of ``methods``."""
    return (rule for rule in app.url_map.iter_rules() if set(methods) & (rule.methods or set()))


def address(app: Flask, rule: Rule, filled: Filled, company: Company) -> str:
    """The rule's address for a company's rows.

    :raises KeyError: if an argument has no name in ARGUMENTS or TOKENS
    """
    values = {name: "a-token-nobody-has" if name in TOKENS else ARGUMENTS[name](filled, company) for name in rule.arguments}
    with app.test_request_context():
        return url_for(rule.endpoint, **values)


def addresses_for(app: Flask, filled: Filled, company: Company, *methods: str) -> list[str]:
    return [address(app, rule, filled, company) for rule in rules(app, *methods) if unnamed_arguments(rule) == set()]


def unnamed_arguments(rule: Rule) -> set[str]:
    return rule.arguments - set(ARGUMENTS) - TOKENS


def refusals(app: Flask, filled: Filled) -> Iterator[Refusal]:
    """Ask for every route as each role that has not its permission."""
    for rule in rules(app, "GET", *UNSAFE):
        access = declared_access(app.view_functions[rule.endpoint])
        if access is None or access.permission is None or unnamed_arguments(rule):
            continue
        url = address(app, rule, filled, filled.mine)
        method = "GET" if "GET" in (rule.methods or ()) else min(set(UNSAFE) & (rule.methods or set()))
        for role, browser in filled.browsers.items():
            if role == VISITOR or access.permission not in GRANTS[Role(role)]:
                response = browser.open(url, method=method)
                yield Refusal(role, method, url, endpoint_of(app, url, method), response.status_code, response.headers.get("Location", ""))
