"""Values that nobody else can have written, and the search for them in everything that left the program."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from secrets import token_hex


@dataclass
class Canaries:
    """Where one was planted → the value."""

    planted: dict[str, str] = field(default_factory=dict)

    def plant(self, where: str) -> str:
        """A new one: short, of letters that no page escapes and no mask leaves out."""
        self.planted[where] = f"zq{token_hex(6)}"
        return self.planted[where]

    def seen_in(self, surfaces: Mapping[str, str]) -> list[str]:
        """Each that shows, and where; also in another case, or as the beginning of a longer word."""
        lowered = {name: text.lower() for name, text in surfaces.items()}
        return [f"{where} shows in {name}" for where, value in self.planted.items() for name, text in lowered.items() if value in text]
