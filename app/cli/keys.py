"""Commands for the keys that encrypt stored secrets.

``python3 -m app.cli.keys`` prints a new key where Fivegate cannot start yet because it has none.
"""

import base64
import secrets

import click
from flask import Flask

from app.audit import Actor, ActorKind
from app.clock import utc_now
from app.services.key_rotation import Rotation, record_rotation, rotate_keys
from app.services.keys import key_ring
from app.unit_of_work import transaction

KEY_BYTES = 32


def init_app(app: Flask) -> None:
    app.cli.add_command(new_key)
    app.cli.add_command(rotate)


@click.command("new-key")
def new_key() -> None:
    """Print a new entry for FIVEGATE_KEY_RING.

    Put it in front of the entries that are there; the first one seals, each one opens.
    """
    click.echo(f"k{utc_now():%Y%m%d}-{secrets.token_hex(2)}:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}")


@click.command("rotate-keys")
def rotate() -> None:
    """Seal every stored secret anew with the first key of FIVEGATE_KEY_RING.

    Safe while people work, and after an interruption: run it again and it goes on.
    """
    ring = key_ring()
    rotation = rotate_keys(ring, tell=lambda line: click.echo(f"  {line}"))
    if rotation.total:
        with transaction():
            record_rotation(rotation, ring, actor=Actor(ActorKind.COMMAND, "rotate-keys"))
    click.echo(_summary(rotation, ring.current))
    if rotation.unopened:
        raise SystemExit(1)


def _summary(rotation: Rotation, current: str) -> str:
    lines = [f"{rotation.total} stored secrets were sealed anew with key {current}."]
    if rotation.unopened:
        lines.append("These do not open with any key of the ring and were left as they are. Put the key back, or set the secret anew:")
        lines += [f"  {row}" for row in rotation.unopened]
    elif rotation.left:
        lines.append("Some were written with an older key meanwhile: restart every process with the new ring, then run this again.")
    else:
        lines.append("No secret needs an older key now: older ones may leave FIVEGATE_KEY_RING, once no backup needs them.")
    return "\n".join(lines)


if __name__ == "__main__":
    new_key()
