"""The five gates and the checks that each of them asks for, in the order in which pages show them.

Keys outlive releases: never rename one, and never count them in a text. A check's code comes with the gate that needs it;
until then its result is *Not run yet*.
"""

from dataclasses import dataclass
from enum import Enum, StrEnum


class Gate(Enum):
    """A step on the way from *someone has access* to *a number that a client may trust*."""

    ACCESS = (1, "Access", "The source has a name, an owner and a way in, and the customer agreed to it.")
    MAP = (2, "Map", "Every field that comes in is understood, explained and classed.")
    TEST = (3, "Test", "A small import came through whole, and a second time without a change.")
    COMPARE = (4, "Compare", "Our figures and the source's agree, and somebody explained what they mean.")
    PROMOTE = (5, "Promote", "Retention, failure and the way back are settled, and a second person approved.")

    def __init__(self, number: int, title: str, sentence: str) -> None:
        self.number = number
        self.title = title
        self.sentence = sentence


class CheckScope(StrEnum):
    CONNECTOR = "connector"
    INSTALLATION = "installation"
    """One evidence and one task for all connectors."""


@dataclass(frozen=True)
class CheckSpec:
    """What a check is, apart from how it is done."""

    key: str
    gate: Gate
    title: str
    hint: str
    """When it passes, for the person who works on it."""
    needs_person: bool = False
    """A sign-off with a comment, not a program, decides."""
    waivable: bool = False
    """It may be waived, with a reason, an approver other than the requester and an end date."""
    shelf_life_days: int | None = None
    """How long its evidence counts; None: until something that it rests on changes."""
    scope: CheckScope = CheckScope.CONNECTOR


CHECKS: tuple[CheckSpec, ...] = (
    CheckSpec(
        "source-label",
        Gate.ACCESS,
        "The source has a name",
        "The source of truth has a name that the client will read, and no other connector of the organization has it.",
    ),
    CheckSpec(
        "owner",
        Gate.ACCESS,
        "Somebody owns it",
        "An active member of staff answers for status, imports, mapping, verification and the next explanation.",
    ),
    CheckSpec(
        "data-home",
        Gate.ACCESS,
        "Every data type has a home",
        "For each data type it is decided whether its rows go to the app database or to the traffic database.",
    ),
    CheckSpec(
        "access-tested",
        Gate.ACCESS,
        "Access was tested",
        "With the API: host, token, app key, tenant and every data type answered. By hand: it is agreed who supplies what, and how often.",
        shelf_life_days=7,
    ),
    CheckSpec(
        "scopes",
        Gate.ACCESS,
        "Scopes cover the data types",
        "The granted scopes include every one that the chosen data types need. Ones that nothing needs are a warning.",
        shelf_life_days=7,
    ),
    CheckSpec(
        "customer-authorized",
        Gate.ACCESS,
        "The customer agreed",
        "A client admin granted reading, and apart from it writing, of exactly these data types, and did not withdraw it.",
    ),
    CheckSpec(
        "runtime-privileges",
        Gate.ACCESS,
        "The application cannot change tables",
        "The database account that the application runs as was refused DROP, ALTER and CREATE. It counts for every connector.",
        shelf_life_days=30,
        scope=CheckScope.INSTALLATION,
    ),
    CheckSpec(
        "fields-decided",
        Gate.MAP,
        "Every field is decided",
        "Each incoming field is mapped, or ignored with a reason.",
    ),
    CheckSpec(
        "mandatory-fields",
        Gate.MAP,
        "The mandatory fields are there",
        "Reports have a unique id, a date and an employee; aggregated ones metric, period and dimension; other types their key and date.",
    ),
    CheckSpec(
        "explanations",
        Gate.MAP,
        "Mapped fields are explained",
        "Every mapped field has a table, a label, an owner and an explanation that a client may read.",
    ),
    CheckSpec(
        "privacy-classes",
        Gate.MAP,
        "Fields have a privacy class",
        "Every field is public, internal, personal or secret. Only public ones can reach a card.",
    ),
    CheckSpec(
        "first-metric",
        Gate.MAP,
        "A first metric is chosen",
        "At least one metric or status is chosen, and its source, date range and unit make one sentence.",
    ),
    CheckSpec(
        "test-batch",
        Gate.TEST,
        "A test batch is logged",
        "A small test batch, or a test webhook, came in with rows. No rows where some were expected is a failure.",
        shelf_life_days=30,
    ),
    CheckSpec(
        "rejects-reviewed",
        Gate.TEST,
        "Rejects are reviewed",
        "No row was rejected, or somebody acknowledged each reason.",
        needs_person=True,
        waivable=True,
        shelf_life_days=30,
    ),
    CheckSpec(
        "leads-separated",
        Gate.TEST,
        "Leads are told apart",
        "Test, spam, internal and duplicate leads each have their class, and none is left without one.",
        shelf_life_days=30,
    ),
    CheckSpec(
        "repeatable",
        Gate.TEST,
        "A second import changes nothing",
        "The same batch, imported once more, brought nothing new and changed nothing.",
        shelf_life_days=30,
    ),
    CheckSpec(
        "webhook-rehearsed",
        Gate.TEST,
        "Webhooks were rehearsed",
        "A good call, a bad signature, a stale one, a duplicate, a wrong tenant and one too large were each answered as they should be.",
        shelf_life_days=30,
    ),
    CheckSpec(
        "baseline",
        Gate.COMPARE,
        "A baseline is frozen",
        "It was made from complete batches only, and nothing overwrites it.",
    ),
    CheckSpec(
        "comparable",
        Gate.COMPARE,
        "The windows can be compared",
        "The verdict is comparable, or comparable with caveats that somebody acknowledged one by one.",
    ),
    CheckSpec(
        "reconciled",
        Gate.COMPARE,
        "Counts agree with the source",
        "Our counts and totals of active rows are within the stated tolerance of the source's own.",
        waivable=True,
        shelf_life_days=30,
    ),
    CheckSpec(
        "explained",
        Gate.COMPARE,
        "The number is explained",
        "A person signed the one sentence that the client will read.",
        needs_person=True,
    ),
    CheckSpec(
        "retention",
        Gate.PROMOTE,
        "Retention is settled",
        "Every class of data has a rule that says how long it is kept.",
    ),
    CheckSpec(
        "qa",
        Gate.PROMOTE,
        "The QA list is signed",
        "A person went through the QA list and signed it.",
        needs_person=True,
        shelf_life_days=30,
    ),
    CheckSpec(
        "failure-path",
        Gate.PROMOTE,
        "Failure has a path",
        "It is written down who is told, by which channel, what the client sees meanwhile and what the fallback is.",
    ),
    CheckSpec(
        "rollback-plan",
        Gate.PROMOTE,
        "The way back was rehearsed",
        "A rollback note is written and a drill was run.",
        shelf_life_days=30,
    ),
    CheckSpec(
        "recent-test",
        Gate.PROMOTE,
        "The test is recent",
        "Gate 3 was passed within the last thirty days.",
        shelf_life_days=30,
    ),
    CheckSpec(
        "second-approval",
        Gate.PROMOTE,
        "A second person approved",
        "Somebody other than the one who asked approved exactly this configuration.",
    ),
)
"""Every check. Counts come from here."""


def checks_of(gate: Gate) -> tuple[CheckSpec, ...]:
    return tuple(check for check in CHECKS if check.gate is gate)
