"""The packet of a promotion: staff edition and client edition to print, and the stored text to keep."""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Response, abort, render_template
from flask.typing import ResponseReturnValue

from app.admin import bp
from app.admin.check_words import fact_lines, item_in_words, people_in
from app.audit import ActorKind, canonical_json
from app.models import Promotion
from app.readiness.checks.retention import CLASSES
from app.readiness.facets import in_words
from app.security.permissions import Permission
from app.services import directory, promotion_packets, promotions
from app.services.promotion_packets import Packet
from app.services.promotions import TITLES
from app.services.rollback_notes import LABELS
from app.web.access import requires
from app.web.csv_file import file_name
from app.web.filters import instant

DELETED = "Somebody who was deleted"


@bp.get("/promotions/<uuid:promotion_id>")
@requires(Permission.CONNECTOR_READ)
def show_promotion(promotion_id: UUID) -> ResponseReturnValue:
    row = promotions.get_promotion(str(promotion_id))
    packet = _packet(row)
    return render_template(
        "admin/promotions/packet.html",
        promotion=row,
        packet=packet,
        problems=promotion_packets.verify(row) if row.packet else [],
        names=directory.names_of(_people_in(packet)) if packet else {},
        words=PacketWords(packet["connector"]["time_zone"]) if packet else None,
    )


@bp.get("/promotions/<uuid:promotion_id>/client")
@requires(Permission.CONNECTOR_READ)
def client_edition(promotion_id: UUID) -> ResponseReturnValue:
    row = promotions.get_promotion(str(promotion_id))
    packet = _packet(row)
    edition = promotion_packets.client_edition(packet) if packet else None
    words = PacketWords(edition["connector"]["time_zone"]) if edition else None
    return render_template("admin/promotions/client.html", promotion=row, edition=edition, words=words)


@bp.get("/promotions/<uuid:promotion_id>/packet.json")
@requires(Permission.CONNECTOR_READ)
def promotion_packet(promotion_id: UUID) -> ResponseReturnValue:
    """The stored text as it is, to the byte: its SHA-256 is the hash."""
    row = promotions.get_promotion(str(promotion_id))
    if not row.packet:
        abort(HTTPStatus.NOT_FOUND)
    response = Response(row.packet.encode(), content_type="application/json; charset=utf-8")
    name = file_name("promotion", str(row.number), row.account.source_label).removesuffix(".csv")
    response.headers.set("Content-Disposition", "attachment", filename=f"{name}.json")
    return response


class PacketWords:
    """What a packet holds, as people read it."""

    labels = LABELS

    def __init__(self, zone: str) -> None:
        self.zone = zone

    def at(self, text: str | None) -> str:
        """An instant of the packet, in the organization's zone."""
        return instant(datetime.fromisoformat(text), self.zone) if text else "–"

    def facet(self, key: str) -> str:
        return in_words(key)

    def item(self, item: str) -> str:
        return item_in_words(item)

    def check(self, key: str) -> str:
        return TITLES.get(key, key)

    def data_class(self, key: str) -> str:
        return CLASSES.get(key, key)

    def by(self, actor: list[str] | None, names: Mapping[str, str]) -> str:
        """Who asked a check."""
        kind, public_id = actor or ("", "")
        if kind in {ActorKind.STAFF, ActorKind.CLIENT}:
            return names.get(public_id, DELETED)
        return {ActorKind.JOB: "a job", ActorKind.COMMAND: "a command"}.get(ActorKind(kind), kind) if kind in set(ActorKind) else ""

    def facts(self, facts: Mapping[str, Any], names: Mapping[str, str]) -> list[tuple[str, str]]:
        """Facts of a piece of evidence, line by line."""
        return fact_lines(canonical_json(dict(facts)), names)

    def person(self, public_id: str, names: Mapping[str, str]) -> str:
        return names.get(public_id, DELETED)


def _packet(row: Promotion) -> Packet | None:
    """None: it never went live, or what is kept cannot be read."""
    if not row.packet:
        return None
    try:
        return promotion_packets.read(row)
    except ValueError:
        return None


def _people_in(packet: Packet) -> set[str]:
    """Public ids of everybody who acted."""
    checks = [check for gate in packet["gates"] for check in gate["checks"]]
    found = {check["by"][1] for check in checks if check["by"]}
    found |= people_in(canonical_json([check["facts"] for check in checks]))
    found |= {each["by"] for each in (*packet["acknowledged"], *packet["signed"])}
    return found | set((packet["facets"]["failure-path"]["content"] or {}).get("people", {}))
