"""Commands for the first person of an installation, and for whoever lost every other way in."""

import sys

import click
from email_validator import EmailNotValidError, validate_email
from flask import Flask

from app.audit import Actor, ActorKind
from app.models import StaffRole
from app.services import credentials, links, marks, people
from app.services.errors import ServiceError
from app.unit_of_work import transaction

MAX_NAME = 120
ACTOR = Actor(ActorKind.COMMAND, "create-admin")


def init_app(app: Flask) -> None:
    app.cli.add_command(create_admin)


def _address(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    try:
        validate_email(value, check_deliverability=False)
    except EmailNotValidError as exc:
        raise click.BadParameter("Enter a whole mail address, for instance ana@example.com.") from exc
    return value


def _name(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    name = value.strip()
    if not name or len(name) > MAX_NAME or not name.isprintable():
        raise click.BadParameter(f"Enter a name of at most {MAX_NAME} ordinary characters.")
    return name


@click.command("create-admin")
@click.option("--email", prompt="Mail address", callback=_address)
@click.option("--name", prompt="Name", callback=_name)
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of standard input.")
@click.option("--invite", is_flag=True, help="Set no password: send a link with which they choose one.")
def create_admin(email: str, name: str, password_stdin: bool, invite: bool) -> None:
    """Add an admin, also the very first one.

    The password is asked for twice and not shown. It is never an argument: those stand in the shell's history and in
    the list of processes.
    """
    if invite and password_stdin:
        raise click.UsageError("Choose one of --invite and --password-stdin: a link lets them choose their own password.")
    password = None if invite else _password(from_stdin=password_stdin)
    try:
        marks.ensure_marks()
        with transaction():
            user = people.add_staff(name=name, email=email, role=StaffRole.ADMIN, actor=ACTOR)
            if password is None:
                links.send_invitation(user, actor=ACTOR)
            else:
                credentials.set_password(user, password, actor=ACTOR)
    except ServiceError as exc:
        raise click.ClickException(f"Nobody was added. {exc}") from exc
    way_in = "An invitation is on its way to them." if invite else "They can sign in now."
    click.echo(f"{name} is an admin. {way_in}")


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt="The same password again"))
