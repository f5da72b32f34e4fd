"""Rules that tell leads apart, as data: what each says in words, how it is kept, what is wrong with it.

A *row rule* looks at one row alone; the first that fits gives its class. A *set rule* looks at the current rows that share
a phone number or mail address; it is asked only where no row rule spoke. Keys of kinds outlive releases: never rename one.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

from app.audit import canonical_json
from app.imports.leads.keys import normal_domain, normal_phone, normal_words
from app.models import LeadClass

PERSON = "person"
"""Stands where a rule's key would: a person decided."""
MAX_RULES = 40
MAX_ENTRIES = 500
MAX_ENTRY = 100
MAX_TITLE = 80
MOST_DAYS = 365
MOST_SECONDS = 60
MOST_TIMES = 50
KEY = re.compile(r"[a-z0-9-]{1,40}\Z")


class RuleKind(StrEnum):
    PHONES = "phones"
    DOMAINS = "domains"
    WORDS = "words"
    SHORT_CALLS = "short_calls"
    OFTEN = "often"
    MARKET_REPEAT = "market_repeat"
    REPEAT = "repeat"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def is_set_rule(self) -> bool:
        return self in {RuleKind.OFTEN, RuleKind.MARKET_REPEAT, RuleKind.REPEAT}

    @property
    def has_entries(self) -> bool:
        return self in {RuleKind.PHONES, RuleKind.DOMAINS, RuleKind.WORDS}

    @property
    def fixed_class(self) -> LeadClass | None:
        """The class that rules of this kind give, where it is not to be chosen."""
        return _FIXED.get(self)


_LABELS = {
    RuleKind.PHONES: "Phone numbers of a list",
    RuleKind.DOMAINS: "Mail addresses at listed domains",
    RuleKind.WORDS: "Words in the name, the mail address or the text",
    RuleKind.SHORT_CALLS: "Very short calls of unknown callers",
    RuleKind.OFTEN: "A number that calls again and again and books nothing",
    RuleKind.MARKET_REPEAT: "The same lead from more than one marketplace",
    RuleKind.REPEAT: "The same phone number or mail address again",
}
_FIXED = {
    RuleKind.SHORT_CALLS: LeadClass.SPAM,
    RuleKind.OFTEN: LeadClass.SPAM,
    RuleKind.MARKET_REPEAT: LeadClass.DUPLICATE,
    RuleKind.REPEAT: LeadClass.DUPLICATE,
}
ROW_CLASSES = (LeadClass.TEST, LeadClass.INTERNAL, LeadClass.SPAM, LeadClass.GENUINE)
"""What a row rule may say. Genuine is for exceptions, placed above the rule that they are excepted from."""


@dataclass(frozen=True)
class Rule:
    key: str
    """Stays with the rule through all versions; a verdict names it."""
    kind: RuleKind
    lead_class: LeadClass
    title: str
    entries: tuple[str, ...] = ()
    """Numbers, domains or words, as people typed them."""
    days: int = 0
    times: int = 0
    seconds: int = 0
    is_on: bool = True

    @property
    def sentence(self) -> str:
        """What the rule does, for people."""
        return f"{self._what} → {self.lead_class.label.lower()}"

    @property
    def _what(self) -> str:
        match self.kind:
            case RuleKind.PHONES:
                return f"The phone number is one of {_count(self.entries, 'number')}"
            case RuleKind.DOMAINS:
                return f"The mail address is at one of {_count(self.entries, 'domain')}"
            case RuleKind.WORDS:
                return f"Name, mail address or text holds one of {_count(self.entries, 'phrase')}"
            case RuleKind.SHORT_CALLS:
                return f"A call of less than {_plural(self.seconds, 'second')} by nobody we know as a customer"
            case RuleKind.OFTEN:
                return (
                    f"The same phone number {self.times} times or more within {_plural(self.days, 'day')}, "
                    "never booked and of no known customer"
                )
            case RuleKind.MARKET_REPEAT:
                return f"A marketplace lead whose phone number or mail address another marketplace lead of the {_last(self.days)} has"
            case RuleKind.REPEAT:
                return f"The same phone number or mail address as any lead of the {_last(self.days)}, whatever its source"

    @property
    def problems(self) -> list[str]:
        """What has to be mended before the rule can be saved, as sentences."""
        found = [] if KEY.match(self.key) and self.key != PERSON else ["This rule's key cannot be used."]
        if not self.title.strip():
            found.append("Give the rule a name.")
        if len(self.title) > MAX_TITLE:
            found.append(f"Use at most {MAX_TITLE} characters for the name.")
        if self.kind.fixed_class not in {None, self.lead_class} or (self.kind.fixed_class is None and self.lead_class not in ROW_CLASSES):
            found.append("Choose a class that this kind of rule can give.")
        return [*found, *self._entry_problems(), *self._number_problems()]

    def _entry_problems(self) -> list[str]:
        if not self.kind.has_entries:
            return []
        if len(self.entries) > MAX_ENTRIES:
            return [f"Use at most {MAX_ENTRIES} lines; this rule has {len(self.entries)}."]
        for entry in self.entries:
            if len(entry) > MAX_ENTRY:
                return [f"A line is longer than {MAX_ENTRY} characters. Shorten it, or split it in two."]
            if self.kind is RuleKind.PHONES and not normal_phone(entry):
                return ["A line holds no phone number with 7 to 15 digits. Write one number a line."]
            if self.kind is RuleKind.DOMAINS and not _is_domain(normal_domain(entry)):
                return ["A line holds no mail domain. Write one a line, for instance example.com."]
            if self.kind is RuleKind.WORDS and len(normal_words(entry)) < 3:
                return ["A line has fewer than 3 characters: it would fit too much. Write whole words."]
        return []

    def _number_problems(self) -> list[str]:
        if self.kind is RuleKind.SHORT_CALLS and not 1 <= self.seconds <= MOST_SECONDS:
            return [f"Choose between 1 and {MOST_SECONDS} seconds."]
        found = []
        if self.kind.is_set_rule and not 1 <= self.days <= MOST_DAYS:
            found.append(f"Choose between 1 and {MOST_DAYS} days.")
        if self.kind is RuleKind.OFTEN and not 3 <= self.times <= MOST_TIMES:
            found.append(f"Choose between 3 and {MOST_TIMES} times.")
        return found

    def to_json(self) -> dict[str, object]:
        return {
            "key": self.key,
            "kind": self.kind.value,
            "class": self.lead_class.value,
            "title": self.title,
            "entries": list(self.entries),
            "days": self.days,
            "times": self.times,
            "seconds": self.seconds,
            "on": self.is_on,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            key=str(data["key"]),
            kind=RuleKind(data["kind"]),
            lead_class=LeadClass(data["class"]),
            title=str(data["title"]),
            entries=tuple(str(entry) for entry in data.get("entries", ())),
            days=int(data.get("days", 0)),
            times=int(data.get("times", 0)),
            seconds=int(data.get("seconds", 0)),
            is_on=bool(data.get("on", True)),
        )


@dataclass(frozen=True)
class RuleSet:
    """One version's rules in their order: row rules first, as they are asked first."""

    rules: tuple[Rule, ...] = field(default_factory=tuple)
    number: int = 0
    """The version; 0 where nobody has saved one."""

    @property
    def row_rules(self) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.rules if rule.is_on and not rule.kind.is_set_rule)

    @property
    def set_rules(self) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.rules if rule.is_on and rule.kind.is_set_rule)

    @property
    def problems(self) -> list[str]:
        found = [f"{rule.title or 'A rule without a name'}: {problem}" for rule in self.rules for problem in rule.problems]
        if len(self.rules) > MAX_RULES:
            found.append(f"Use at most {MAX_RULES} rules.")
        if len({rule.key for rule in self.rules}) != len(self.rules):
            found.append("Two rules have the same key.")
        return found

    def find(self, key: str) -> Rule | None:
        return next((rule for rule in self.rules if rule.key == key), None)

    def with_rule(self, rule: Rule) -> "RuleSet":
        """The rule in place of the one with its key, or at the end of its kind."""
        if self.find(rule.key) is not None:
            return RuleSet(tuple(rule if each.key == rule.key else each for each in self.rules), self.number)
        return ordered((*self.rules, rule), self.number)

    def without(self, key: str) -> "RuleSet":
        return RuleSet(tuple(rule for rule in self.rules if rule.key != key), self.number)

    def moved(self, key: str, by: int) -> "RuleSet":
        """One place up (-1) or down (1), among the rules that look at the same."""
        rule = self.find(key)
        if rule is None:
            return self
        peers = [each for each in self.rules if each.kind.is_set_rule is rule.kind.is_set_rule]
        others = [each for each in self.rules if each.kind.is_set_rule is not rule.kind.is_set_rule]
        place = peers.index(rule)
        to = max(0, min(len(peers) - 1, place + by))
        peers.insert(to, peers.pop(place))
        return ordered((*peers, *others), self.number)

    def to_text(self) -> str:
        return canonical_json([rule.to_json() for rule in self.rules])

    @classmethod
    def from_text(cls, text: str, *, number: int = 0) -> Self:
        return cls(tuple(Rule.from_json(each) for each in json.loads(text)), number)


def ordered(rules: Sequence[Rule], number: int) -> RuleSet:
    return RuleSet(tuple(sorted(rules, key=lambda rule: rule.kind.is_set_rule)), number)


def difference(old: RuleSet, new: RuleSet) -> list[str]:
    """What changed between two versions, as sentences."""
    said = [f"“{rule.title}” was added: {rule.sentence}." for rule in new.rules if old.find(rule.key) is None]
    said += [f"“{rule.title}” was removed." for rule in old.rules if new.find(rule.key) is None]
    for rule in new.rules:
        before = old.find(rule.key)
        if before is None or before == rule:
            continue
        if before.is_on is not rule.is_on:
            said.append(f"“{rule.title}” was turned {'on' if rule.is_on else 'off'}.")
        if before.title != rule.title:
            said.append(f"“{before.title}” is called “{rule.title}” now.")
        if before.sentence != rule.sentence:
            said.append(f"“{rule.title}” was “{before.sentence}” and is “{rule.sentence}”.")
        elif before.entries != rule.entries:
            said.append(f"“{rule.title}” has other lines than before.")
    if [r.key for r in old.rules if new.find(r.key)] != [r.key for r in new.rules if old.find(r.key)]:
        said.append("The order of the rules was changed.")
    return said


def _is_domain(text: str) -> bool:
    return bool(re.match(r"[^\s@]+\.[^\s@.]+\Z", text))


def _plural(number: int, noun: str) -> str:
    return f"1 {noun}" if number == 1 else f"{number} {noun}s"


def _last(days: int) -> str:
    return "last day" if days == 1 else f"last {days} days"


def _count(entries: Sequence[str], noun: str) -> str:
    return f"no {noun}s (the list is empty)" if not entries else _plural(len(entries), noun) + " of the list"
