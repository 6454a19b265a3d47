"""Who saw and did what; rows are only added."""
