"""Flags, retests and evaluations, and dry runs of a draft of the rulebook."""
