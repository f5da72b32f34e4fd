"""Telling leads apart: genuine, test, spam, internal and duplicate, by rules that an admin sees and changes."""

from app.imports.leads.classifier import LeadColumns, RowClassifier
from app.imports.leads.settling import settle_batch

__all__ = ["LeadColumns", "RowClassifier", "settle_batch"]
