"""Supplied exports: files that somebody puts into the upload area."""

from app.connectors.file.connector import FileConnector

__all__ = ["FileConnector"]
