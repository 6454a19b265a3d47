"""A clinic to look at: synthetic men whose courses are replayed through the product's own actions."""
