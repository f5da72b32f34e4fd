"""What has to be done before the first page: migrations in both databases, demo data.

One process for both, because most of its time goes into importing the application.
"""

import sys

import click
from flask_migrate import upgrade

from app import create_app
from app.cli.demo import make_demo
from app.config import SettingsError


def main() -> int:
    """Run by ``make run``.

    :return: exit status
    """
    try:
        app = create_app()
    except SettingsError as exc:
        print(exc, file=sys.stderr)
        return 1
    with app.app_context():
        upgrade()
        try:
            make_demo()
        except click.ClickException as exc:
            print(exc.message, file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
