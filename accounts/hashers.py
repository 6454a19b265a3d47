"""Argon2id with its cost chosen on purpose."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class ClinicArgon2Hasher(Argon2PasswordHasher):
    """19 MiB, two passes, one lane: OWASP's first choice. Django's default takes 100 MiB for each login."""

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1
