"""Gates, checks and promotions at a terminal."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask

from app.extensions import db, will_write
from app.models import Promotion, ReadinessEvidence
from app.readiness.gates import CHECKS, Gate, checks_of
from app.services import promotion_packets
from tests.gates.live import Live, live_for_a_module
from tests.support import factories
from tests.support.kept import Keeper

NOBODY = "01a202c9-0000-7000-8000-000000000000"


@pytest.fixture(scope="module")
def live(keeper: Keeper) -> Iterator[Live]:
    with live_for_a_module(keeper) as found:
        yield found


def run(app: Flask, *arguments: str, status: int = 0) -> Result:
    result = app.test_cli_runner().invoke(args=list(arguments))
    db.session.rollback()
    db.session.expire_all()
    assert result.exit_code == status, result.output
    return result


def told(app: Flask, *arguments: str, status: int = 0) -> Any:
    return json.loads(run(app, *arguments, "--json", status=status).stdout)


def test_a_live_connector_is_told_with_draft_and_live_version(live: Live, session_app: Flask) -> None:
    shown = told(session_app, "readiness", live.account_id)
    draft, running = shown["configurations"]
    assert (shown["account"], shown["state"]) == (live.account_id, "live")
    assert [(each["number"], each["status"]) for each in (draft, running)] == [(2, "draft"), (1, "live")]
    assert (running["done"], running["total"], running["next"]) == (len(CHECKS), len(CHECKS), None)
    assert draft["next"] == "second-approval"
    assert [gate["number"] for gate in running["gates"]] == [gate.number for gate in Gate]
    assert all(gate["is_through"] for gate in running["gates"])
    checks = {check["key"]: check for gate in running["gates"] for check in gate["checks"]}
    assert list(checks) == [spec.key for spec in CHECKS]
    assert checks["runtime-privileges"]["valid_until"] > checks["runtime-privileges"]["made_at"]
    assert (checks["owner"]["standing"], checks["owner"]["why_fallen"]) == ("good", None)


def test_people_read_lines(live: Live, session_app: Flask) -> None:
    text = run(session_app, "readiness", live.account_id).stdout
    total = len(CHECKS)
    assert f"Version 2, draft: {total - 1} of {total} done. Next: A second person approved." in text
    assert f"Version 1, live: {total} of {total} done." in text
    assert f"Gate 1, Access: through, {len(checks_of(Gate.ACCESS))} of {len(checks_of(Gate.ACCESS))}" in text
    assert "good            owner" in text


def test_of_a_new_connector_nothing_was_noted(live: Live, session_app: Flask) -> None:
    account = factories.connector(may_import=False).public_id
    text = run(session_app, "readiness", account).stdout
    assert f"Nothing was noted yet: 0 of {len(CHECKS)} done. Next: The source has a name." in text
    assert "Gate 2, Map: cannot start yet" in text
    (only,) = told(session_app, "readiness", account)["configurations"]
    assert (only["number"], only["status"]) == (None, None)
    assert told(session_app, "promotion", "list", account) == []
    assert "Nobody has asked for a promotion" in run(session_app, "promotion", "list", account).stdout


def test_checks_of_a_gate_are_run_here_and_now(live: Live, session_app: Flask) -> None:
    count = sa.select(sa.func.count()).select_from(ReadinessEvidence)
    before = db.session.scalars(count).one()
    shown = told(session_app, "run-checks", live.account_id, "--gate", "1")
    assert [check["key"] for check in shown["checks"]] == [spec.key for spec in checks_of(Gate.ACCESS)]
    assert all(check["is_open"] for check in shown["checks"])
    assert shown["sentence"].endswith("checks passed.")
    assert db.session.scalars(count).one() > before
    assert "good            source-label" in run(session_app, "run-checks", live.account_id, "--gate", "1").stdout


def test_the_status_is_1_if_a_check_does_not_stand(live: Live, session_app: Flask) -> None:
    shown = told(session_app, "run-checks", live.account_id, status=1)
    assert [check["key"] for check in shown["checks"] if not check["is_open"]] == ["second-approval"]
    account = factories.connector(may_import=False).public_id
    result = run(session_app, "run-checks", account, "--gate", "2", status=1)
    assert "not_run         fields-decided" in result.stdout


def test_promotions_are_listed_and_shown(live: Live, session_app: Flask) -> None:
    (line,) = told(session_app, "promotion", "list", live.account_id)
    assert (line["number"], line["status"], line["is_live"], line["hash"]) == (1, "live", True, live.promotion.packet_hash)
    assert line["requested_by"] != line["approved_by"]
    text = run(session_app, "promotion", "list", live.account_id).stdout
    assert text.startswith(line["public_id"])
    assert f"by {line['requested_by']}, approved by {line['approved_by']}" in text
    shown = told(session_app, "promotion", "show", line["public_id"])
    assert (shown["hash"], shown["packet"]["promotion"]["id"]) == (line["hash"], line["public_id"])
    text = run(session_app, "promotion", "show", line["public_id"]).stdout
    assert "This is the first promotion of the connector." in text
    assert "A second person approved: Somebody other than the one who asked approved exactly this configuration." in text


def test_the_client_edition_names_no_id_and_nobody_but_the_owner(live: Live, session_app: Flask) -> None:
    promotion = live.promotion.public_id
    for text in (
        run(session_app, "promotion", "show", promotion, "--client").stdout,
        run(session_app, "promotion", "show", promotion, "--client", "--json").stdout,
    ):
        assert "Payments received" in text
        assert promotion not in text
        assert live.account_id not in text
        assert live.person(live.people.approver).name not in text


def test_a_packet_verifies_until_somebody_touches_it(live: Live, session_app: Flask) -> None:
    promotion = live.promotion
    public_id, text = promotion.public_id, promotion.packet
    assert f"is as it was frozen: SHA-256 {promotion.packet_hash}." in run(session_app, "promotion", "verify", public_id).stdout
    changed = text.replace('"rule":"month"', '"rule":"year"') if '"rule":"month"' in text else text.replace("Passed", "Failed", 1)
    for tampered, sentences in (
        (changed, ["The packet's text does not fit its hash: one of the two was changed."]),
        ("{", ["The packet's text does not fit its hash", "The packet cannot be read."]),
    ):
        _write(public_id, packet=tampered)
        said = run(session_app, "promotion", "verify", public_id, status=1).stderr
        assert all(sentence in said for sentence in sentences)
    packet = json.loads(text)
    packet["facets"]["retention"]["content"]["record"] = 3650
    forged = json.dumps(packet, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    _write(public_id, packet=forged, packet_hash=promotion_packets.hash_of(forged))
    said = run(session_app, "promotion", "verify", public_id, status=1).stderr
    assert "its content does not fit its digest." in said
    _write(public_id, packet=text, packet_hash=promotion_packets.hash_of(text))
    run(session_app, "promotion", "verify", public_id)


def _write(public_id: str, **values: str) -> None:
    """Past the application."""
    db.session.rollback()
    before = will_write.set(True)
    db.session.execute(sa.update(Promotion).where(Promotion.public_id == public_id).values(**values))
    db.session.commit()
    will_write.reset(before)


def test_what_is_not_there_is_said(live: Live, session_app: Flask) -> None:
    for command in (("readiness",), ("run-checks",), ("promotion", "list")):
        assert "There is no connector" in run(session_app, *command, NOBODY, status=1).stderr
    for name in ("show", "verify"):
        assert "There is no promotion" in run(session_app, "promotion", name, NOBODY, status=1).stderr
    assert "'6' is not one of" in run(session_app, "run-checks", live.account_id, "--gate", "6", status=2).stderr
