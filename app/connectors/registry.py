"""Every provider, as plain data, and how a connector to it is opened. Keys outlive releases: never rename one."""

from collections.abc import Callable
from dataclasses import dataclass

from app.connectors.base import Connector, Opening, RefusedError
from app.connectors.file import FileConnector

MANUAL, API, WEBHOOK = "manual", "api", "webhook"


@dataclass(frozen=True)
class CredentialField:
    """A secret that a provider needs."""

    name: str
    label: str
    hint: str = ""


@dataclass(frozen=True)
class Provider:
    """A kind of source."""

    key: str
    label: str
    modes: tuple[str, ...]
    """How its data may come in, the usual way first."""
    about: str
    """When to choose it, in a sentence."""
    credentials: tuple[CredentialField, ...] = ()


PROVIDERS: dict[str, Provider] = {
    provider.key: provider
    for provider in (
        Provider(
            key="servicetitan",
            label="ServiceTitan",
            modes=(MANUAL, API),
            about="Field-service data from ServiceTitan: supplied exports today, the API once the app is approved and connected.",
            credentials=(
                CredentialField("tenant_id", "Tenant ID", "The customer finds it in ServiceTitan under Settings, Integrations."),
                CredentialField("client_id", "Client ID", "Shown when the customer connects the app."),
                CredentialField("client_secret", "Client secret", "Shown once when the customer connects the app."),
                CredentialField("app_key", "App key", "From the app in the ServiceTitan developer portal."),
            ),
        ),
        Provider(
            key="file",
            label="Files",
            modes=(MANUAL,),
            about="Exports of a source that has no provider of its own here.",
        ),
        Provider(
            key="webhook",
            label="Webhook",
            modes=(WEBHOOK,),
            about="A source that sends each event as it happens.",
            credentials=(CredentialField("signing_secret", "Signing secret", "The sender signs every event with it."),),
        ),
    )
}

OPENERS: dict[str, Callable[[Opening], Connector]] = {MANUAL: FileConnector.of}
"""Access mode → what opens a connector in it. A mode that is missing cannot be checked yet and says so."""


def provider_label(key: str) -> str:
    """The provider's name; its key where a newer or older release knew another list."""
    provider = PROVIDERS.get(key)
    return provider.label if provider else key


def open_connector(opening: Opening) -> Connector:
    """:raises RefusedError: if nothing here can work with this provider in this mode"""
    opener = OPENERS.get(opening.mode)
    if opener is None or opening.provider not in PROVIDERS:
        raise RefusedError(
            f"{provider_label(opening.provider)} cannot be reached by {_MODE_WORDS.get(opening.mode, opening.mode)} from here yet. "
            "Change the connector to manual mode to work with supplied exports."
        )
    return opener(opening)


_MODE_WORDS = {API: "API", WEBHOOK: "webhook", MANUAL: "files"}
