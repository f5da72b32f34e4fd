"""Mails: is there a server for them, and do they leave?"""

from collections.abc import Iterator
from datetime import timedelta

import sqlalchemy as sa

from app.models import OutgoingMail
from app.services.doctor.finding import Finding, Setup, ok, warning
from app.services.doctor.web import LOOPBACK

LATE_AFTER = timedelta(minutes=15)


def look_at_mails(setup: Setup) -> Iterator[Finding]:
    title = "Mails on their way"
    real = OutgoingMail.is_decoy.is_(False)
    given_up = sa.select(sa.func.count()).where(real, OutgoingMail.gave_up_at.is_not(None))
    late = sa.select(sa.func.count()).where(real, OutgoingMail.gave_up_at.is_(None), OutgoingMail.due_at < setup.now() - LATE_AFTER)
    with setup.app_engine.connect() as connection:
        lost, waiting = (int(connection.scalar(query) or 0) for query in (given_up, late))
    if lost:
        sentence = f"{_mails(lost)} could not be delivered and were given up."
        yield warning(title, sentence, "Mend the mail server, then send these invitations and links again.")
    if waiting:
        yield warning(title, f"{_mails(waiting)} have been due for more than a quarter of an hour.", "Start flask worker.")
    if not lost and not waiting:
        yield ok(title, "None is late or given up.")


def _mails(number: int) -> str:
    return "1 mail" if number == 1 else f"{number} mails"


def look_at_server(setup: Setup) -> Iterator[Finding]:
    title, settings = "Mail server", setup.settings
    if not settings.smtp_host:
        sentence = f"None is named: mails are written into {settings.mail_dir}."
        if settings.is_production:
            yield warning(title, f"{sentence} Nobody gets an invitation.", "Set FIVEGATE_SMTP_HOST, _PORT, _USER and _PASSWORD.")
        else:
            yield ok(title, sentence)
    elif not settings.smtp_starttls and settings.smtp_host not in LOOPBACK:
        yield warning(title, "Mails with links that sign people in travel unencrypted.", "FIVEGATE_SMTP_STARTTLS=true")
    else:
        yield ok(title, "Named" + (", and spoken to in encryption." if settings.smtp_starttls else ", on this machine."))
