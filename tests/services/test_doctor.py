"""What flask doctor says about everything but the databases; those have a file of their own."""

import base64
import json
import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from pydantic import SecretStr
from redis import Redis

from app.clock import utc_now
from app.extensions import prepare_engine
from app.models import JobStatus, OutgoingMail, ProcessBeat, TrafficMark
from app.services import marks
from app.services.doctor import CHECKS, Level, Setup, examine, files
from tests.support import factories
from tests.support.databases import KEY_RING, PASSWORD, SqliteFiles
from tests.support.doctor import FLAGS, changed, levels, look, setup_of, text


@pytest.fixture
def setup(app: Flask) -> Setup:
    return setup_of(app)


def test_keys_of_checks_are_unique_and_every_module_is_registered() -> None:
    assert len({check.key for check in CHECKS}) == len(CHECKS)
    modules = {path.stem for path in Path(files.__file__).parent.glob("*.py")} - {"__init__", "finding", "registry"}
    assert {check.look.__module__.rpartition(".")[2] for check in CHECKS} == modules


def test_a_sound_installation_on_a_server_has_no_danger(setup: Setup) -> None:
    marks.ensure_marks()
    report = examine(setup)
    assert report.of(Level.DANGER) == []
    assert {finding.check for finding in report.findings} == {check.key for check in CHECKS}
    assert all(bool(finding.remedy) is (finding.level is not Level.OK) for finding in report.findings)


def test_a_sound_embedded_installation_has_no_danger(setup: Setup, tmp_path: Path, sqlite_files: SqliteFiles) -> None:
    urls = sqlite_files.copy_to(tmp_path)
    engines = [sa.create_engine(url, poolclass=sa.NullPool) for url in urls.runtime]
    for engine in engines:
        prepare_engine(engine)
    report = examine(replace(setup, app_engine=engines[0], traffic_engine=engines[1]))
    assert report.of(Level.DANGER) == []
    unguarded = [sa.create_engine(url, poolclass=sa.NullPool) for url in urls.runtime]
    found = look("privileges", replace(setup, app_engine=unguarded[0], traffic_engine=unguarded[1]))
    assert [finding.level for finding in found] == [Level.DANGER] * 2


def test_a_check_that_breaks_stops_no_other_and_tells_no_password(setup: Setup) -> None:
    broken = sa.create_engine(f"mysql+pymysql://nobody:{PASSWORD}@127.0.0.1:1/fivegate", poolclass=sa.NullPool)
    report = examine(replace(setup, app_engine=broken))
    assert {finding.check for finding in report.findings} == {check.key for check in CHECKS}
    assert "This could not be checked (OperationalError 2003)." in text(report.of(Level.DANGER))
    assert PASSWORD not in repr(report)


# keys


def sealed_mail(key_id: str) -> None:
    factories._save(OutgoingMail(sealed=b"x", key_id=key_id, due_at=utc_now()))


def test_secrets_under_older_and_lost_keys_are_told(setup: Setup) -> None:
    assert levels("key-ring", setup) == ["ok"]
    sealed_mail("k1")
    newer = "k2:" + base64.b64encode(b"2" * 32).decode()
    older = look("key-ring", changed(setup, key_ring=SecretStr(f"{newer},{KEY_RING}")))
    assert [(finding.level.value, finding.remedy) for finding in older] == [("warning", "flask rotate-keys")]
    lost = look("key-ring", changed(setup, key_ring=SecretStr(newer)))
    assert [finding.level.value for finding in lost] == ["danger"]
    assert "k1 (1 stored secret)" in lost[0].sentence


@pytest.mark.parametrize("ring", ["", "k1", "k1:AAAA"])
def test_a_ring_that_cannot_be_read_is_a_danger(ring: str, setup: Setup) -> None:
    assert levels("key-ring", changed(setup, key_ring=SecretStr(ring))) == ["danger"]


def test_a_short_secret_key_is_a_danger(setup: Setup) -> None:
    assert levels("secret-key", changed(setup, secret_key=SecretStr("short"))) == ["danger"]
    assert levels("secret-key", setup) == ["ok"]


# the web part


def test_a_debugger_is_worse_in_production(setup: Setup) -> None:
    debugging = replace(setup, web=replace(FLAGS, debug=True))
    assert levels("debug", setup) == ["ok"]
    assert levels("debug", debugging) == ["warning"]
    assert levels("debug", changed(debugging, production=True)) == ["danger"]


@pytest.mark.parametrize(
    ("flags", "production", "wanted"),
    [
        ({}, False, ["ok"]),
        ({}, True, ["danger"]),
        ({"cookie_secure": True}, True, ["ok"]),
        ({"cookie_http_only": False, "cookie_secure": True}, True, ["danger"]),
        ({"cookie_same_site": None, "cookie_secure": True}, True, ["danger"]),
    ],
)
def test_cookie_flags(flags: dict[str, object], production: bool, wanted: list[str], setup: Setup) -> None:
    assert levels("cookies", replace(changed(setup, production=production), web=replace(FLAGS, **flags))) == wanted  # type: ignore[arg-type]


def test_an_installation_for_trying_out_that_others_reach_is_a_danger(setup: Setup) -> None:
    assert levels("environment", setup) == ["ok", "ok"]
    assert levels("environment", changed(setup, public_url="http://portal.example.com")) == ["danger", "ok"]
    assert levels("environment", changed(setup, production=True)) == ["ok", "ok"]
    assert levels("environment", changed(setup, production=True, staff_second_factor=False)) == ["ok", "danger"]


# the queue


@pytest.mark.parametrize(
    ("url", "wanted", "in_production"),
    [
        ("redis://queue.example.com:6379/0", "warning", "danger"),
        ("redis://127.0.0.1:6379/0", "warning", "danger"),
        ("redis://:pw@127.0.0.1:6379/0", "ok", "ok"),
        ("redis://:pw@queue.example.com:6379/0", "warning", "warning"),
        ("rediss://:pw@queue.example.com:6379/0", "ok", "ok"),
        ("unix:///nonexistent/socket", "warning", "danger"),
    ],
)
def test_who_can_write_to_the_queue(url: str, wanted: str, in_production: str, setup: Setup) -> None:
    assert levels("queue", changed(setup, redis_url=SecretStr(url))) == ["ok", wanted]
    assert levels("queue", changed(setup, redis_url=SecretStr(url), production=True)) == ["ok", in_production]


def test_a_socket_is_safe_if_it_or_its_directory_is_closed(setup: Setup, tmp_path: Path) -> None:
    path = tmp_path / "inner" / "v"
    path.parent.mkdir()
    path.touch()
    with_socket = changed(setup, redis_url=SecretStr(f"unix://{path}?socket_timeout=5"))
    for mode, directory, wanted in ((0o700, 0o755, "ok"), (0o777, 0o700, "ok"), (0o777, 0o755, "warning")):
        path.chmod(mode)
        path.parent.chmod(directory)
        assert levels("queue", with_socket) == ["ok", wanted]


def test_a_queue_that_is_away_is_told(setup: Setup) -> None:
    with Redis.from_url("unix:///nonexistent/valkey", socket_connect_timeout=1) as away:
        assert levels("queue", replace(setup, redis=away))[0] == "warning"
        assert levels("queue", replace(changed(setup, production=True), redis=away))[0] == "danger"


# processes, jobs, mails


def test_beats_of_worker_and_scheduler(setup: Setup) -> None:
    assert levels("processes", setup) == ["warning", "warning"]
    assert levels("processes", changed(setup, production=True)) == ["danger", "danger"]
    factories._save(ProcessBeat(name="a:1", role="worker", beat_at=utc_now()))
    factories._save(ProcessBeat(name="a:2", role="scheduler", beat_at=utc_now() - timedelta(minutes=3)))
    assert levels("processes", setup) == ["ok", "warning"]


def test_jobs_that_nobody_takes_are_told(setup: Setup) -> None:
    factories.job()
    factories.job(status=JobStatus.RUNNING, leased_until=utc_now())
    assert levels("jobs", setup) == ["ok"]
    long_ago = utc_now() - timedelta(hours=1)
    factories.job(status=JobStatus.RUNNING, leased_until=long_ago)
    factories.job(due_at=long_ago)
    factories.job(status=JobStatus.PARKED, due_at=long_ago, open_key=None)
    assert levels("jobs", setup) == ["danger", "warning", "warning"]


def test_mails_that_do_not_leave_are_told_and_decoys_are_not(setup: Setup) -> None:
    long_ago = utc_now() - timedelta(hours=1)
    factories._save(OutgoingMail(sealed=b"", key_id="k1", due_at=long_ago, is_decoy=True))
    factories._save(OutgoingMail(sealed=b"", key_id="k1", due_at=utc_now()))
    assert levels("mails", setup) == ["ok"]
    factories._save(OutgoingMail(sealed=b"", key_id="k1", due_at=long_ago))
    factories._save(OutgoingMail(sealed=b"", key_id="k1", due_at=long_ago, gave_up_at=utc_now()))
    assert levels("mails", setup) == ["warning", "warning"]


def test_a_mail_server(setup: Setup) -> None:
    assert levels("mail-server", setup) == ["ok"]
    assert levels("mail-server", changed(setup, production=True)) == ["warning"]
    assert levels("mail-server", changed(setup, production=True, smtp_host="smtp.example.com")) == ["ok"]
    assert levels("mail-server", changed(setup, smtp_host="smtp.example.com", smtp_starttls=False)) == ["warning"]


# files


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    made = tmp_path / "data"
    made.mkdir(mode=0o700)
    return made


def test_modes_of_the_data_directory(setup: Setup, directory: Path) -> None:
    with_directory = changed(setup, data_dir=directory)
    assert levels("data-directory", with_directory) == ["ok"]
    (directory / "keys.json").touch(mode=0o600)
    assert levels("data-directory", with_directory) == ["ok"]
    os.chmod(directory / "keys.json", 0o644)  # noqa: PTH101
    assert levels("data-directory", with_directory) == ["danger", "ok"]
    directory.chmod(0o755)
    assert levels("data-directory", with_directory) == ["danger", "warning"]
    assert levels("data-directory", changed(setup, data_dir=directory / "nowhere")) == ["danger"]


def test_room_on_the_disk(setup: Setup, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_directory = changed(setup, data_dir=directory)
    assert levels("disk", with_directory) == ["ok"]
    monkeypatch.setattr(files, "LITTLE_ROOM", 2**62)
    assert levels("disk", with_directory) == ["warning"]
    monkeypatch.setattr(files, "NO_ROOM", 2**62)
    assert levels("disk", with_directory) == ["danger"]


# the command


def test_the_command_prints_sentences_and_what_mends_them(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["doctor"])
    assert result.exit_code == 0, result.output
    assert "WARNING   Databases belong together: Neither is marked yet" in result.output
    assert "          → flask mark-databases" in result.output
    assert result.output.strip().splitlines()[-1].endswith("Each line above that begins with → mends one.")


def test_the_command_prints_json_and_fails_on_a_danger(app: Flask) -> None:
    factories._save(TrafficMark(installation_id="theirs", created_at=utc_now()))
    result = app.test_cli_runner().invoke(args=["doctor", "--json"])
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert {tuple(sorted(finding)) for finding in found} == {("check", "level", "remedy", "sentence", "title")}
    assert [finding["check"] for finding in found if finding["level"] == "danger"] == ["marks"]
