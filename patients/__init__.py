"""Patients, exposures to testosterone, recovery episodes."""
