"""Courses of drugs and their dose steps."""
