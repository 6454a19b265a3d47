"""Panels, results and laboratories for other programs."""
