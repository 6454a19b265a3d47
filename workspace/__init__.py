"""The clinic's pages across the record."""
