"""The file connector: what its check finds, step by step."""

import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from app.connectors.base import CheckStep, Opening, RefusedError
from app.connectors.file import FileConnector, connector
from app.connectors.registry import OPENERS, PROVIDERS, Provider, open_connector, provider_label

Usage = namedtuple("Usage", "total used free")


def check(area: Path, *, source_label: str = "Supplied exports") -> list[CheckStep]:
    return list(FileConnector(area, source_label=source_label).check())


def test_a_good_upload_area_passes_every_step_and_keeps_no_probe(tmp_path: Path) -> None:
    steps = check(tmp_path / "uploads" / "one")
    assert [step.key for step in steps] == ["area", "probe", "room", "source"]
    assert len(steps) == len(FileConnector.steps)
    assert steps[-1].sentence == "The source is named “Supplied exports”."
    assert list((tmp_path / "uploads" / "one").iterdir()) == []


def test_the_upload_area_is_for_its_owner_alone(tmp_path: Path) -> None:
    check(tmp_path / "one")
    assert (tmp_path / "one").stat().st_mode & 0o077 == 0


def test_a_data_directory_that_is_a_file_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(RefusedError, match="FIVEGATE_DATA_DIR"):
        check(tmp_path / "data" / "uploads")


def test_a_full_disk_is_refused_and_a_nearly_full_one_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(1, 1, connector.ROOM_NEEDED - 1))
    with pytest.raises(RefusedError, match="disk of the upload area is full"):
        check(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(1, 1, connector.ROOM_NEEDED))
    assert [step.key for step in check(tmp_path) if step.is_warning] == ["room"]


def test_a_source_without_a_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="source label"):
        check(tmp_path, source_label="  ")


def test_errors_name_no_path(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(RefusedError) as refusal:
        check(tmp_path / "data" / "uploads")
    assert str(tmp_path) not in str(refusal.value)


@pytest.mark.parametrize("provider", PROVIDERS.values(), ids=lambda provider: provider.key)
def test_every_provider_opens_in_its_modes_or_says_that_it_cannot_yet(provider: Provider, tmp_path: Path) -> None:
    for mode in provider.modes:
        opening = Opening(provider=provider.key, mode=mode, source_label="Source", upload_area=tmp_path)
        if mode in OPENERS:
            assert len(list(open_connector(opening).check())) == len(open_connector(opening).steps)
        else:
            with pytest.raises(RefusedError, match="from here yet"):
                open_connector(opening)


def test_an_unknown_provider_is_refused_and_keeps_its_key_as_a_name(tmp_path: Path) -> None:
    with pytest.raises(RefusedError):
        open_connector(Opening(provider="gone", mode="manual", source_label="Source", upload_area=tmp_path))
    assert provider_label("gone") == "gone"


def test_keys_of_providers_and_their_secrets_are_unique() -> None:
    assert all(key == provider.key for key, provider in PROVIDERS.items())
    for provider in PROVIDERS.values():
        names = [field.name for field in provider.credentials]
        assert len(names) == len(set(names))
