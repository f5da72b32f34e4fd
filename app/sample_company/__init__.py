"""A made-up home-services company for the demo, the tests and the measurements. It knows nothing of the rest of the application."""

from app.sample_company.company import Company

__all__ = ["Company"]
