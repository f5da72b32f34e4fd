"""The form of lead rules: all rules of a draft at once. Nothing is kept between two presses but what the form itself holds."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace

from wtforms.validators import StopValidation

from app.imports.leads.rules import MAX_RULES, ROW_CLASSES, Rule, RuleKind, RuleSet
from app.models import LeadClass
from app.web.fields import PlainText

MOST_TEXT = 30_000
"""Characters of all lists together."""


class BrokenFormError(Exception):
    """What came is not what the page sends. The text is for the person."""


@dataclass(frozen=True)
class RuleFields:
    """One rule as it stands in the form."""

    rule: Rule
    days: str
    times: str
    seconds: str
    errors: Sequence[str] = ()

    @classmethod
    def of(cls, rule: Rule) -> "RuleFields":
        return cls(rule, str(rule.days or ""), str(rule.times or ""), str(rule.seconds or ""))

    @property
    def text(self) -> str:
        return "\n".join(self.rule.entries)


@dataclass(frozen=True)
class RulesForm:
    fields: Sequence[RuleFields]
    seen: int
    """Version that the person saw."""

    @classmethod
    def of(cls, rules: RuleSet) -> "RulesForm":
        return cls([RuleFields.of(rule) for rule in rules.rules], rules.number)

    @classmethod
    def read(cls, sent: Mapping[str, str]) -> "RulesForm":
        """:raises BrokenFormError: if it is no form of ours"""
        count = _whole(sent.get("count", ""), most=MAX_RULES + 1)
        if count is None or "version" not in sent:
            raise BrokenFormError("This form was not sent whole. Nothing was changed. Open the page again and repeat your changes.")
        fields = [_read_one(sent, f"rules-{number}-") for number in range(count)]
        return cls(fields, _whole(sent["version"], most=10**9) or 0)

    @property
    def rules(self) -> RuleSet:
        return RuleSet(tuple(each.rule for each in self.fields), self.seen)

    @property
    def form_errors(self) -> list[str]:
        """About the rules as a whole."""
        found = []
        if len(self.fields) > MAX_RULES:
            found.append(f"Use at most {MAX_RULES} rules. Remove one, or put two lists into one.")
        if sum(len(each.text) for each in self.fields) > MOST_TEXT:
            found.append(f"The lists are too long together: {MOST_TEXT:,} characters is the most. Shorten one of them.")
        if len({each.rule.key for each in self.fields}) != len(self.fields):
            found.append("Two rules of this form are the same one. Open the page again and repeat your changes.")
        return found

    @property
    def is_valid(self) -> bool:
        return not self.form_errors and not any(each.errors for each in self.fields)

    def with_rules(self, rules: RuleSet) -> "RulesForm":
        """The same fields in the order of the rules; those of new rules as they begin."""
        known = {each.rule.key: each for each in self.fields}
        return RulesForm([known.get(rule.key) or RuleFields.of(rule) for rule in rules.rules], self.seen)


def new_rule(kind: RuleKind) -> Rule:
    """A rule to fill in; its key was never another rule's."""
    return Rule(
        key=f"{kind.value.replace('_', '-')}-{secrets.token_hex(4)}",
        kind=kind,
        lead_class=kind.fixed_class or LeadClass.SPAM,
        title=kind.label,
        days=7 if kind.is_set_rule else 0,
        times=4 if kind is RuleKind.OFTEN else 0,
        seconds=3 if kind is RuleKind.SHORT_CALLS else 0,
    )


def _read_one(sent: Mapping[str, str], prefix: str) -> RuleFields:
    try:
        kind = RuleKind(sent.get(f"{prefix}kind", ""))
    except ValueError as exc:
        raise BrokenFormError("A rule of this form is of no kind that there is. Nothing was changed. Open the page again.") from exc
    numbers = {name: sent.get(f"{prefix}{name}", "").strip() for name in ("days", "times", "seconds")}
    title, text = sent.get(f"{prefix}title", "").strip(), sent.get(f"{prefix}entries", "")
    chosen = sent.get(f"{prefix}class", "")
    lead_class = kind.fixed_class or (LeadClass(chosen) if chosen in {each.value for each in ROW_CLASSES} else None)
    rule = Rule(
        key=sent.get(f"{prefix}key", ""),
        kind=kind,
        lead_class=lead_class or LeadClass.SPAM,
        title=title,
        entries=tuple(line.strip() for line in text.splitlines() if line.strip()) if kind.has_entries else (),
        days=_whole(numbers["days"]) or 0 if kind.is_set_rule else 0,
        times=_whole(numbers["times"]) or 0 if kind is RuleKind.OFTEN else 0,
        seconds=_whole(numbers["seconds"]) or 0 if kind is RuleKind.SHORT_CALLS else 0,
        is_on=sent.get(f"{prefix}on") == "y",
    )
    errors = [*_hidden(title, multiline=False), *_hidden(text, multiline=True), *rule.problems]
    if lead_class is None:
        errors.insert(0, "Choose a class from the list.")
    return replace(RuleFields(rule, **numbers), errors=tuple(errors))


def _hidden(text: str, *, multiline: bool) -> list[str]:
    try:
        PlainText(multiline=multiline)(None, SimpleNamespace(data=text))  # type: ignore[arg-type]  # it reads the data alone
    except StopValidation as exc:
        return [str(exc)]
    return []


def _whole(text: str, *, most: int = 10_000) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 11 and int(text) <= most else None
