"""The portal on its own: surface portal, the portal's database account, which may read little and write less."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from pydantic import SecretStr

from app import create_app
from app.config import Surface
from app.models import User
from app.services.installation import settings, use_settings
from tests.support.client import PageClient, sign_in_as
from tests.support.databases import Accounts, settings_for
from tests.support.valkey import Valkey


@pytest.fixture
def portal_app(app: Flask, accounts: Accounts, valkey: Valkey, tmp_path: Path) -> Iterator[Flask]:
    before = settings()
    portal = create_app(
        settings_for(
            accounts,
            data_dir=tmp_path,
            redis_url=valkey.url,
            surface=Surface.PORTAL,
            database_url=SecretStr(accounts.portal[0]),
            traffic_database_url=SecretStr(accounts.portal[1]),
        )
    )
    portal.test_client_class = PageClient
    yield portal
    use_settings(before)


@pytest.fixture
def portal_sign_in(portal_app: Flask) -> Callable[[User], PageClient]:
    """A browser at the portal. The session row is written by the other application, as its account may."""

    def as_user(user: User) -> PageClient:
        client = sign_in_as(portal_app.test_client(), user)
        assert isinstance(client, PageClient)
        return client

    return as_user
