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
from app.services.contrast import brand_of
from app.services.errors import InvalidField
from app.services.mail import MAX_ATTEMPTS, deliver_due, has_due, queue_mail
from app.unit_of_work import transaction
from tests.support import factories
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


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Bright Reports", "Bright Reports"),
        ("Müller & Söhne", "Müller & Söhne"),
        ('Evil" <ceo@bank.example>, "', 'Evil" <ceo@bank.example>, "'),
        ("Acme\r\nBcc: all@example.com", "Acme Bcc: all@example.com"),
        ("Acme\nSubject: Win", "Acme Subject: Win"),
        ("Tab\there\x00\x07", "Tab here"),
        ("=?utf-8?q?Hidden=0D=0ABcc:_x?=", "= ?utf-8?q?Hidden=0D=0ABcc:_x?="),
        ("a@b.example", "a@b.example"),
        ("ceo@bank.example <x", "ceo@bank.example <x"),
        ("x" * 60, "x" * 60),
    ],
)
def test_the_portals_name_is_the_senders_and_smuggles_nothing_in(mail_dir: Path, name: str, shown: str) -> None:
    organization = factories.organization(portal_name=name, name=f"Acme\r\nBcc: all@example.com {name[:10]}")
    with transaction():
        queue_mail(
            to="ana@example.com", subject=f"For {organization.name}", template="password_reset", context=CONTEXT, organization=organization
        )
    assert deliver_due(now=utc_now()) == 1
    (file,) = mail_dir.iterdir()
    message = read(file)
    (sender,) = message["From"].addresses
    assert (sender.display_name, sender.addr_spec) == (shown, "fivegate@localhost.localdomain")
    assert message["To"] == "ana@example.com"
    assert message["Bcc"] is None
    assert len(message.get_all("Subject")) == 1
    assert len(message.get_all("From")) == 1


def test_mails_to_clients_wear_the_portals_name_and_color_and_those_to_staff_do_not(app: Flask) -> None:
    organization = factories.organization(name="Acme <Heating>", portal_name="Bright & Co", brand_color="#ffe000")
    with transaction():
        queue_mail(to="ana@example.com", subject="x", template="password_reset", context=CONTEXT, organization=organization)
        queue_mail(to="sol@example.com", subject="x", template="password_reset", context=CONTEXT)
    client, staff = letters(to="ana@example.com")[0], letters(to="sol@example.com")[0]
    shade = brand_of("#ffe000").light
    assert shade.color != "#ffe000"
    assert f"background-color: {shade.color}; color: {shade.ink}" in client.html
    assert "asked for a new password for Bright &amp; Co" in client.html
    assert "Sent by Bright &amp; Co to clients of Acme &lt;Heating&gt;" in client.html
    assert "asked for a new password for Bright & Co." in client.text
    assert client.text.endswith("\nSent by Bright & Co to clients of Acme <Heating>, http://localhost\n")
    assert "Fivegate" not in client.text + client.html
    assert client.from_name == "Bright & Co"
    assert "<img" not in client.html
    assert "style=" not in staff.html
    assert staff.text.endswith("\nFivegate, http://localhost\n")
    assert staff.from_name == ""


def test_a_portal_without_a_name_of_its_own_is_called_as_the_settings_say(mail_dir: Path) -> None:
    organization = factories.organization(name="Acme")
    with transaction():
        queue_mail(to="ana@example.com", subject="x", template="password_reset", context=CONTEXT, organization=organization)
    letter = letters()[0]
    deliver_due(now=utc_now())
    assert read(next(mail_dir.iterdir()))["From"] == "Fivegate <fivegate@localhost.localdomain>"
    assert "Sent by Fivegate to clients of Acme" in letter.text


def test_a_long_address_that_ends_mails_stays_whole(mail_dir: Path) -> None:
    url = f"https://portal.example.com/mail/unsubscribe/{'A' * 200}"
    with transaction():
        queue_mail(to="ana@example.com", subject="x", template="password_reset", context=CONTEXT, unsubscribe_url=url)
    deliver_due(now=utc_now())
    raw = next(mail_dir.iterdir()).read_bytes()
    assert f"\r\nList-Unsubscribe: <{url}>\r\n".encode() in raw
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw
    assert b"List-Unsubscribe" not in b"".join(line for line in raw.splitlines() if line.startswith(b"Subject"))


def test_the_address_reaches_a_mail_server_whole_as_well(app: Flask) -> None:
    url = f"https://portal.example.com/mail/unsubscribe/{'A' * 200}"
    with transaction():
        queue_mail(to="ana@example.com", subject="x", template="password_reset", context=CONTEXT, unsubscribe_url=url)
    with mail_server() as server, using(app, **smtp(server)):
        assert deliver_due(now=utc_now()) == 1
    assert f"List-Unsubscribe: <{url}>" in server.received[0]


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
