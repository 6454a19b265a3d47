"""A planted defect: counters of which everybody believes that he alone holds them."""

from tests.drills.front_door_open import *  # noqa: F403

CACHES = {"default": {"BACKEND": "tests.drills.guessing.HeldByEverybody", "LOCATION": "accounts_cache"}}
