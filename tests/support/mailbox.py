"""Mails on their way, read as their recipient would."""

import json
import re
from dataclasses import dataclass

import sqlalchemy as sa

from app.extensions import db
from app.models import OutgoingMail
from app.security.crypto import Sealed
from app.services.keys import key_ring
from app.services.mail import place_of


@dataclass(frozen=True)
class Letter:
    to: str
    subject: str
    text: str
    html: str
    is_decoy: bool
    from_name: str = ""
    unsubscribe_url: str = ""

    @property
    def path(self) -> str:
        """Where the mail's link leads, without the host."""
        found = re.search(r"https?://[^/\s]+(/(?:invitation|reset-password)/[\w-]+)", self.text)
        assert found, self.text
        return found.group(1)


def letters(*, to: str | None = None) -> list[Letter]:
    """What waits in the outbox, oldest first."""
    db.session.rollback()
    rows = db.session.scalars(sa.select(OutgoingMail).order_by(OutgoingMail.id)).all()
    found = []
    for row in rows:
        opened = json.loads(key_ring().open(Sealed(row.key_id, row.sealed), place_of(row.public_id)))
        found.append(Letter(**opened, is_decoy=row.is_decoy))
    db.session.rollback()  # on SQLite a test that goes on holding its transaction would lock the application out
    return [letter for letter in found if to is None or letter.to == to]


def newest_letter(*, to: str) -> Letter:
    return letters(to=to)[-1]
