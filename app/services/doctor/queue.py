"""The queue: does it answer, and who else can write to it? Whoever can, decides what our workers look at."""

import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from redis.exceptions import RedisError

from app.services.doctor.finding import Finding, Setup, ok, warning, worse_in_production
from app.services.doctor.web import LOOPBACK


def look_at_queue(setup: Setup) -> Iterator[Finding]:
    title = "Queue"
    try:
        setup.redis.ping()
    except RedisError as exc:
        remedy = "Check FIVEGATE_REDIS_URL and that the server runs. Until then the scheduler finds due work, later than usual."
        yield worse_in_production(setup, title, f"It does not answer ({type(exc).__name__}).", remedy)
    else:
        yield ok(title, "It answers.")
    url = setup.settings.redis_url.get_secret_value()
    yield _socket(setup, url) if url.startswith("unix://") else _network(setup, url)


def _socket(setup: Setup, url: str) -> Finding:
    title, path = "Queue's protection", Path(unquote(urlsplit(url).path))
    if not path.exists():
        return worse_in_production(setup, title, "Its socket is not there.", "Start the server, or correct FIVEGATE_REDIS_URL.")
    # Somebody else reaches a socket only if its own mode and that of its directory let them.
    if _open_to_others(path) and _open_to_others(path.parent):
        sentence = "Other accounts of this machine can write to its socket."
        return worse_in_production(setup, title, sentence, f"chmod 700 {path}   (and unixsocketperm 700 in the server's configuration)")
    return ok(title, "Only this account reaches its socket.")


def _open_to_others(path: Path) -> bool:
    return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def _network(setup: Setup, url: str) -> Finding:
    title, parts = "Queue's protection", urlsplit(url)
    is_encrypted, is_near = parts.scheme == "rediss", (parts.hostname or "localhost") in LOOPBACK
    if not parts.password:
        sentence = "It listens on the network without a password: whoever reaches it can write to it."
        remedy = "Give the server a password (requirepass, or an ACL user) and write rediss://USER:PASSWORD@HOST:PORT/0."
        return worse_in_production(setup, title, sentence, remedy)
    if not is_encrypted and not is_near:
        return warning(title, "Its password travels unencrypted.", "Switch TLS on at the server and write rediss:// in FIVEGATE_REDIS_URL.")
    return ok(title, "Protected by a password" + (" and TLS." if is_encrypted else " on this machine."))
