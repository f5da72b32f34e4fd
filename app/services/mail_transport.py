"""The last step of a mail: to the mail server, or into a file where none is configured."""

import os
import smtplib
import ssl
from email.message import EmailMessage
from email.policy import SMTP

from app.config import Settings

TIMEOUT_SECONDS = 20


class TransportError(Exception):
    """The mail could not be handed over. The text holds no address and no password."""


def hand_over(message: EmailMessage, *, name: str, settings: Settings) -> None:
    """Send, or write ``<name>.eml`` into the mail directory.

    :raises TransportError: if it did not work; another attempt may
    """
    if settings.smtp_host:
        _send(message, settings)
    else:
        _write(message, name, settings)


def _send(message: EmailMessage, settings: Settings) -> None:
    try:
        with smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=TIMEOUT_SECONDS) as server:
            if settings.smtp_starttls:
                server.starttls(context=ssl.create_default_context())
            if settings.smtp_user:
                server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
            server.send_message(message)
    except smtplib.SMTPAuthenticationError as exc:
        raise TransportError("The mail server refused our account.") from exc
    except smtplib.SMTPNotSupportedError as exc:
        raise TransportError("The mail server does not offer what the settings ask for (encryption, or sign-in).") from exc
    except smtplib.SMTPRecipientsRefused as exc:
        raise TransportError("The mail server refused the recipient.") from exc
    except smtplib.SMTPResponseException as exc:
        raise TransportError(f"The mail server answered with error {exc.smtp_code}.") from exc
    except ssl.SSLError as exc:
        raise TransportError("The connection to the mail server could not be encrypted: its certificate does not fit.") from exc
    except (smtplib.SMTPException, OSError) as exc:
        raise TransportError(f"The mail server could not be reached ({type(exc).__name__}).") from exc


def _write(message: EmailMessage, name: str, settings: Settings) -> None:
    """Readable by us alone: the text holds links that sign people in. The same mail again replaces its own file."""
    directory = settings.mail_dir
    draft = directory / f".{name}.part"
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(message.as_bytes(policy=SMTP))
        draft.replace(directory / f"{name}.eml")
    except OSError as exc:
        raise TransportError(f"The mail could not be written into the mail directory ({type(exc).__name__}).") from exc
