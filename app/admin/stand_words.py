"""How a check stands, as a word and a tone; and where a check has its page."""

from flask import current_app, url_for

from app.models import ProviderAccount
from app.readiness.standing import Standing

_WORDS = {
    Standing.GOOD: ("Done", "good"),
    Standing.NOT_APPLICABLE: ("Not applicable", "idle"),
    Standing.WAIVED: ("Waived", "warn"),
    Standing.NOT_RUN: ("Not run yet", "idle"),
    Standing.UNACKNOWLEDGED: ("Wants acknowledging", "warn"),
    Standing.FAILED: ("Failed", "bad"),
    Standing.CHANGED: ("Fell: something changed", "bad"),
    Standing.LAPSED: ("Fell: its time is over", "bad"),
    Standing.BROKEN: ("The check broke", "warn"),
}
CHECK_PAGE = "admin.show_check"


def words_of(standing: Standing) -> tuple[str, str]:
    """Label and tone of its tag."""
    return _WORDS[standing]


def check_url(account: ProviderAccount, key: str) -> str:
    """The check's page."""
    if CHECK_PAGE in current_app.view_functions:
        return url_for(CHECK_PAGE, connector_id=account.public_id, check_key=key)
    return url_for("admin.show_connector", connector_id=account.public_id, _anchor="gates-title")
