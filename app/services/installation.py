"""The settings, for use cases that need one. The factory and the jobs put them here; nothing below knows Flask."""

from app.config import Settings

_process_wide: list[Settings] = []


def use_settings(settings: Settings) -> None:
    """Make these the process's settings; the last call counts."""
    _process_wide[:] = [settings]


def settings() -> Settings:
    if not _process_wide:
        raise RuntimeError("the application was not created yet")
    return _process_wide[0]
