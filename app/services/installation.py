"""The settings, for use cases that need one. The factory and the jobs put them here; nothing below knows Flask."""

from app.config import Settings, SettingsError
from app.security.crypto import CryptoError, KeyRing

_process_wide: list[Settings] = []


def use_settings(settings: Settings) -> None:
    """Make these the process's settings; the last call counts.

    :raises SettingsError: if the key ring cannot be read: better now than with the first secret
    """
    ring = settings.key_ring.get_secret_value()
    if ring:
        try:
            KeyRing.parse(ring)
        except CryptoError as exc:
            raise SettingsError(f"FIVEGATE_KEY_RING cannot be read. {exc}") from exc
    _process_wide[:] = [settings]


def settings() -> Settings:
    if not _process_wide:
        raise RuntimeError("the application was not created yet")
    return _process_wide[0]
