"""Handouts and sheets as PDF; the only package that imports WeasyPrint."""
