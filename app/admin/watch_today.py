"""Would it pass today? What is live and would not be promoted as it stands, what lapses soon, and what an event would hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.admin import bp
from app.admin.check_words import LABELS
from app.admin.watch_words import how_renewed
from app.security.permissions import Permission
from app.services import what_if, would_pass
from app.services.what_if import Choice, Happens, Held
from app.services.would_pass import Today
from app.web.access import requires

PAGE = "admin/watch/today.html"
LINES = 100
"""Of a list: those that most clients are touched by come first."""
FORMS = (
    (Happens.CREDENTIAL, "A secret expires", "No live connector has a stored secret: all of it comes in as supplied exports."),
    (Happens.PERSON, "A person leaves", "Nobody who could leave is active."),
    (Happens.CUSTOMER, "A customer withdraws", "No customer has a live connector."),
)
"""What can be asked for, its form's label, and what to say where there is nothing to choose."""


@dataclass(frozen=True)
class Question:
    """What was asked by the address, and its answer."""

    happens: Happens | None = None
    whom: Choice | None = None
    held: Sequence[Held] = ()
    problem: str = ""
    """Why there is no answer; empty if there is one, or nothing was asked."""
    choices: Mapping[Happens, Sequence[Choice]] = field(default_factory=dict)

    @classmethod
    def of(cls, today: Today, *, happens: str, which: str) -> "Question":
        """:param which: public id of whom or what it happens to"""
        choices = what_if.choices(today.live)
        if not happens:
            return cls(choices=choices)
        if happens not in set(Happens):
            return cls(problem="Choose one of the events below.", choices=choices)
        asked = Happens(happens)
        whom = next((each for each in choices[asked] if each.public_id == which), None)
        if whom is None:
            return cls(asked, problem="Choose one from the list: what was asked for is not there (any more).", choices=choices)
        return cls(asked, whom, what_if.would_hold(asked, whom, today.live), choices=choices)

    @property
    def sentence(self) -> str:
        """What is supposed to happen."""
        words = {
            Happens.CREDENTIAL: "If the secret {} expires and is replaced or removed",
            Happens.PERSON: "If {} leaves and is deactivated",
            Happens.CUSTOMER: "If {} withdraws its consent",
        }
        return words[self.happens].format(f"“{self.whom.words}”") if self.happens is not None and self.whom is not None else ""


@bp.get("/watch/today")
@requires(Permission.WATCH_READ)
def watch_today() -> ResponseReturnValue:
    today = would_pass.look()
    question = Question.of(today, happens=request.args.get("happens", ""), which=request.args.get("which", ""))
    page = render_template(
        PAGE,
        today=today,
        question=question,
        forms=FORMS,
        at_most=LINES,
        labels=LABELS,
        how_renewed=how_renewed,
        days=would_pass.HORIZON.days,
    )
    return page, HTTPStatus.UNPROCESSABLE_ENTITY if question.problem else HTTPStatus.OK
