"""The keys: what signs, what encrypts, and whether every stored secret can still be opened."""

from collections.abc import Iterator

from app.config import DEVELOPMENT_PREFIX, MIN_SECRET_LENGTH
from app.security.crypto import CryptoError, KeyRing
from app.services.doctor.finding import Finding, Setup, danger, ok, warning
from app.services.key_rotation import rows_by_key

ROTATE = "flask rotate-keys"


def look_at_secret_key(setup: Setup) -> Iterator[Finding]:
    title, key = "Secret key", setup.settings.secret_key.get_secret_value()
    remedy = "Set FIVEGATE_SECRET_KEY to 48 random characters; everybody signs in again."
    if len(key) < MIN_SECRET_LENGTH:
        yield danger(title, f"It is shorter than {MIN_SECRET_LENGTH} characters: sessions could be forged.", remedy)
    elif key.startswith(DEVELOPMENT_PREFIX):
        yield ok(title, "Made on the first start and kept in the data directory.")
    else:
        yield ok(title, "Long enough.")


def look_at_key_ring(setup: Setup) -> Iterator[Finding]:
    title = "Key ring"
    try:
        ring = KeyRing.parse(setup.settings.key_ring.get_secret_value())
    except CryptoError as exc:
        yield danger(title, f"It cannot be read. {exc}", "Set FIVEGATE_KEY_RING to the output of flask new-key.")
        return
    with setup.app_engine.connect() as connection:
        counts = rows_by_key(connection)
    lost = {key_id: number for key_id, number in counts.items() if key_id not in ring.keys}
    older = {key_id: number for key_id, number in counts.items() if key_id in ring.keys and key_id != ring.current}
    if lost:
        listed = ", ".join(f"{key_id} ({_secrets(number)})" for key_id, number in sorted(lost.items()))
        remedy = "Put these keys back into FIVEGATE_KEY_RING behind the first one, from your backup of the ring."
        yield danger(title, f"Stored secrets are sealed with keys that are not in the ring: {listed}.", remedy)
    if older:
        listed = ", ".join(f"{key_id} ({_secrets(number)})" for key_id, number in sorted(older.items()))
        yield warning(title, f"Stored secrets are still sealed with older keys: {listed}.", ROTATE)
    if not lost and not older:
        unused = len(ring.keys) - 1
        spare = f" {unused} older in the ring, needed by no stored secret." if unused else ""
        yield ok(title, f"Key {ring.current} seals {_secrets(counts.get(ring.current, 0))}.{spare}")


def _secrets(number: int) -> str:
    return f"{number} stored secret" if number == 1 else f"{number} stored secrets"
