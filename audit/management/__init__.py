"""Commands about the audit record."""
