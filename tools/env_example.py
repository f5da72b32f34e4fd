"""Write .env.example from Settings: every variable, what it is for, and what it is when nobody sets it."""

from enum import Enum
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from app.config import PREFIX, ROOT, Settings

HEADER = """\
# Every variable that Fivegate reads. The embedded default needs none of them; production names at least the secret key,
# the key ring, both databases, the queue and the public address. Made from app/config.py by tools/env_example.py.
#
# Copy it to a file that only the service's account may read (mode 0600), take the # away from the lines that you
# change, and hand it to the processes, for instance by systemd's EnvironmentFile=. Fivegate reads no file by itself.
"""


def render() -> str:
    """The text of .env.example."""
    parts = [HEADER]
    for name, field in Settings.model_fields.items():
        comment = "\n".join(f"# {line}".rstrip() for line in (field.description or "").splitlines())
        parts.append(f"{comment}\n#{PREFIX}{name.upper()}={_value(field.default)}\n")
    return "\n".join(parts)


def _value(default: Any) -> str:
    if default is None or isinstance(default, SecretStr):
        return ""
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, Path):
        return str(default.relative_to(ROOT))
    text = str(default.value if isinstance(default, Enum) else default)
    return f'"{text}"' if " " in text else text


if __name__ == "__main__":
    (ROOT / ".env.example").write_text(render())
