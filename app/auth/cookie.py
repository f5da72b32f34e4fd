"""What the signed cookie holds: who signed in, or, between password and code, who is half-way there."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from flask import session, url_for

from app.clock import utc_now
from app.models import UserKind
from app.web.current import settings, touch_session

IDENTITY = "_user_id"
"""Flask-Login's key."""
_HALF_WAY = "half_way"
HALF_WAY_LIFETIME = timedelta(minutes=5)
MAX_NEXT = 500


@dataclass(frozen=True)
class HalfWay:
    """Somebody whose password fitted and whose code is still to come."""

    kind: UserKind
    public_id: str
    password_set_at: datetime
    next: str


def served_kinds() -> frozenset[UserKind]:
    """Who may sign in at this process."""
    served = settings()
    return frozenset(kind for kind, on in ((UserKind.STAFF, served.serves_staff), (UserKind.CLIENT, served.serves_clients)) if on)


def session_lifetime() -> timedelta:
    return timedelta(hours=settings().session_absolute_hours)


def identity() -> str:
    """Which session this browser's cookie names, open or not; empty for none."""
    return str(session.get(IDENTITY) or "")


def keep_signed_in(identity: str) -> None:
    """Give the browser its session. Everything that it held before goes, its form token too."""
    session.clear()
    session.permanent = True
    session[IDENTITY] = identity
    touch_session()


def keep_half_way(state: HalfWay) -> None:
    session.clear()
    session[_HALF_WAY] = {
        "kind": state.kind.value,
        "person": state.public_id,
        "password_set_at": state.password_set_at.isoformat(),
        "next": state.next,
        "until": (utc_now() + HALF_WAY_LIFETIME).timestamp(),
    }


def half_way() -> HalfWay | None:
    """The state after the first step, for five minutes."""
    kept = session.get(_HALF_WAY)
    if not isinstance(kept, dict) or kept["until"] < utc_now().timestamp() or UserKind(kept["kind"]) not in served_kinds():
        return None
    return HalfWay(UserKind(kept["kind"]), kept["person"], datetime.fromisoformat(kept["password_set_at"]), kept["next"])


def forget_half_way() -> None:
    """Somebody who is signed in stays so: a link to the second step must not sign them out."""
    session.pop(_HALF_WAY, None)


def safe_next(text: str | None) -> str:
    """``text`` if it is a path of ours, else nothing: a link to our sign-in must not lead to somebody else's page.

    Browsers read a backslash as a slash and skip tabs and line breaks, so ``//evil.example`` has several spellings.
    """
    if not text or len(text) > MAX_NEXT or not text.startswith("/") or text.startswith("//"):
        return ""
    if "\\" in text or any(c <= " " or c == "\x7f" for c in text):
        return ""
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    return "" if parts.scheme or parts.netloc else text


def destination(wanted: str, kind: UserKind) -> str:
    """Where to go after signing in. A page of the other half of the house would only say that there is nothing."""
    foreign = "/portal" if kind is UserKind.STAFF else "/admin"
    if not safe_next(wanted) or wanted.startswith(foreign):
        return url_for("auth.start")
    return wanted
