"""How the web part runs: what kind of installation, debugger, cookies."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from app.services.doctor.finding import Finding, Setup, danger, ok, warning, worse_in_production

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def look_at_environment(setup: Setup) -> Iterator[Finding]:
    title, settings = "Environment", setup.settings
    host = urlsplit(settings.public_url).hostname or ""
    if settings.is_production:
        yield ok(title, f"Production, serving {settings.surface.value}.")
    elif host not in LOOPBACK:
        yield danger(
            title,
            f"It runs as {settings.environment.value}, which is for trying out on one machine, and calls itself {host}.",
            "FIVEGATE_ENVIRONMENT=production",
        )
    else:
        yield ok(title, f"{settings.environment.value.capitalize()}: for trying out on this machine.")
    if settings.requires_staff_second_factor:
        yield ok("Second factor", "Staff must have one.")
    elif settings.is_production:
        remedy = "Remove FIVEGATE_STAFF_SECOND_FACTOR: production then demands it."
        yield danger("Second factor", "Staff may sign in without one.", remedy)
    else:
        yield ok("Second factor", "Staff may do without one while trying out; production demands it.")


def look_at_debug(setup: Setup) -> Iterator[Finding]:
    if setup.web.debug:
        yield worse_in_production(
            setup, "Debugger", "It is on: whoever causes an error can read memory and run code.", "unset FIVEGATE_DEBUG"
        )
    else:
        yield ok("Debugger", "Off.")


def look_at_cookies(setup: Setup) -> Iterator[Finding]:
    title, web = "Cookies", setup.web
    if not web.cookie_http_only:
        yield danger(title, "Scripts can read the session cookie.", "Remove what changes SESSION_COOKIE_HTTPONLY.")
    if web.cookie_same_site not in {"Lax", "Strict"}:
        yield danger(title, "Other sites can send requests with the session cookie.", "Remove what changes SESSION_COOKIE_SAMESITE.")
    if not web.cookie_secure and setup.settings.is_production:
        yield danger(
            title, "The session cookie also travels unencrypted.", "Set FIVEGATE_PUBLIC_URL to the address that begins with https://."
        )
    elif not web.cookie_secure and (urlsplit(setup.settings.public_url).hostname or "") not in LOOPBACK:
        yield warning(title, "The session cookie travels unencrypted.", "Set FIVEGATE_PUBLIC_URL to the address that begins with https://.")
    elif web.cookie_http_only and web.cookie_same_site in {"Lax", "Strict"}:
        yield ok(title, "Closed to scripts and other sites" + (", and sent over https alone." if web.cookie_secure else "."))
