"""A person's whole way through the product, in a real browser against real processes."""
