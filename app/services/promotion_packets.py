"""The promotion packet: everything that a promotion rests on, embedded, so that it can be verified from itself years later."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from app.extensions import db
from app.imports.catalog import DATA_TYPES
from app.metrics.registry import metric_of
from app.metrics.window_rules import WindowRule
from app.models import (
    ConnectorConfiguration,
    FieldDecision,
    FieldMap,
    PrivacyClass,
    Promotion,
    ProviderAccount,
    ReadinessAcknowledgement,
    ReadinessSignOff,
    User,
)
from app.readiness.check import Result
from app.readiness.checks.retention import CLASSES
from app.readiness.facets import digest_of, in_words
from app.readiness.gates import Gate, checks_of
from app.readiness.standing import Standing
from app.services import facet_contents, facets, field_maps, report_metrics, rollback_reading
from app.services.field_maps import spec_of
from app.services.rollback_notes import LABELS
from app.services.stands import Shown, Stands

FORMAT = 1
Packet = dict[str, Any]


def hash_of(text: str) -> str:
    """SHA-256, in hex, of the packet's canonical text."""
    return hashlib.sha256(text.encode()).hexdigest()


def build(promotion: Promotion, found: Stands, former: Promotion | None) -> Packet:
    """Freeze what stands.

    :param found: how the checks of the promoted configuration stand
    :param former: the promotion that the connector ran under so far
    """
    account, configuration = promotion.account, promotion.configuration
    contents = facet_contents.stored(configuration)
    digests = facets.digests_of(configuration)
    return {
        "format": FORMAT,
        "promotion": {"id": promotion.public_id, "number": promotion.number, "note": promotion.note},
        "connector": {
            "id": account.public_id,
            "organization": account.organization.name,
            "provider": account.provider,
            "mode": account.mode.value,
            "source_label": contents["source-label"],
            "currency": account.currency,
            "time_zone": account.organization.time_zone,
        },
        "configuration": {"id": configuration.public_id, "number": configuration.number},
        "people": {
            "owner": _named(account.owner),
            "requested_by": _named(promotion.requested_by),
            "approved_by": _named(promotion.approved_by),
        },
        "requested_at": promotion.requested_at.isoformat(),
        "approved_at": promotion.approved_at.isoformat() if promotion.approved_at else None,
        "promoted_at": promotion.promoted_at.isoformat() if promotion.promoted_at else None,
        "approval": {"digest": promotion.digest, "vouched": json.loads(promotion.vouched)},
        "gates": [_gate(gate, found) for gate in Gate],
        "facets": {key: {"digest": digests[key], "content": contents[key]} for key in sorted(contents)},
        "acknowledged": _acknowledged(configuration),
        "signed": _signed(configuration),
        "maps": _maps(contents),
        "metrics": _metrics(account, contents),
        "windows": WindowRule(contents["windows"]).label,
        "rollback": _rollback(account),
        "difference": difference(former, contents),
        "former": former.number if former is not None else None,
    }


def verify(promotion: Promotion) -> list[str]:
    """What does not fit in a kept packet, in sentences; empty: it is sound. Computed from the packet alone, and its stored hash."""
    if not promotion.packet:
        return ["This promotion never went live, so it has no packet."]
    found = []
    if hash_of(promotion.packet) != promotion.packet_hash:
        found.append("The packet's text does not fit its hash: one of the two was changed.")
    try:
        packet: Packet = json.loads(promotion.packet)
        found += [
            f"{in_words(key)}: its content does not fit its digest."
            for key, facet in packet["facets"].items()
            if digest_of(facet["content"]) != facet["digest"]
        ]
        vouched = {key: each["result"] for key, each in packet["approval"]["vouched"].items()}
        for gate in packet["gates"]:
            for check in gate["checks"]:
                result = Standing.WAIVED.value if check["waiver"] else check["result"]
                if check["key"] in vouched and vouched[check["key"]] != result:
                    found.append(f"“{check['title']}” is not what was approved.")
        if packet["people"]["approved_by"]["id"] == packet["people"]["requested_by"]["id"]:
            found.append("The same person asked for it and approved it.")
    except (ValueError, KeyError, TypeError):
        found.append("The packet cannot be read.")
    return found


def client_edition(packet: Packet) -> Packet:
    """What a client may read: no ids, no names of staff but the owner's, no internal text."""
    return {
        "connector": {key: packet["connector"][key] for key in ("organization", "source_label", "currency", "time_zone")},
        "number": packet["promotion"]["number"],
        "promoted_at": packet["promoted_at"],
        "owner": packet["people"]["owner"]["name"] if packet["people"]["owner"] else None,
        "gates": [
            {
                "number": gate["number"],
                "title": gate["title"],
                "sentence": gate["sentence"],
                "checks": [{"title": check["title"], "result": check["result_label"], "on": check["made_at"]} for check in gate["checks"]],
            }
            for gate in packet["gates"]
        ],
        "data_types": [each["label"] for each in packet["maps"]],
        "fields": [
            {"data_type": each["label"], "fields": [field for field in each["fields"] if field["privacy"] == PrivacyClass.PUBLIC.value]}
            for each in packet["maps"]
        ],
        "metrics": packet["metrics"],
        "windows": packet["windows"],
        "retention": {CLASSES.get(key, key): days for key, days in packet["facets"]["retention"]["content"].items()},
        "failure": (packet["facets"]["failure-path"]["content"] or {}).get("client_sees", ""),
        "rollback": (packet["rollback"] or {}).get("client_words", ""),
    }


def difference(former: Promotion | None, contents: Mapping[str, Any]) -> list[str]:
    """What is other than in the last promotion, a sentence each."""
    if former is None or not former.packet:
        return ["This is the first promotion of the connector."]
    before: Packet = json.loads(former.packet)["facets"]
    changed = [key for key in sorted(contents) if key not in before or before[key]["digest"] != digest_of(contents[key])]
    return [f"{in_words(key)} changed." for key in changed] or ["Nothing but the evidence is new."]


def copy_acts(source: ConnectorConfiguration, target: ConnectorConfiguration) -> None:
    """A new draft begins with what was acknowledged and signed: it is the same that people saw."""
    for row in db.session.scalars(sa.select(ReadinessAcknowledgement).where(ReadinessAcknowledgement.configuration_id == source.id)).all():
        names = ("check_key", "item", "item_digest", "comment", "person_id")
        db.session.add(ReadinessAcknowledgement(configuration_id=target.id, **{name: getattr(row, name) for name in names}))
    for sign_off in db.session.scalars(sa.select(ReadinessSignOff).where(ReadinessSignOff.configuration_id == source.id)).all():
        names = ("check_key", "comment", "digest", "person_id", "signed_at")
        db.session.add(ReadinessSignOff(configuration_id=target.id, **{name: getattr(sign_off, name) for name in names}))


def _gate(gate: Gate, found: Stands) -> Packet:
    checks = [_check(found.checks[spec.key]) for spec in checks_of(gate)]
    return {"number": gate.number, "title": gate.title, "sentence": gate.sentence, "checks": checks}


def _check(shown: Shown) -> Packet:
    evidence, waiver = shown.newest, shown.waiver
    is_waived = shown.stand.standing is Standing.WAIVED
    return {
        "key": shown.spec.key,
        "title": shown.spec.title,
        "result": evidence.result if evidence else Result.NOT_RUN.value,
        "result_label": "Waived" if is_waived else Result(evidence.result).label if evidence else Result.NOT_RUN.label,
        "sentence": evidence.sentence if evidence else "",
        "facts": json.loads(evidence.facts) if evidence else {},
        "made_at": evidence.made_at.isoformat() if evidence else None,
        "valid_until": evidence.valid_until.isoformat() if evidence and evidence.valid_until else None,
        "by": [evidence.actor_kind, evidence.actor_id] if evidence else None,
        "rests_on": dict(shown.rests_on),
        "waiver": {"reason": waiver.reason, "last_day": waiver.last_day.isoformat()} if is_waived and waiver else None,
    }


def _named(person: User | None) -> Packet | None:
    return {"id": person.public_id, "name": person.name} if person is not None else None


def _acknowledged(configuration: ConnectorConfiguration) -> list[Packet]:
    query = sa.select(ReadinessAcknowledgement).where(ReadinessAcknowledgement.configuration_id == configuration.id)
    rows = db.session.scalars(query.order_by(ReadinessAcknowledgement.id))
    return [{"check": row.check_key, "item": row.item, "by": row.person.public_id, "on": row.created_at.isoformat()} for row in rows]


def _signed(configuration: ConnectorConfiguration) -> list[Packet]:
    query = sa.select(ReadinessSignOff).where(ReadinessSignOff.configuration_id == configuration.id)
    rows = db.session.scalars(query.order_by(ReadinessSignOff.id))
    return [{"check": row.check_key, "comment": row.comment, "by": row.person.public_id, "at": row.signed_at.isoformat()} for row in rows]


def _maps(contents: Mapping[str, Any]) -> list[Packet]:
    versions = contents["maps"]["versions"]
    rows = db.session.scalars(field_maps.whole().where(FieldMap.public_id.in_([public_id for _number, public_id in versions.values()])))
    return [_map(row) for row in sorted(rows, key=lambda row: row.data_type)]


def _map(row: FieldMap) -> Packet:
    fields = [
        {"source": field.source, "label": field.label, "explanation": field.explanation, "privacy": field.privacy.value}
        for field in row.fields
        if field.decision is FieldDecision.MAPPED
    ]
    kind = DATA_TYPES.get(row.data_type)
    return {
        "data_type": row.data_type,
        "label": kind.label if kind else row.data_type,
        "number": row.number,
        "digest": digest_of(repr(spec_of(row))),
        "fields": fields,
    }


def _metrics(account: ProviderAccount, contents: Mapping[str, Any]) -> list[Packet]:
    return [_metric(account, key, contents["formulas"].get(key)) for key in sorted(contents["metrics"])]


def _metric(account: ProviderAccount, key: str, formula_version: int | None) -> Packet:
    metric = metric_of(key)
    how = report_metrics.how_it_is_made(account, metric)
    return {"title": metric.title, "unit": metric.unit.value, "formula_version": formula_version, "explanation": how}


def _rollback(account: ProviderAccount) -> Packet | None:
    plan = rollback_reading.plan_of(account)
    if plan is None:
        return None
    drill = rollback_reading.drill_of(plan)
    texts = {name: getattr(plan, name) for name in LABELS}
    return {
        **texts,
        "target": f"Promotion {plan.target.number}" if plan.target is not None else "Not live",
        "drilled_at": drill.written_at.isoformat() if drill is not None else None,
    }


def read(promotion: Promotion) -> Packet:
    """The kept packet.

    :raises ValueError: if there is none
    """
    packet: Packet = json.loads(promotion.packet)
    return packet
