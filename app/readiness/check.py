"""What a readiness check is: a question about one connector's facts, and its dated answer.

A check is a pure function of facts that somebody else collected: it asks no database and no provider, so the same facts
always come to the same outcome, and an outcome can be proved again from the facts that were stored with it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.readiness.facts import ConnectorFacts

LONGEST_SENTENCE = 500
Value = str | int | bool | None | list["Value"] | dict[str, "Value"]
"""What may stand in stored facts: neither a secret nor a personal value, and nothing that JSON does not know."""


class Result(StrEnum):
    """What a check came to. Values outlive releases: never rename one."""

    PASSED = "passed"
    WARNING = "warning"
    """Passed, with something that a person has to acknowledge."""
    FAILED = "failed"
    NOT_APPLICABLE = "not_applicable"
    NOT_RUN = "not_run"
    ERROR = "error"
    """The check itself broke: never the same as failed."""

    @property
    def label(self) -> str:
        return {
            "passed": "Passed",
            "warning": "Passed with a warning",
            "failed": "Failed",
            "not_applicable": "Not applicable",
            "not_run": "Not run yet",
            "error": "The check broke",
        }[self.value]


@dataclass(frozen=True)
class Outcome:
    """What a check found."""

    result: Result
    sentence: str
    """What came of it and, where it did not pass, what to do: one or two plain sentences for the person at work."""
    facts: Mapping[str, Value] = field(default_factory=dict)
    """What the result rests on, as it is stored."""
    items: tuple[str, ...] = ()
    """What a person has to acknowledge before a warning counts, each with the content that it had."""

    @classmethod
    def passed(cls, sentence: str, **facts: Value) -> "Outcome":
        return cls(Result.PASSED, sentence, facts)

    @classmethod
    def failed(cls, sentence: str, **facts: Value) -> "Outcome":
        return cls(Result.FAILED, sentence, facts)

    @classmethod
    def not_applicable(cls, reason: str, **facts: Value) -> "Outcome":
        """:param reason: why it does not apply; a hole without a reason is never a result"""
        return cls(Result.NOT_APPLICABLE, reason, facts)

    @classmethod
    def not_run(cls, what_is_missing: str) -> "Outcome":
        """Nothing was done yet that the check could look at. That is not green."""
        return cls(Result.NOT_RUN, what_is_missing)

    @classmethod
    def warning(cls, sentence: str, *items: str, **facts: Value) -> "Outcome":
        return cls(Result.WARNING, sentence, facts, items)


@dataclass(frozen=True)
class Check:
    """How a check is done. What it is (gate, title, shelf life) stands in gates.py under the same key."""

    key: str
    facets: frozenset[str]
    """What its evidence rests on, by the keys of facets.py: a change of one of them drops the tick."""
    ask: Callable[[ConnectorFacts], Outcome]
    version: int = 1
    """Raised when it is asked another way: evidence of the former way then counts no more."""
