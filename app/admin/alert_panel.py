"""The live panel of a channel: what went through it last, and how it ended. It polls while something is being tried."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from urllib.parse import urlsplit
from uuid import UUID

from flask import request, url_for
from flask.typing import ResponseReturnValue

from app.admin import bp
from app.audit import canonical_json
from app.clock import utc_now
from app.models import AlertChannel, AlertDelivery, ChannelKind
from app.security.permissions import Permission
from app.services import alert_channels
from app.web.access import requires
from app.web.filters import instant
from app.web.htmx import STOP_POLLING, fragment, unchanged

CHANNEL_PAGE = "admin/alerts/show.html"
EVENTS = {"found": "Trouble found", "changed": "Trouble changed", "over": "Trouble over", "test": "Test", "ping": "Sign of life"}
HOPELESS = ("Given up", "bad")


@dataclass(frozen=True)
class DeliveryLine:
    """One delivery as the panel shows it."""

    label: str
    state: str
    tone: str
    note: str
    at: datetime
    is_live: bool

    @classmethod
    def of(cls, row: AlertDelivery) -> Self:
        state, tone = _state(row)
        # What waits for its next attempt is over for now: nobody looks at a panel for half an hour.
        is_live = row.due_at is not None and (row.attempts == 0 or row.due_at <= utc_now())
        label = EVENTS.get(row.event.partition(":")[0], "Alert")
        return cls(label, state, tone, row.note, row.sent_at or row.gave_up_at or row.created_at, is_live)


def _state(row: AlertDelivery) -> tuple[str, str]:
    if row.sent_at is not None:
        return "Delivered", "good"
    if row.due_at is None:
        return HOPELESS
    if not row.attempts:
        return "On its way", "note"
    return f"Not yet; tried again at {instant(row.due_at)}", "warn"


@dataclass(frozen=True)
class DeliveryPanel:
    """What the panel shows, and which version of it that is."""

    lines: Sequence[DeliveryLine]
    poll_path: str

    @classmethod
    def of(cls, channel: AlertChannel) -> Self:
        lines = [DeliveryLine.of(row) for row in alert_channels.latest_deliveries(channel)]
        return cls(lines, url_for("admin.deliveries_panel", channel_id=channel.public_id))

    @property
    def is_live(self) -> bool:
        return any(line.is_live for line in self.lines)

    @property
    def version(self) -> str:
        shown = [[line.label, line.state, line.note, line.at.isoformat()] for line in self.lines]
        return hashlib.blake2s(canonical_json(shown).encode(), digest_size=8).hexdigest()

    @property
    def poll_url(self) -> str:
        return f"{self.poll_path}?seen={self.version}"

    @property
    def announcement(self) -> str:
        """For people who do not see it."""
        return f"{self.lines[0].label}: {self.lines[0].state}. {self.lines[0].note}" if self.lines else ""


@bp.get("/alerts/<uuid:channel_id>/deliveries-panel")
@requires(Permission.WATCH_READ, panel=True)
def deliveries_panel(channel_id: UUID) -> ResponseReturnValue:
    """The panel of the channel's page alone. 286 ends the polling; 204 says that the browser shows this version already."""
    panel = DeliveryPanel.of(alert_channels.get_channel(str(channel_id)))
    if not panel.is_live:
        return fragment(CHANNEL_PAGE, "deliveries_panel", status=STOP_POLLING, panel=panel)
    if request.args.get("seen") == panel.version:
        return unchanged()
    return fragment(CHANNEL_PAGE, "deliveries_panel", panel=panel)


def shown_address(channel: AlertChannel) -> str:
    """A mail address as it is; of another one its host: what follows is often as good as a password."""
    if channel.kind is ChannelKind.MAIL:
        return channel.address
    parts = urlsplit(channel.address)
    return f"{parts.scheme}://{parts.netloc}/{'…' if parts.path.strip('/') or parts.query else ''}"
