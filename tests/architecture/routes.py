"""What the URL map says, and addresses made from it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from flask import Flask, url_for
from werkzeug.routing import AnyConverter, Rule

from app.web.access import declared_access
from tests.architecture.filled import ARGUMENTS, TOKENS, WORDS, Company, Filled, may

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


def addresses(app: Flask, rule: Rule, filled: Filled, company: Company) -> list[str]:
    """The rule's addresses for a company's rows; more than one where an argument is one of a few words."""
    values = {name: _values(rule, name, filled, company) for name in sorted(rule.arguments)}
    with app.test_request_context():
        return [url_for(rule.endpoint, **dict(zip(values, row, strict=True))) for row in product(*values.values())]


def _values(rule: Rule, name: str, filled: Filled, company: Company) -> list[str]:
    converter = rule._converters[name]
    if isinstance(converter, AnyConverter):
        return sorted(converter.items)
    if name in TOKENS:
        return ["a-token-nobody-has"]
    return [WORDS[name] if name in WORDS else ARGUMENTS[name](filled, company)]


def unnamed_arguments(rule: Rule) -> set[str]:
    """Arguments of which nobody said what they name."""
    one_of_a_few = {name for name, converter in rule._converters.items() if isinstance(converter, AnyConverter)}
    return rule.arguments - set(ARGUMENTS) - TOKENS - set(WORDS) - one_of_a_few


def names_rows(rule: Rule) -> bool:
    return bool(rule.arguments & set(ARGUMENTS))


def every_address(app: Flask, filled: Filled, *methods: str) -> Iterator[str]:
    for rule in rules(app, *methods):
        if not unnamed_arguments(rule):
            yield from addresses(app, rule, filled, filled.mine)


def refusals(app: Flask, filled: Filled) -> Iterator[Refusal]:
    """Ask for every route as each role that has not its permission."""
    for rule in rules(app, "GET", *UNSAFE):
        access = declared_access(app.view_functions[rule.endpoint])
        if access is None or access.permission is None or unnamed_arguments(rule):
            continue
        method = "GET" if "GET" in (rule.methods or ()) else min(set(UNSAFE) & (rule.methods or set()))
        for url in addresses(app, rule, filled, filled.mine):
            for name, browser in filled.by_role.items():
                if not may(name, access.permission):
                    response = browser.open(url, method=method)
                    yield Refusal(name, method, url, rule.endpoint, response.status_code, response.headers.get("Location", ""))
