"""What the default rules make of the made-up company, whose maker knows what every lead really is."""

from collections import Counter
from datetime import date

from flask import Flask

from app.imports.leads.classifier import LeadFacts, RowRules
from app.imports.leads.defaults import default_rules
from app.imports.leads.keys import mail_key, phone_key
from app.imports.leads.verdicts import BOOKED, MARKETPLACE, Contact, marks_of, verdict
from app.models import DataHome, LeadClass
from app.sample_company import Company
from tests.support import factories, rows
from tests.support.rows import LeadRow


def told(company: Company) -> dict[tuple[str, str], tuple[LeadRow, str]]:
    return {(data_type, row.external_id): (row, truth) for data_type, every in rows.ROWS.items() for row, truth in every(company)}


def contact_of(number: int, data_type: str, row: LeadRow, rules: RowRules) -> Contact:
    facts = LeadFacts.of(row.signal_kind, row.attrs, row.customer)
    base, rule = rules.verdict(facts)
    return Contact(
        home=DataHome.APP, row_id=number, stream_id=1, account="a", data_type=data_type, external_id=row.external_id,
        instant=row.occurred_at, phone_key=phone_key("o", facts.phone), mail_key=mail_key("o", facts.mail), base=base, base_rule=rule,
        is_market=row.signal_kind == MARKETPLACE, has_result=bool(row.customer) or row.status in BOOKED, day=None,
        stands=(LeadClass.GENUINE, ""),
    )  # fmt: skip


def compared(company: Company, *, without: tuple[str, ...] = ()) -> Counter[tuple[str, str]]:
    """Truth and verdict, counted, by the rules alone."""
    rules = default_rules()
    for key in without:
        rules = rules.without(key)
    ask, leads = RowRules(rules), told(company)
    contacts = [contact_of(number, data_type, row, ask) for number, ((data_type, _), (row, _)) in enumerate(leads.items())]
    marks = marks_of(contacts, frozenset(), rules)
    return Counter((leads[each.data_type, each.external_id][1], verdict(each, marks)[0].value) for each in contacts)


def test_every_lead_of_half_a_year_gets_its_true_class() -> None:
    for seed, zone in ((7, "America/Chicago"), (23, "Australia/Sydney")):
        found = compared(Company(seed, zone, date(2026, 3, 1), date(2026, 9, 1), 0.6))
        assert {truth for truth, _ in found} == {each.value for each in LeadClass}
        assert [pair for pair in found if pair[0] != pair[1]] == []


def test_spam_that_says_nothing_is_told_by_calling_again_and_again() -> None:
    """Without the words that an office notes of a call: nobody genuine is taken for spam."""
    found = compared(Company(7, "America/Chicago", date(2026, 3, 1), date(2026, 9, 1), 1.0), without=("spam-words",))
    spam = sum(count for (truth, _), count in found.items() if truth == "spam")
    assert found["genuine", "spam"] == 0
    assert found["spam", "spam"] / spam > 0.85


def test_the_database_says_what_the_rules_say(app: Flask) -> None:
    company = Company(7, "America/Chicago", date(2026, 8, 1), date(2026, 8, 22), 0.6)
    account = factories.connector()
    public_id = account.public_id
    for data_type, every in rows.ROWS.items():
        rows.load(account, [row for row, _ in every(company)], data_type=data_type)
    assert {key: said.value for key, (said, _) in rows.classes().items()} == {
        (public_id, *key): truth for key, (_, truth) in told(company).items()
    }
