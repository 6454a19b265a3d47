"""Tests of the timeline app."""
