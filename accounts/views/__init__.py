"""The door, and a clinic's members."""
