"""How often somebody may try, by account and by network address. Counted in Redis, and in memory while it is away."""

from collections.abc import Callable
from typing import Any, ParamSpec

from flask import request
from flask.typing import ResponseReturnValue

from app.auth.cookie import half_way
from app.extensions import limiter
from app.security.tokens import token_hash
from app.services.addresses import MAX_LENGTH, normal_address
from app.web.current import current_person, remote_address, settings

P = ParamSpec("P")
View = Callable[P, ResponseReturnValue]

# None of the functions below may raise: the limiter would take it for a storage that is away.


def limited(account: Callable[[], str]) -> Callable[[View[P]], View[P]]:
    """Limit a route.

    :param account: whose attempts are counted together; never an address in clear, keys are kept in Redis
    """
    by_account: Any = limiter.limit(_per_account, key_func=account)
    # One count for all ways of trying, whichever is used.
    by_address: Any = limiter.shared_limit(_per_address, scope="people", key_func=remote_address)

    def decorate(view: View[P]) -> View[P]:
        limited_view: View[P] = by_account(by_address(view))
        return limited_view

    return decorate


def _per_account() -> str:
    return settings().sign_in_limit_per_account


def _per_address() -> str:
    return settings().sign_in_limit_per_address


def address_in_form() -> str:
    typed = request.form.get("email", "")[: MAX_LENGTH + 1].strip()
    return f"address:{token_hash(normal_address(typed))}" if typed else f"nobody:{remote_address()}"


def person_half_way() -> str:
    state = half_way()
    return f"half-way:{state.public_id}" if state else f"nobody:{remote_address()}"


def person_signed_in() -> str:
    person = current_person()
    return f"person:{person.public_id}" if person else f"nobody:{remote_address()}"


def link_in_address() -> str:
    return f"link:{token_hash(str((request.view_args or {}).get('token', '')))}"
