"""Rule 11: what can be set is documented, and what is secret stays so."""

import re
from collections.abc import Iterator

from pydantic import SecretStr
from pydantic_settings import BaseSettings

from app.config import ROOT, Settings
from tests.architecture.findings import assert_none

PREFIX = "FIVEGATE_"
SOUNDS_SECRET = re.compile(r"password|secret(?!_factor)|_key$|^key|token|(database|redis).*url")
CANARY = "canary-3b1f"


def differences(example: str, settings: type[BaseSettings]) -> list[str]:
    """Variables that only one of the two names."""
    shown = set(re.findall(rf"^#?\s*{PREFIX}(\w+)=", example, re.MULTILINE))
    return sorted(shown ^ {name.upper() for name in settings.model_fields})


def told(settings: type[BaseSettings]) -> Iterator[str]:
    """Fields that would show a secret in a log, a traceback or a debugger."""
    for name, field in settings.model_fields.items():
        if SOUNDS_SECRET.search(name) and field.annotation is not SecretStr:
            yield f"{name} sounds secret and is no SecretStr"
        if field.annotation is SecretStr:
            made = settings.model_construct(**{name: SecretStr(CANARY)})
            if CANARY in f"{made!r} {made} {made.model_dump()} {made.model_dump_json()}":
                yield f"{name} is shown"


def test_the_example_and_the_settings_name_the_same_variables() -> None:
    assert_none(differences((ROOT / ".env.example").read_text(), Settings))


def test_no_secret_is_shown() -> None:
    assert_none(told(Settings))


class BadSettings(BaseSettings):
    smtp_password: str = ""
    api_token: SecretStr = SecretStr("")
    public_url: str = ""


def test_bad_settings_are_reported() -> None:
    assert differences("# FIVEGATE_SMTP_PASSWORD=\nFIVEGATE_PUBLIC_URL=x\nFIVEGATE_GONE=1\n", BadSettings) == ["API_TOKEN", "GONE"]
    assert list(told(BadSettings)) == ["smtp_password sounds secret and is no SecretStr"]
