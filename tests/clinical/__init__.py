"""The clinical package, tested without a database: tables of edges, and laws."""
