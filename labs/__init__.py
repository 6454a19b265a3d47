"""Laboratories, panels, results and semen analyses."""
