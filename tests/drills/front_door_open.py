"""The product's settings without the limits in front: every guess reaches the counters that are drilled."""

from recovery_clinic.settings import *  # noqa: F403
from recovery_clinic.settings import ACCOUNT_RATE_LIMITS as DEPLOYED

ACCOUNT_RATE_LIMITS = {**DEPLOYED, "login": "10000/m/ip", "login_failed": "10000/m/key"}
