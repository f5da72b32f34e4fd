"""Mails: put into the outbox with what caused them, sent by the worker after the commit.

The row is sealed as a whole, since texts hold links that sign people in. A mail may arrive twice (the worker dies
between handing it over and noting so); its Message-ID is the same then.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import EmailPolicy, Policy
from email.utils import format_datetime, parseaddr

import sqlalchemy as sa
import structlog

from app.audit import Actor, ActorKind
from app.clock import utc_now
from app.extensions import db
from app.ids import new_public_id
from app.models import Organization, OutgoingMail
from app.queue import QueueClass
from app.rendering import render_mail
from app.security.crypto import CryptoError, Place, Sealed
from app.services import tasks
from app.services.branding import PRODUCT, letterhead_of
from app.services.errors import InvalidField
from app.services.installation import settings
from app.services.keys import key_ring
from app.services.mail_transport import TransportError, hand_over
from app.unit_of_work import nudge_after_commit, transaction

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=3)
"""Longer than every timeout of the transport together."""
MAX_ATTEMPTS = 8
PAGE = 4096
FIRST_WAIT = timedelta(minutes=1)
"""Doubled for each further attempt: the last one comes about two hours after the first."""
_WORKER = Actor(ActorKind.JOB, "mail")


def queue_mail(
    *,
    to: str,
    subject: str,
    template: str,
    context: dict[str, object],
    organization: Organization | None = None,
    home_url: str = "",
    unsubscribe_url: str = "",
    is_decoy: bool = False,
) -> None:
    """Put a mail into the outbox of this transaction.

    :param template: name below templates/email, without its ending
    :param organization: whose client the recipient is: the mail carries its portal's name and color; None for staff
    :param unsubscribe_url: what one POST to switches mails of this kind off (RFC 8058)
    :param home_url: where the recipient signs in; the public address unless given
    :param is_decoy: takes as long and is never sent
    :raises InvalidField: if no mail can be sent to this address
    """
    letterhead = letterhead_of(organization)
    values = {**context, "subject": subject, "letterhead": letterhead}
    rendered = render_mail(template, values, public_url=home_url or settings().public_url)
    demand_address(to)
    public_id = new_public_id()
    one_line = " ".join(subject.split())  # names of organizations stand in subjects: no line break, no second header
    letter = {"to": to, "subject": one_line, "text": rendered.text, "html": rendered.html}
    if letterhead.portal_name != PRODUCT:
        letter["from_name"] = letterhead.portal_name
    if unsubscribe_url:
        letter["unsubscribe_url"] = unsubscribe_url
    sealed = key_ring().seal(_padded(json.dumps(letter)), place_of(public_id))
    # A plain INSERT asks for nothing back: the portal's account may put mails here and not read them.
    db.session.execute(
        sa.insert(OutgoingMail.__table__).values(  # type: ignore[arg-type]  # a table, which mypy sees as FromClause
            public_id=public_id, sealed=sealed.data, key_id=sealed.key_id, is_decoy=is_decoy, due_at=utc_now()
        )
    )
    nudge_after_commit(QueueClass.INTERACTIVE)


def _padded(letter: str) -> str:
    """With blanks to whole pages: what a row weighs must not tell who the mail is for, or that it is for nobody."""
    return letter.ljust(-(-len(letter) // PAGE) * PAGE)


def demand_address(address: str) -> None:
    """:raises InvalidField: for anything but one plain address, so that nothing can be smuggled into a header"""
    name, parsed = parseaddr(address)
    if name or parsed != address or address.count("@") != 1 or not address.isprintable() or any(c in address for c in ' ,;<>()"\\'):
        raise InvalidField("email", "Enter a whole mail address, for instance ana@example.com.")


def place_of(public_id: str) -> Place:
    return Place(OutgoingMail.__tablename__, "sealed", public_id)


def has_due(*, now: datetime) -> bool:
    return db.session.scalar(sa.select(OutgoingMail.id).where(*_is_due(now)).limit(1)) is not None


def deliver_due(*, now: datetime) -> int:
    """Send what is due, each mail on its own: no transaction is open while a mail server answers.

    :return: how many mails were handed over
    """
    sent = 0
    while (claimed := _claim_next(now)) is not None:
        sent += _deliver(claimed, now=now)
    return sent


@dataclass(frozen=True)
class _Claimed:
    id: int
    public_id: str
    sealed: Sealed
    is_decoy: bool
    attempts: int
    created_at: datetime


def _is_due(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        OutgoingMail.gave_up_at.is_(None),
        OutgoingMail.due_at <= now,
        sa.or_(OutgoingMail.leased_until.is_(None), OutgoingMail.leased_until <= now),
    )


def _claim_next(now: datetime) -> _Claimed | None:
    """Take the oldest due mail; one conditional UPDATE decides between two workers. The attempt counts from here, so
    that a mail which kills its worker is given up as well."""
    while True:
        with transaction():
            row_id = db.session.scalar(
                sa.select(OutgoingMail.id).where(*_is_due(now)).order_by(OutgoingMail.due_at, OutgoingMail.id).limit(1)
            )
            if row_id is None:
                return None
            taken = db.session.execute(
                sa.update(OutgoingMail)
                .where(OutgoingMail.id == row_id, *_is_due(now))
                .values(leased_until=now + LEASE, attempts=OutgoingMail.attempts + 1)
                .execution_options(synchronize_session=False)
            )
            if taken.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE's result has it
                continue
            row = db.session.get_one(OutgoingMail, row_id, populate_existing=True)
            return _Claimed(row.id, row.public_id, Sealed(row.key_id, row.sealed), row.is_decoy, row.attempts, row.created_at)


def _deliver(claimed: _Claimed, *, now: datetime) -> int:
    """:return: 1 if a mail went out"""
    if claimed.is_decoy:
        _remove(claimed)
        return 0
    try:
        hand_over(compose(claimed), name=f"{claimed.created_at:%Y%m%dT%H%M%S}-{claimed.public_id}", settings=settings())
    except (TransportError, CryptoError, ValueError) as exc:  # ValueError: a header that the library refuses
        _postpone(claimed, note=_note(exc), now=now)
        return 0
    _remove(claimed)
    return 1


def compose(claimed: _Claimed) -> EmailMessage:
    """:raises CryptoError: if the row was tampered with or its key is gone"""
    letter = json.loads(key_ring().open(claimed.sealed, place_of(claimed.public_id)))
    message = EmailMessage(policy=_POLICY)
    message["From"] = _sender(letter.get("from_name", ""))
    message["To"] = letter["to"]
    message["Subject"] = letter["subject"]
    message["Date"] = format_datetime(claimed.created_at)
    message["Message-ID"] = f"<{claimed.public_id}@fivegate>"
    message["Auto-Submitted"] = "auto-generated"
    if "unsubscribe_url" in letter:
        message["List-Unsubscribe"] = f"<{letter['unsubscribe_url']}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(letter["text"])
    message.add_alternative(letter["html"], subtype="html")
    return message


def _sender(name: str) -> Address | str:
    """Our own address under the portal's name. It is quoted and encoded by the library, and stays one line whatever is in it."""
    configured = settings().mail_from
    address = parseaddr(configured)[1]
    if not name or not address:
        return configured
    plain = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    return Address(display_name=plain.replace("=?", "= ?"), addr_spec=address)  # or it would be read as encoded, and decoded to anything


class _OneLine(UnstructuredHeader, BaseHeader):
    """A header that holds an address of a page: the library would cut a long one into encoded words, which nobody puts together
    again. The standard allows lines of 998 characters."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


_REGISTRY = HeaderRegistry()
_REGISTRY.map_to_type("list-unsubscribe", _OneLine)
_POLICY = EmailPolicy(header_factory=_REGISTRY)


def _note(error: Exception) -> str:
    """Ours to read: the server's own words may repeat the address."""
    if isinstance(error, TransportError):
        return str(error)[:200]
    return "The mail could not be decrypted." if isinstance(error, CryptoError) else "The mail could not be put together."


def _remove(claimed: _Claimed) -> None:
    with transaction():
        db.session.execute(sa.delete(OutgoingMail).where(OutgoingMail.id == claimed.id))


def _postpone(claimed: _Claimed, *, note: str, now: datetime) -> None:
    is_last = claimed.attempts >= MAX_ATTEMPTS
    values: dict[str, object] = {"leased_until": None, "error_note": note}
    if is_last:
        values["gave_up_at"] = now
    else:
        values["due_at"] = now + FIRST_WAIT * 2 ** (claimed.attempts - 1)
    log.warning("mail.not_sent", mail_id=claimed.public_id, attempts=claimed.attempts, reason=note)
    with transaction():
        db.session.execute(
            sa.update(OutgoingMail).where(OutgoingMail.id == claimed.id).values(**values).execution_options(synchronize_session=False)
        )
        if is_last:
            _open_task(note)


def _open_task(note: str) -> None:
    """One task for all mails that are stuck: the cause is nearly always the mail server's."""
    tasks.open_task(
        key="mail-undelivered",
        kind="mail-undelivered",
        title="Mails cannot be sent",
        detail=f"A mail was given up after {MAX_ATTEMPTS} attempts. {note} Check the mail server's settings, then send "
        "the invitation or ask for the new password again.",
        organization=None,
        account=None,
        owner=None,
        due_on=tasks.today(None),
        actor=_WORKER,
    )
