"""Settings: documented, silent about secrets, and strict in production."""

import base64
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from app.config import DEVELOPMENT_PREFIX, ROOT, Environment, Settings, SettingsError, load_settings
from tools.env_example import render

KEY = base64.b64encode(b"k" * 32).decode()
CANARY = "canary-7f3a"
PRODUCTION = {
    "environment": "production",
    "public_url": "https://portal.example.com",
    "secret_key": "s" * 48,
    "key_ring": f"k1:{KEY}",
    "database_url": "mysql+pymysql://fivegate:pw@db/fivegate",
    "traffic_database_url": "mysql+pymysql://fivegate:pw@db/fivegate_traffic",
    "redis_url": "rediss://:pw@queue:6379/0",
}
SECRETS = [name for name, field in Settings.model_fields.items() if field.annotation is SecretStr]


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("FIVEGATE_"):
            monkeypatch.delenv(name)


def refusal(**changes: object) -> str:
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate({**PRODUCTION, **changes})
    return str(caught.value.errors(include_input=False)[0]["msg"])


def test_the_example_names_every_variable_with_its_explanation() -> None:
    assert (ROOT / ".env.example").read_text() == render(), "run tools/env_example.py"


def test_every_setting_is_explained() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_production_starts_with_everything_named() -> None:
    assert Settings.model_validate(PRODUCTION).is_production


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"debug": True}, "unset FIVEGATE_DEBUG"),
        ({"secret_key": ""}, "FIVEGATE_SECRET_KEY is a development key or too short"),
        ({"secret_key": "s" * 31}, "FIVEGATE_SECRET_KEY is a development key or too short"),
        ({"secret_key": DEVELOPMENT_PREFIX + "s" * 48}, "FIVEGATE_SECRET_KEY is a development key"),
        ({"key_ring": ""}, "python3 -m app.cli.keys"),
        ({"key_ring": f"k1:{KEY}, {DEVELOPMENT_PREFIX}2:{KEY}"}, "FIVEGATE_KEY_RING is missing or holds a development key"),
        ({"database_url": ""}, "FIVEGATE_DATABASE_URL is not set"),
        ({"traffic_database_url": ""}, "FIVEGATE_TRAFFIC_DATABASE_URL is not set"),
        ({"database_url": "sqlite:///app.sqlite"}, "FIVEGATE_ALLOW_SQLITE_IN_PRODUCTION=true"),
        ({"traffic_database_url": "sqlite:///traffic.sqlite"}, "FIVEGATE_ALLOW_SQLITE_IN_PRODUCTION=true"),
        ({"redis_url": ""}, "FIVEGATE_REDIS_URL is not set"),
    ],
)
def test_production_refuses_what_is_unsafe_and_says_what_mends_it(changes: dict[str, object], sentence: str) -> None:
    assert sentence in refusal(**changes)


def test_production_takes_sqlite_when_told_so() -> None:
    urls = {"database_url": "sqlite:///a", "traffic_database_url": "sqlite:///b"}
    assert Settings.model_validate({**PRODUCTION, **urls, "allow_sqlite_in_production": True}).is_production


@pytest.mark.parametrize("environment", list(Environment))
@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"database_url": f"postgresql://u:{CANARY}@h/d"}, "FIVEGATE_DATABASE_URL is no address of"),
        ({"migrations_database_url": f"mysql://u:{CANARY}@h/d"}, "FIVEGATE_MIGRATIONS_DATABASE_URL is no address of"),
        ({"traffic_database_url": f"mysql+pymysql://u:{CANARY}@h:port/d"}, "FIVEGATE_TRAFFIC_DATABASE_URL is no address of"),
        ({"redis_url": f"valkey://:{CANARY}@h"}, "FIVEGATE_REDIS_URL has to begin with"),
        ({"public_url": "portal.example.com"}, "FIVEGATE_PUBLIC_URL has to begin with"),
    ],
)
def test_an_address_that_means_nothing_is_refused_everywhere(environment: str, changes: dict[str, object], sentence: str) -> None:
    text = refusal(environment=environment, **changes)
    assert sentence in text
    assert CANARY not in text


def test_no_secret_is_shown_by_repr_or_by_an_error() -> None:
    values: dict[str, object] = {name: f"{CANARY}-{name}" for name in SECRETS}
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate({**PRODUCTION, **values, "smtp_port": CANARY})
    assert CANARY not in f"{caught.value} {caught.value!r}"
    databases = {name: f"mysql+pymysql://u:{CANARY}@h/d" for name in SECRETS if name.endswith("database_url")}
    settings = Settings.model_validate(
        {**databases, "redis_url": f"redis://:{CANARY}@h", "secret_key": CANARY, "key_ring": CANARY, "smtp_password": CANARY}
    )
    assert len(SECRETS) == len(databases) + 4, "a new secret: give it a canary here"
    assert CANARY not in f"{settings!r} {settings}"


def test_what_the_environment_gets_wrong_is_told_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIVEGATE_SMTP_PORT", CANARY)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert str(caught.value).startswith("FIVEGATE_SMTP_PORT: ")
    assert CANARY not in str(caught.value)


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIVEGATE_STAFF_SECOND_FACTOR", "")
    assert Settings().staff_second_factor is None


def test_the_embedded_default_makes_its_keys_once_and_for_its_owner_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIVEGATE_DATA_DIR", str(tmp_path / "var"))
    first, second = load_settings(), load_settings()
    assert first.secret_key == second.secret_key
    assert first.key_ring == second.key_ring
    assert first.secret_key.get_secret_value().startswith(DEVELOPMENT_PREFIX)
    assert stat.S_IMODE((tmp_path / "var" / "keys.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "var").stat().st_mode) == 0o700


@pytest.mark.parametrize("content", ["", "{}", '["secret_key"]', json.dumps({"secret_key": "x"})])
def test_damaged_keys_are_told_and_not_replaced(content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIVEGATE_DATA_DIR", str(tmp_path))
    (tmp_path / "keys.json").write_text(content)
    with pytest.raises(SettingsError, match="bring it back from a backup"):
        load_settings()
    assert (tmp_path / "keys.json").read_text() == content


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"FIVEGATE_ENVIRONMENT": "production"}, "FIVEGATE_SECRET_KEY is a development key or too short"),
        ({"FIVEGATE_KEY_RING": f"{CANARY}:abc"}, "FIVEGATE_KEY_RING cannot be read. Entry 1 of the key ring is not id:base64."),
    ],
)
def test_a_process_that_may_not_start_says_one_sentence_and_ends(variables: dict[str, str], sentence: str, tmp_path: Path) -> None:
    environment = {**os.environ, "FIVEGATE_DATA_DIR": str(tmp_path), **variables}
    done = subprocess.run(
        [sys.executable, "-m", "flask", "routes"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Fivegate does not start: ")
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert CANARY not in done.stderr + done.stdout
