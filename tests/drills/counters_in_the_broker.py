"""The product's settings with a planted defect: the counters of guesses lie in the broker."""

from urllib.parse import unquote, urlsplit

from recovery_clinic.settings import *  # noqa: F403
from recovery_clinic.settings import REDIS_URL

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": f"unix://{unquote(urlsplit(REDIS_URL).path)}",
    }
}
