"""The roof: settings, urls, the clock, embedded servers and health."""

from recovery_clinic.celery import app as celery_app

__all__ = ["celery_app"]
