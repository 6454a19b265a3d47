"""Pages of a patient's record."""
