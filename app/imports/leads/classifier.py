"""What a row rule says of one row. Plain values in, plain values out: it is asked a million times in an import."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.extensions import db
from app.imports.leads.defaults import default_rules
from app.imports.leads.keys import domain_of, mail_key, normal_domain, normal_mail, normal_phone, normal_words, phone_key
from app.imports.leads.rules import Rule, RuleKind, RuleSet
from app.models import LeadClass, LeadRules, Organization, ProviderAccount

TEXT_ATTRS = ("message", "reason", "memo", "summary", "tag", "subject")
"""Keys of kept values in which people write what it is about."""


@dataclass(frozen=True)
class LeadColumns:
    """What an import writes beside a lead's mapped values."""

    phone_key: bytes | None
    mail_key: bytes | None
    row_class: LeadClass | None
    row_rule: str


@dataclass(frozen=True, slots=True)
class LeadFacts:
    """What row rules may look at: nothing but the row."""

    phone: str
    mail: str
    name: str
    text: str
    seconds: int | None
    """Length of a call; None for what is no call, or tells no length."""
    is_known: bool
    """The source names a customer."""

    @classmethod
    def of(cls, signal_kind: str, attrs: Mapping[str, str], customer: str | None) -> Self:
        return cls(
            phone=contact_phone(attrs),
            mail=normal_mail(attrs.get("email", "")),
            name=normal_words(attrs.get("person_name", "") or customer or ""),
            text=normal_words("\n".join(attrs[key] for key in TEXT_ATTRS if attrs.get(key))),
            seconds=_seconds(attrs.get("duration", "")) if signal_kind == "phone_call" else None,
            is_known=bool(customer),
        )


def contact_phone(attrs: Mapping[str, str]) -> str:
    """The number of the other side. A call that we made ourselves is nobody's getting in touch: it has none, so that it is
    no repeat of anything and nothing repeats it."""
    if attrs.get("direction", "").strip().casefold().startswith("out"):
        return ""
    return normal_phone(attrs.get("phone", ""))


def _seconds(text: str) -> int | None:
    """``75``, ``1:15`` and ``00:01:15`` are 75; fractions are cut."""
    parts = text.strip().partition(".")[0].split(":")
    if len(parts) > 3 or not all(part.isascii() and part.isdigit() and len(part) < 9 for part in parts):
        return None
    total = 0
    for part in parts:
        total = total * 60 + int(part)
    return total


Test = Callable[[LeadFacts], bool]


class RowRules:
    """A version's row rules, ready to be asked."""

    def __init__(self, rules: RuleSet) -> None:
        self._tests = [(compiled(rule), rule.lead_class, rule.key) for rule in rules.row_rules]

    def verdict(self, facts: LeadFacts) -> tuple[LeadClass | None, str]:
        """Class and rule of the first that fits; ``(None, "")`` if none does."""
        for test, lead_class, key in self._tests:
            if test(facts):
                return lead_class, key
        return None, ""


def compiled(rule: Rule) -> Test:
    match rule.kind:
        case RuleKind.PHONES:
            phones = frozenset(filter(None, map(normal_phone, rule.entries)))
            return lambda facts: facts.phone in phones
        case RuleKind.DOMAINS:
            domains = frozenset(filter(None, map(normal_domain, rule.entries)))
            return lambda facts: domain_of(facts.mail) in domains
        case RuleKind.WORDS:
            return _words(rule)
        case RuleKind.SHORT_CALLS:
            seconds = rule.seconds
            return lambda facts: facts.seconds is not None and facts.seconds < seconds and not facts.is_known
    raise ValueError(f"{rule.kind} is no row rule")


def _words(rule: Rule) -> Test:
    words = sorted(filter(None, map(normal_words, rule.entries)))
    if not words:
        return lambda _: False
    # Whole words: "test" is not in "latest". A border stands only where the phrase has a letter or digit at its end.
    found = re.compile("|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in words)).search
    return lambda facts: bool(
        (facts.text and found(facts.text)) or (facts.name and found(facts.name)) or (facts.mail and found(facts.mail))
    )


@dataclass(frozen=True)
class RowClassifier:
    """Gives the columns of leads that are being imported. Holds plain values, no session."""

    scope: str
    """Public id of the organization."""
    rules: RuleSet
    row_rules: RowRules

    @classmethod
    def of(cls, organization: Organization, account: ProviderAccount) -> Self:
        """With the rules in force; reads them with the application's session."""
        if account.organization_id != organization.id:
            raise ValueError("the connector belongs to another organization")
        rules = rules_in_force(db.session(), organization.id)
        return cls(organization.public_id, rules, RowRules(rules))

    def columns(
        self,
        *,
        data_type: str,  # noqa: ARG002  # part of what a rule may ask for
        signal_kind: str,
        attrs: Mapping[str, str],
        occurred_at: datetime | None,  # noqa: ARG002
        customer: str | None,
        campaign: str | None,  # noqa: ARG002
    ) -> LeadColumns:
        facts = LeadFacts.of(signal_kind, attrs, customer)
        row_class, row_rule = self.row_rules.verdict(facts)
        return LeadColumns(phone_key(self.scope, facts.phone), mail_key(self.scope, facts.mail), row_class, row_rule)


def rules_in_force(session: Session, organization_id: int) -> RuleSet:
    """The active version of an organization, or what everybody begins with."""
    row = session.execute(sa.select(LeadRules.rules, LeadRules.number).where(LeadRules.active_key == organization_id)).one_or_none()
    return default_rules() if row is None else RuleSet.from_text(row.rules, number=row.number)
