"""The outbox: sealed rows, delivery with nothing open, attempts that end."""

import email
import email.policy
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from app import nudge
from app.clock import utc_now
from app.config import Settings
from app.extensions import db
from app.models import AdminTask, OutgoingMail, TaskStatus
from app.queue import QueueClass
from app.services import installation
from app.services.errors import InvalidField
from app.services.mail import MAX_ATTEMPTS, deliver_due, has_due, queue_mail
from app.unit_of_work import transaction
from tests.support.mail_server import MailServer, mail_server
from tests.support.mailbox import letters

CONTEXT: dict[str, object] = {"name": "Ana", "url": "http://localhost/reset-password/x"}


def queue(to: str = "ana@example.com", subject: str = "A new password for Fivegate", **kwargs: bool) -> None:
    with transaction():
        queue_mail(to=to, subject=subject, template="password_reset", context=CONTEXT, **kwargs)


def rows() -> list[OutgoingMail]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(OutgoingMail).order_by(OutgoingMail.id)))


@pytest.fixture
def mail_dir(app: Flask, tmp_path: Path) -> Iterator[Path]:
    with using(app, data_dir=tmp_path) as settings:
        yield settings.mail_dir


@contextmanager
def using(app: Flask, **changes: object) -> Iterator[Settings]:
    """Other settings for mails, until the end of the block."""
    former: Settings = app.extensions["fivegate.settings"]
    settings = former.model_copy(update=changes)
    installation.use_settings(settings)
    yield settings
    installation.use_settings(former)


def smtp(server: MailServer, **changes: object) -> dict[str, object]:
    return {"smtp_host": "127.0.0.1", "smtp_port": server.port, "smtp_starttls": False, **changes}


def read(path: Path) -> EmailMessage:
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_a_mail_waits_sealed_and_nudges_after_the_commit(app: Flask) -> None:
    queue()
    row = rows()[0]
    for text in (b"ana@example.com", b"reset-password", b"new password"):
        assert text not in row.sealed
    assert letters()[0].to == "ana@example.com"
    assert nudge.rq_queue(QueueClass.INTERACTIVE, app.extensions[nudge.EXTENSION]).count == 1


def test_what_is_undone_is_not_sent(app: Flask) -> None:
    with suppress(RuntimeError), transaction():
        queue_mail(to="ana@example.com", subject="x", template="password_reset", context=CONTEXT)
        raise RuntimeError
    assert rows() == []


def test_without_a_mail_server_a_mail_becomes_a_file_for_us_alone(mail_dir: Path) -> None:
    queue()
    public_id = rows()[0].public_id
    assert has_due(now=utc_now())
    assert deliver_due(now=utc_now()) == 1
    assert not has_due(now=utc_now())
    assert rows() == []
    (file,) = mail_dir.iterdir()
    assert file.name.endswith(f"-{public_id}.eml")
    assert "ana" not in file.name
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(mail_dir.stat().st_mode) == 0o700
    message = read(file)
    assert message["To"] == "ana@example.com"
    assert message["Subject"] == "A new password for Fivegate"
    assert public_id in message["Message-ID"]
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert "http://localhost/reset-password/x" in plain.get_content()
    assert 'href="http://localhost/reset-password/x"' in html.get_content()


def test_decoys_go_nowhere(mail_dir: Path) -> None:
    queue(is_decoy=True)
    assert deliver_due(now=utc_now()) == 0
    assert rows() == []
    assert not mail_dir.exists()


def test_a_mail_server_gets_the_mail(app: Flask) -> None:
    queue()
    with mail_server() as server, using(app, **smtp(server)):
        assert deliver_due(now=utc_now()) == 1
    assert "To: ana@example.com" in server.received[0]
    assert "multipart/alternative" in server.received[0]
    assert rows() == []


def test_a_server_without_encryption_gets_nothing_where_encryption_is_demanded(app: Flask) -> None:
    queue()
    with mail_server() as server, using(app, **smtp(server, smtp_starttls=True)):
        assert deliver_due(now=utc_now()) == 0
    assert server.received == []
    assert "does not offer" in rows()[0].error_note


def test_refused_mails_wait_longer_each_time_and_are_given_up_with_a_task(app: Flask) -> None:
    queue()
    now, waits = utc_now(), []
    with mail_server(RCPT="550 ana@example.com is unknown here") as server, using(app, **smtp(server)):
        for _ in range(MAX_ATTEMPTS):
            assert deliver_due(now=now) == 0
            row = rows()[0]
            waits.append(int((row.due_at - now).total_seconds()))
            now = row.due_at + timedelta(seconds=1)
        assert deliver_due(now=now + timedelta(days=1)) == 0
    row = rows()[0]
    assert waits[:4] == [60, 120, 240, 480]
    assert row.attempts == MAX_ATTEMPTS
    assert row.gave_up_at is not None
    assert row.error_note == "The mail server refused the recipient."
    (task,) = db.session.scalars(sa.select(AdminTask)).all()
    assert task.status is TaskStatus.OPEN
    assert "ana" not in task.detail


@pytest.mark.parametrize(
    ("answers", "note"),
    [
        ({"MAIL": "451 try later"}, "answered with error 451"),
        ({"EHLO": "500 no", "HELO": "500 no"}, "answered with error 500"),
        ({"DATA": "554 ana@example.com: spam"}, "answered with error 554"),
    ],
)
def test_a_servers_words_are_not_repeated(app: Flask, answers: dict[str, str], note: str) -> None:
    queue()
    with mail_server(**answers) as server, using(app, **smtp(server)):
        assert deliver_due(now=utc_now()) == 0
    assert note in rows()[0].error_note
    assert "example.com" not in rows()[0].error_note


def test_a_server_that_is_not_there(app: Flask) -> None:
    queue()
    with using(app, smtp_host="127.0.0.1", smtp_port=1):
        assert deliver_due(now=utc_now()) == 0
    assert "could not be reached" in rows()[0].error_note


def test_one_bad_mail_does_not_stop_the_others(app: Flask, mail_dir: Path) -> None:
    queue()
    queue(to="ben@example.com")
    db.session.execute(sa.update(OutgoingMail).where(OutgoingMail.id == rows()[0].id).values(sealed=b"x" * 60))
    db.session.commit()
    assert deliver_due(now=utc_now()) == 1
    (left,) = rows()
    assert left.error_note == "The mail could not be decrypted."
    assert len(list(mail_dir.iterdir())) == 1


def test_a_mail_whose_worker_died_is_taken_up_when_its_lease_is_over(mail_dir: Path) -> None:
    queue()
    now = utc_now()
    db.session.execute(sa.update(OutgoingMail).values(leased_until=now + timedelta(minutes=3), attempts=1))
    db.session.commit()
    assert not has_due(now=now)
    assert deliver_due(now=now) == 0
    assert deliver_due(now=now + timedelta(minutes=4)) == 1


def test_two_workers_send_each_mail_once(app: Flask, mail_dir: Path) -> None:
    for number in range(6):
        queue(to=f"person{number}@example.com")
    sent: list[int] = []
    barrier = threading.Barrier(2)

    def work() -> None:
        with app.app_context():
            barrier.wait()
            sent.append(deliver_due(now=utc_now()))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(sent) == 6
    assert len(list(mail_dir.iterdir())) == 6


@pytest.mark.parametrize(
    "address",
    ["", "ana", "a@b, c@d", "Ana <ana@example.com>", "a@b\nBcc: all@example.com", "a@b\r\nX: y", "a b@example.com", "a@b@c", "a@b;c"],
)
def test_addresses_that_could_smuggle_something_in_are_refused(app: Flask, address: str) -> None:
    with pytest.raises(InvalidField), transaction():
        queue_mail(to=address, subject="x", template="password_reset", context=CONTEXT)
    assert rows() == []


def test_a_subject_cannot_bring_a_header_along(app: Flask, mail_dir: Path) -> None:
    """Names of organizations stand in subjects."""
    queue(subject="Your invitation to Acme\r\nBcc: all@example.com’s portal")
    assert deliver_due(now=utc_now()) == 1
    message = read(next(mail_dir.iterdir()))
    assert message["Bcc"] is None


def test_names_are_text_in_html_mails(mail_dir: Path) -> None:
    with transaction():
        queue_mail(
            to="ana@example.com",
            subject="<b>",
            template="invitation",
            context={"name": "<b>Ana</b>", "url": "u", "organization": "A & B", "days": 7},
        )
    (letter,) = letters()
    assert "<b>Ana</b>" in letter.text
    assert "&lt;b&gt;Ana&lt;/b&gt;" in letter.html
    assert "A & B" in letter.text
    assert "A &amp; B" in letter.html
