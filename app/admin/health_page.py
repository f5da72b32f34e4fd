"""How Fivegate itself is: one line for each thing that can be ill, fetched anew every half minute."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.admin import bp
from app.audit import canonical_json
from app.security.permissions import Permission
from app.services import health
from app.services.health import Condition, Reading
from app.web.access import requires
from app.web.htmx import fragment, unchanged

PAGE = "admin/health/show.html"
TONES = {Condition.OK: "good", Condition.LOOK: "warn", Condition.DANGER: "bad", Condition.UNKNOWN: "idle"}


@dataclass(frozen=True)
class HealthPanel:
    """What the panel shows, and which version of it that is."""

    lines: Sequence[Reading]

    @classmethod
    def of_now(cls) -> Self:
        return cls(health.readings())

    @property
    def worst(self) -> Condition:
        return health.worst_of(self.lines)

    @property
    def summary(self) -> str:
        """Also what is said to people who do not see it."""
        numbers = {each: sum(line.condition is each for line in self.lines) for each in Condition}
        parts = [
            f"{numbers[Condition.DANGER]} in danger" if numbers[Condition.DANGER] else "",
            f"{numbers[Condition.LOOK]} to look at" if numbers[Condition.LOOK] else "",
            f"{numbers[Condition.UNKNOWN]} not known" if numbers[Condition.UNKNOWN] else "",
        ]
        told = ", ".join(filter(None, parts))
        return f"Of {len(self.lines)} things: {told}." if told else f"All {len(self.lines)} things that were looked at are well."

    @property
    def version(self) -> str:
        """Changes with whatever the panel shows but for time going by, which the page counts itself."""
        shown = [[line.title, line.condition, line.sentence, line.remedy, line.at.isoformat() if line.at else ""] for line in self.lines]
        return hashlib.blake2s(canonical_json(shown).encode(), digest_size=8).hexdigest()

    @property
    def poll_url(self) -> str:
        return url_for("admin.health_panel", seen=self.version)


@bp.get("/health")
@requires(Permission.WATCH_READ)
def health_page() -> ResponseReturnValue:
    return render_template(PAGE, panel=HealthPanel.of_now(), tones=TONES)


@bp.get("/health/panel")
@requires(Permission.WATCH_READ, panel=True)
def health_panel() -> ResponseReturnValue:
    """The panel alone; 204 says that the browser shows this version already."""
    panel = HealthPanel.of_now()
    return unchanged() if request.args.get("seen") == panel.version else fragment(PAGE, "health_panel", panel=panel, tones=TONES)
