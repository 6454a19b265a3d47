"""The clinic's pages, and who has looked at a record."""
