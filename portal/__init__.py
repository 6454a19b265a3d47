"""The patient's own pages; no patient id in any URL."""
