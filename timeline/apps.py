"""The timeline app."""

from django.apps import AppConfig


class TimelineConfig(AppConfig):
    """The recovery story of one episode, for every reader."""

    name = "timeline"
