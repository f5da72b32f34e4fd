"""How the forms of agreements answer: saved with its check asked again, refused with a sentence, or overtaken by somebody else."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from http import HTTPStatus

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from app.admin.choices import show_error
from app.models import ProviderAccount
from app.services import accounts, check_acts
from app.services.errors import InvalidField, NotPossible, StaleVersion
from app.unit_of_work import transaction
from app.web.current import the_person

Page = Callable[[ProviderAccount, StaleVersion | None, int], ResponseReturnValue]
"""The form's page: with what somebody else changed meanwhile, and with the answer's status."""


@dataclass(frozen=True)
class Act:
    """What a form does, and what follows."""

    action: str
    """Of the audit trail."""
    checks: Collection[str]
    """Asked again in the same transaction."""
    said: str


def save(
    account: ProviderAccount, form: FlaskForm, act: Act, do: Callable[[], object], *, page: Page, back: str = ""
) -> ResponseReturnValue:
    """Do it, ask the checks that it is about, and lead on; or show the form again with what was typed.

    :param back: where it leads; by default to the page of the first check
    """
    connector_id, actor = account.public_id, the_person().actor
    try:
        with transaction():
            do()
            check_acts.after(account, act.action, act.checks, actor=actor)
    except InvalidField as exc:
        show_error(form, exc)
        return page(accounts.get_connector(connector_id), None, HTTPStatus.UNPROCESSABLE_ENTITY)
    except StaleVersion as exc:
        return page(accounts.get_connector(connector_id), exc, HTTPStatus.CONFLICT)
    except NotPossible as exc:
        form.form_errors.append(str(exc))
        return page(accounts.get_connector(connector_id), None, HTTPStatus.CONFLICT)
    flash(act.said, "success")
    first = next(iter(act.checks))
    return redirect(back or url_for("admin.show_check", connector_id=connector_id, check_key=first), HTTPStatus.SEE_OTHER)
