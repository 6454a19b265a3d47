"""How long the main operations take, each beside its floor from the same run: `make bench`."""
