"""What Prometheus reads: the health page's figures, for the own networks alone, without anybody's name."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.clock import utc_now
from app.config import Settings, Surface, unreadable_value
from app.models import ConnectorState, JobStatus, OutgoingMail, ProcessBeat, ProcessLease
from app.queue import JobKind, QueueClass
from app.services import exposition
from app.services.health_figures import Figures, wanted_revisions
from tests.support import factories
from tests.support.apps import another_app
from tests.support.client import PageClient
from tests.support.databases import Accounts, settings_for

PATH = "/metrics"
CANARY = "canary-8f2d"
_SAMPLE = re.compile(r"([a-z_]+)(?:\{(.*)\})? (\S+)")
_LABEL = re.compile(r'([a-z_]+)="((?:[^"\\]|\\.)*)"')
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def parsed(text: str) -> Samples:
    """Text format 0.0.4: each family is described before its samples, and no sample is there twice."""
    samples: Samples = {}
    described: dict[str, set[str]] = {}
    assert text.endswith("\n")
    for line in text.splitlines():
        if line.startswith("# "):
            _, what, name, words = line.split(" ", 3)
            assert words
            assert what not in described.setdefault(name, set())
            described[name].add(what)
            continue
        match = _SAMPLE.fullmatch(line)
        assert match, line
        name, labels, value = match.groups()
        assert described[name] == {"HELP", "TYPE"}, line
        pairs = _LABEL.findall(labels or "")
        assert ",".join(f'{key}="{text}"' for key, text in pairs) == (labels or "")
        assert (name, tuple(pairs)) not in samples
        samples[name, tuple(pairs)] = float(value)
    return samples


def read(client: FlaskClient) -> Samples:
    response = client.get(PATH)
    assert response.status_code == 200
    assert response.content_type == "text/plain; version=0.0.4; charset=utf-8"
    return parsed(response.text)


def labelled(samples: Samples, name: str) -> dict[str, float]:
    return {"/".join(text for _key, text in labels): value for (found, labels), value in samples.items() if found == name}


def test_the_parser_refuses_what_is_no_exposition() -> None:
    for bad in (
        "x 1\n",
        "# HELP x y\n# TYPE x gauge\nx{a=b} 1\n",
        "# HELP x y\n# TYPE x gauge\nx 1\nx 1\n",
        "# HELP x y\n# TYPE x gauge\nx 1",
    ):
        with pytest.raises((AssertionError, KeyError)):
            parsed(bad)


def test_an_empty_installation(client: FlaskClient) -> None:
    samples = read(client)
    assert labelled(samples, "fivegate_workers") == {"": 0}
    assert labelled(samples, "fivegate_scheduler_up") == {"": 0}
    assert labelled(samples, "fivegate_database_up") == {"app": 1, "traffic": 1}
    assert labelled(samples, "fivegate_queue_age_seconds") == {queue.value: 0 for queue in QueueClass}
    assert labelled(samples, "fivegate_connectors") == {state.value: 0 for state in ConnectorState}
    assert labelled(samples, "fivegate_disk_free_bytes").keys() == {"data", "files"}
    assert all(value > 0 for value in labelled(samples, "fivegate_disk_free_bytes").values())
    assert labelled(samples, "fivegate_build_info") == {f"{','.join(sorted(wanted_revisions()))}/0.1.0": 1}
    # What never happened has no instant: no alert rule may take it for 1970.
    assert labelled(samples, "fivegate_last_purge_timestamp_seconds") == {}


def test_figures_of_an_installation_at_work(client: FlaskClient) -> None:
    now = utc_now()
    factories._save(ProcessBeat(name="host:1", role="worker", queues="interactive,watch", beat_at=now))
    factories._save(ProcessBeat(name="host:2", role="worker", queues="interactive", beat_at=now))
    factories._save(ProcessBeat(name="host:3", role="worker", queues="import", beat_at=now - timedelta(minutes=5)))
    factories._save(ProcessBeat(name="host:4", role="scheduler", beat_at=now))
    factories._save(ProcessLease(name="scheduler", holder="host:4", leased_until=now + timedelta(seconds=30)))
    factories.job(due_at=now - timedelta(minutes=5))
    factories.job(status=JobStatus.PARKED, open_key=None)
    factories.job(kind="of_another_release", status=JobStatus.FAILED, open_key=None)
    factories._save(OutgoingMail(sealed=b"", key_id="k1", due_at=now - timedelta(minutes=2)))
    kind = JobKind.VERIFY_AUDIT
    factories.job(
        kind=kind.value,
        account_id=None,
        organization_id=None,
        open_key=None,
        status=JobStatus.SUCCEEDED,
        finished_at=now,
        counts='{"bad": 1}',
    )
    samples = read(client)
    assert labelled(samples, "fivegate_workers") == {"": 2}
    assert labelled(samples, "fivegate_queue_workers") == {"interactive": 2, "import": 0, "watch": 1}
    assert labelled(samples, "fivegate_scheduler_up") == {"": 1}
    assert 300 <= labelled(samples, "fivegate_queue_age_seconds")["interactive"] < 400
    assert labelled(samples, "fivegate_jobs") == {"check_access/queued": 1, "check_access/parked": 1, "other/failed": 1}
    assert labelled(samples, "fivegate_mail_waiting") == {"": 1}
    assert 120 <= labelled(samples, "fivegate_mail_age_seconds")[""] < 220
    assert labelled(samples, "fivegate_last_audit_verification_timestamp_seconds")[""] == pytest.approx(now.timestamp(), abs=0.01)
    assert labelled(samples, "fivegate_last_audit_verification_bad") == {"": 1}
    assert labelled(samples, "fivegate_connectors")["preparing"] == 4


def test_nobodys_name_is_in_it(client: FlaskClient) -> None:
    organization = factories.organization(name=f"{CANARY} Roofing", slug=CANARY)
    person = factories.staff(name=f"{CANARY} Person", email=f"{CANARY}@example.com")
    factories.member(of=organization, name=f"{CANARY} Client")
    account = factories.connector(of=organization, source_label=f'{CANARY} "Source"\n', owner_id=person.id)
    factories.job(account=account, kind=f"{CANARY}-kind", status=JobStatus.FAILED, open_key=None, error_note=CANARY, progress_note=CANARY)
    factories._save(ProcessBeat(name=f"{CANARY}-host:1", role="worker", queues=f"{CANARY}", beat_at=utc_now()))
    text = client.get(PATH).text
    assert CANARY not in text
    assert account.public_id not in text
    assert labelled(parsed(text), "fivegate_jobs") == {"other/failed": 1}
    known = {each.value for kind in (QueueClass, JobKind, JobStatus, ConnectorState) for each in kind}
    words = {value for (name, labels) in parsed(text) if name != "fivegate_build_info" for _key, value in labels}
    assert words - known <= {"app", "traffic", "data", "files", "other"}


def test_what_is_not_known_is_left_out() -> None:
    away = Figures(utc_now(), {"app": False, "traffic": False}, {"app": None, "traffic": None}, free={"data": None})
    samples = parsed(exposition.exposition_of(away))
    assert labelled(samples, "fivegate_database_up") == {"app": 0, "traffic": 0}
    assert {name for name, _labels in samples} == {"fivegate_build_info", "fivegate_database_up"}


# Who may read it


def status_from(client: FlaskClient, address: str, **headers: str) -> int:
    return client.get(PATH, environ_base={"REMOTE_ADDR": address}, headers=headers).status_code


def test_by_default_this_machine_alone(client: FlaskClient) -> None:
    assert {status_from(client, each) for each in ("127.0.0.1", "127.8.0.1", "::1", "::ffff:127.0.0.1")} == {200}
    refused = ("10.0.0.1", "192.168.1.5", "::ffff:10.0.0.1", "2001:db8::1", "", "unix:", "x" * 100_000)
    assert {status_from(client, each) for each in refused} == {404}


def test_whoever_is_behind_a_proxy_that_nobody_trusts_is_not_known(client: FlaskClient) -> None:
    """A proxy on this machine passes everybody on from 127.0.0.1."""
    assert status_from(client, "127.0.0.1", **{"X-Forwarded-For": "127.0.0.1"}) == 404
    assert status_from(client, "127.0.0.1", Forwarded="for=127.0.0.1") == 404


def test_networks_that_the_settings_name(app: Flask, accounts: Accounts, tmp_path: Path) -> None:
    networks = "10.20.0.0/16, 2001:db8::/32"
    with another_app(settings_for(accounts, data_dir=tmp_path, metrics_networks=networks, trusted_proxies=1)) as other:
        client = PageClient.of(other)
        assert status_from(client, "10.20.3.4") == 200
        assert status_from(client, "2001:db8::7") == 200
        assert status_from(client, "127.0.0.1") == 404
        # The trusted proxy says who asks; what that one claims of itself stands before it and counts for nothing.
        assert status_from(client, "127.0.0.1", **{"X-Forwarded-For": "10.20.3.4"}) == 200
        assert status_from(client, "10.20.3.4", **{"X-Forwarded-For": "10.20.3.4, 203.0.113.9"}) == 404


def test_no_network_at_all(app: Flask, accounts: Accounts, tmp_path: Path) -> None:
    with another_app(settings_for(accounts, data_dir=tmp_path, metrics_networks="none")) as other:
        assert status_from(PageClient.of(other), "127.0.0.1") == 404


def test_a_portal_has_no_figures(app: Flask, accounts: Accounts, tmp_path: Path) -> None:
    with another_app(settings_for(accounts, data_dir=tmp_path, surface=Surface.PORTAL)) as portal:
        assert status_from(PageClient.of(portal), "127.0.0.1") == 404
        assert PATH not in {rule.rule for rule in portal.url_map.iter_rules()}


@pytest.mark.parametrize("networks", ["everybody", "10.0.0.0/99", "10.0.0.1/8", "127.0.0.0/8;::1"])
def test_what_is_no_network_stops_the_start(networks: str) -> None:
    made = Settings.model_construct(**{**Settings.model_construct().model_dump(), "metrics_networks": networks})
    problem = unreadable_value(made)
    assert problem.startswith("FIVEGATE_METRICS_NETWORKS has to be a list of networks")
    assert networks not in problem
