"""Reports by mail: when, to whom, once, and with the very figures of the portal."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from app.clock import utc_now
from app.extensions import db
from app.models import AdminTask, DigestFrequency, DigestSending, JobStatus, User
from app.services import digest_periods, digests
from app.services.digests import Due
from app.unit_of_work import transaction
from tests.support import factories, published
from tests.support.mailbox import letters
from tests.support.readers import MONDAY, MONTHLY, OFF, WEEKLY, reader, run, sent_to
from tests.support.statements import heard


@pytest.fixture
def monday(app: Flask) -> Iterator[time_machine.Traveller]:
    with time_machine.travel(MONDAY + timedelta(minutes=5), tick=True) as traveller:
        yield traveller


def periods() -> list[str]:
    db.session.rollback()
    return sorted(db.session.scalars(sa.select(DigestSending.period)))


# When


@pytest.mark.parametrize(
    ("frequency", "zone", "now", "key", "begins"),
    [
        (WEEKLY, "America/Chicago", "2026-11-23T12:59:59", "2026-W47", "2026-11-16T13:00:00"),
        (WEEKLY, "America/Chicago", "2026-11-23T13:00:00", "2026-W48", "2026-11-23T13:00:00"),
        (WEEKLY, "Pacific/Auckland", "2026-11-22T17:59:59", "2026-W47", "2026-11-15T18:00:00"),
        (WEEKLY, "Pacific/Auckland", "2026-11-22T18:00:00", "2026-W48", "2026-11-22T18:00:00"),
        (WEEKLY, "America/Chicago", "2026-11-02T12:59:59", "2026-W44", "2026-10-26T12:00:00"),  # clocks went back between the two
        (WEEKLY, "America/Chicago", "2026-11-02T13:00:00", "2026-W45", "2026-11-02T13:00:00"),
        (WEEKLY, "America/Chicago", "2026-03-09T11:59:59", "2026-W10", "2026-03-02T13:00:00"),  # clocks went forward
        (WEEKLY, "America/Chicago", "2026-03-09T12:00:00", "2026-W11", "2026-03-09T12:00:00"),
        (WEEKLY, "UTC", "2027-01-03T23:00:00", "2026-W53", "2026-12-28T07:00:00"),  # the ISO year is not the calendar's
        (WEEKLY, "UTC", "2027-01-04T07:00:00", "2027-W01", "2027-01-04T07:00:00"),
        (MONTHLY, "America/Chicago", "2026-11-01T12:59:59", "2026-10", "2026-10-01T12:00:00"),
        (MONTHLY, "America/Chicago", "2026-11-01T13:00:00", "2026-11", "2026-11-01T13:00:00"),
        (MONTHLY, "Asia/Kathmandu", "2027-01-01T01:14:59", "2026-12", "2026-12-01T01:15:00"),
        (MONTHLY, "Asia/Kathmandu", "2027-01-01T01:15:00", "2027-01", "2027-01-01T01:15:00"),
        (MONTHLY, "UTC", "2028-02-29T12:00:00", "2028-02", "2028-02-01T07:00:00"),
        (MONTHLY, "UTC", "2026-03-31T12:00:00", "2026-03", "2026-03-01T07:00:00"),
    ],
)
def test_a_period_begins_at_seven_where_the_organization_is(frequency: DigestFrequency, zone: str, now: str, key: str, begins: str) -> None:
    period = digest_periods.newest(frequency, zone=zone, now=datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert (period.key, period.begins_at.isoformat()) == (key, f"{begins}+00:00")


@pytest.mark.parametrize("frequency", [WEEKLY, MONTHLY])
def test_periods_follow_each_other_without_gap_or_overlap(frequency: DigestFrequency) -> None:
    zone, now = "America/Chicago", datetime(2026, 1, 1, tzinfo=UTC)
    period = digest_periods.newest(frequency, zone=zone, now=now)
    keys = [period.key]
    for _ in range(130):
        following = period.after
        assert following.before == period
        assert digest_periods.newest(frequency, zone=zone, now=following.begins_at - timedelta(seconds=1)) == period
        assert digest_periods.newest(frequency, zone=zone, now=following.begins_at) == following
        assert following.begins_at.astimezone(ZoneInfo(zone)).hour == 7
        period = following
        keys.append(period.key)
    assert len(set(keys)) == len(keys)


def test_two_zones_have_two_mornings(app: Flask) -> None:
    friday = MONDAY - timedelta(days=3)
    auckland = reader(of=factories.organization(time_zone="Pacific/Auckland"), changed_at=friday)
    chicago = reader(of=factories.organization(time_zone="America/Chicago"), changed_at=friday)
    with time_machine.travel(datetime(2026, 11, 22, 19, 0, tzinfo=UTC)):  # Monday 08:00 in Auckland, Sunday 13:00 in Chicago
        run()
        assert (len(sent_to(auckland)), len(sent_to(chicago))) == (1, 0)
    with time_machine.travel(MONDAY + timedelta(minutes=1)):
        run()
        assert (len(sent_to(auckland)), len(sent_to(chicago))) == (1, 1)


def test_the_first_report_comes_with_the_next_period_not_at_once(monday: time_machine.Traveller) -> None:
    early = reader(changed_at=MONDAY)
    late = reader(changed_at=MONDAY + timedelta(seconds=1))
    run()
    assert (len(sent_to(early)), len(sent_to(late))) == (1, 0)
    monday.move_to(MONDAY + timedelta(weeks=1))
    run()
    assert (len(sent_to(early)), len(sent_to(late))) == (2, 1)


def test_after_a_long_outage_only_the_newest_comes(monday: time_machine.Traveller) -> None:
    weekly, monthly = reader(), reader(frequency=MONTHLY)
    monday.move_to(MONDAY + timedelta(weeks=20))
    run()
    run()
    assert (len(sent_to(weekly)), len(sent_to(monthly))) == (1, 1)
    assert periods() == ["2027-04", "2027-W15"]


# To whom


def test_who_gets_none(monday: time_machine.Traveller) -> None:
    reader(frequency=OFF)
    reader(has_cards=False)
    gone = reader()
    gone.is_active = False
    factories._save(gone)
    organization = factories.organization()
    factories.member(of=organization)
    published.card(account=factories.connector(of=organization))
    job = run()
    assert (job.status, job.result_note) == (JobStatus.SUCCEEDED, "No report was due.")
    assert letters() == []
    assert periods() == []


def test_somebody_who_ended_it_meanwhile_gets_none(monday: time_machine.Traveller) -> None:
    user = reader()
    (report,) = digests.due(now=utc_now())
    factories._save(*_choices(user, OFF))
    with transaction():
        assert not digests.send(report, now=utc_now())
    assert letters() == []


def _choices(user: User, frequency: DigestFrequency) -> Iterator[object]:
    from app.models import MailChoice

    choice = db.session.get_one(MailChoice, user.id)
    choice.frequency = frequency
    yield choice


def test_the_first_card_brings_the_report_of_the_period_that_runs(monday: time_machine.Traveller) -> None:
    user = reader(has_cards=False)
    run()
    assert sent_to(user) == []
    published.card(account=factories.connector(of=user.membership.organization))
    monday.move_to(MONDAY + timedelta(days=2))
    run()
    run()
    assert len(sent_to(user)) == 1


def test_each_client_reads_the_own_organizations_cards(monday: time_machine.Traveller) -> None:
    mine, foreign = reader(), reader()
    published.card(account=factories.connector(of=mine.membership.organization), title="CANARY-MINE")
    run()
    assert "CANARY-MINE" in sent_to(mine)[0].text
    assert "CANARY-MINE" not in sent_to(foreign)[0].text


def test_who_is_due_is_found_with_two_statements(monday: time_machine.Traveller) -> None:
    for _ in range(3):
        reader()
    db.session.rollback()
    with heard() as statements:
        assert len(digests.due(now=utc_now())) == 3
    assert len(statements.sent) == 2


# Once


def test_however_often_the_job_runs_one_mail_is_sent(monday: time_machine.Traveller) -> None:
    user = reader()
    assert run().result_note == "1 report was put into the mail."
    assert run().result_note == "No report was due."
    monday.move_to(MONDAY + timedelta(days=6, hours=23))
    run()
    assert len(sent_to(user)) == 1
    assert periods() == ["2026-W48"]


def test_to_and_fro_within_a_week_brings_no_second_one(monday: time_machine.Traveller) -> None:
    user = reader()
    run()
    for frequency in (OFF, MONTHLY, WEEKLY):
        factories._save(*_choices(user, frequency))
        run()
    assert [letter.subject.partition(": ")[2] for letter in sent_to(user)] == [
        "weekly report of 23 Nov 2026",
        "monthly report of 1 Nov 2026",
    ]


@pytest.mark.parametrize("step", ["before the row", "after the row", "after the mail"])
def test_killed_anywhere_and_run_again_one_mail_is_sent(monday: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    readers = [reader(), reader()]
    second = readers[1].id
    claim, queue = digests._claim, digests.queue_mail

    def dies(*args: object, **kwargs: object) -> bool:
        report = args[0] if args else None
        is_second = isinstance(report, Due) and report.user_id == second
        if is_second and step == "before the row":
            raise SystemExit
        done = claim(*args, **kwargs)  # type: ignore[arg-type]  # passed on
        if is_second and step == "after the row":
            raise SystemExit
        return done

    def dies_later(**kwargs: object) -> None:
        queue(**kwargs)  # type: ignore[arg-type]  # passed on
        if kwargs["to"] == readers[1].email and step == "after the mail":
            raise SystemExit

    for reader_ in readers:
        db.session.refresh(reader_)
    with monkeypatch.context() as patch:
        patch.setattr(digests, "_claim", dies)
        patch.setattr(digests, "queue_mail", dies_later)
        for report in digests.due(now=utc_now()):
            try:
                with transaction():
                    digests.send(report, now=utc_now())
            except SystemExit:
                break
    db.session.rollback()
    run()
    assert [len(sent_to(each)) for each in readers] == [1, 1]
    assert periods() == ["2026-W48", "2026-W48"]


def test_two_workers_at_once_send_one_mail(app: Flask) -> None:
    with time_machine.travel(MONDAY + timedelta(minutes=5), tick=True):
        user = reader()
        now = utc_now()
        (report,) = digests.due(now=now)
        db.session.rollback()
        gate, done = threading.Barrier(2), []

        def work() -> None:
            with app.app_context():
                gate.wait(30)
                with transaction():
                    done.append(digests.send(report, now=now))

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert sorted(done) == [False, True]
        assert len(sent_to(user)) == 1


def test_one_report_that_cannot_be_written_keeps_no_other_back(monday: time_machine.Traveller) -> None:
    broken, fine = reader(), reader()
    account = factories.connector(of=broken.membership.organization)
    card = published.card(account=account)
    with transaction():  # a card that no release of ours wrote
        db.session.execute(sa.text("UPDATE published_sources SET revision = 2 WHERE account_id = :id"), {"id": account.id})
    row = published.card(account=account, revision=2)
    assert row.id != card.id
    original = digests.section_of

    with pytest.MonkeyPatch.context() as patch:

        def fails(each: object) -> object:
            if getattr(each, "metric_key", "") == row.metric_key:
                raise KeyError("title")
            return original(each)  # type: ignore[arg-type]  # passed on

        patch.setattr(digests, "section_of", fails)
        job = run()
        run()
    assert job.result_note == "1 report was put into the mail. 1 could not be written."
    assert (len(sent_to(broken)), len(sent_to(fine))) == (0, 1)
    tasks = db.session.scalars(sa.select(AdminTask).where(AdminTask.kind == "digest-unwritten")).all()
    assert len(tasks) == 1
    run()
    assert len(sent_to(broken)) == 1
