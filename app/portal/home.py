"""What clients see first: their cards. Two statements, whatever lies behind them."""

from dataclasses import dataclass
from datetime import UTC, datetime

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.clock import utc_now
from app.models import ConnectorState
from app.portal import bp
from app.security.permissions import Permission
from app.services import cards
from app.services.cards import Home
from app.web.access import requires
from app.web.current import the_person
from app.web.htmx import fragment, unchanged

PAGE = "portal/home.html"


@dataclass(frozen=True)
class CardsPanel:
    """The cards, and which version of them that is."""

    home: Home
    version: int

    @property
    def poll_url(self) -> str:
        until = int(self.home.next_turn_at.timestamp()) if self.home.next_turn_at else None
        return url_for("portal.cards_panel", seen=self.version, until=until)

    @property
    def announcement(self) -> str:
        """For people who do not see it."""
        waiting = sum(1 for card in self.home.cards if card.turn.state is ConnectorState.NEEDS_CUSTOMER)
        held = sum(1 for card in self.home.cards if card.turn.state is ConnectorState.NEEDS_ATTENTION)
        return f"{len(self.home.cards)} cards; {waiting} need you, {held} held at the last good figures."


@bp.get("/")
@requires(Permission.PORTAL_READ)
def home() -> ResponseReturnValue:
    return render_template(PAGE, panel=_panel())


@bp.get("/cards")
@requires(Permission.PORTAL_READ, panel=True)
def cards_panel() -> ResponseReturnValue:
    """Nothing but who asks is looked up where nothing was published and nothing has turned since."""
    if request.args.get("seen", type=int) == the_person().published_version and not _has_turned():
        return unchanged()
    return fragment(PAGE, "cards", panel=_panel())


def _panel() -> CardsPanel:
    person = the_person()
    return CardsPanel(cards.home_of(person.organization_id or 0, now=utc_now()), person.published_version)


def _has_turned() -> bool:
    until = request.args.get("until", type=int)
    try:
        return until is not None and utc_now() >= datetime.fromtimestamp(until, UTC)
    except (OverflowError, OSError, ValueError):
        return True
