"""How many wrong passwords are looked at: of a person, of an address, and of a person from an address."""

from dataclasses import dataclass

from allauth.core.internal import ratelimit
from allauth.core.internal.ratelimit import RateLimitUsage
from django.http import HttpRequest

APP = "accounts"


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many tries; `rate` is django-allauth's notation."""

    name: str
    rate: str


# Whoever is attacked from elsewhere can still log in from where he is, until the second limit is reached.
FROM_AN_ADDRESS = Limit("password_here", "5/15m/key")
OF_A_PERSON = Limit("password_of_person", "20/h/key")
# NIST SP 800-63B: no more than 100 in a row. Only a success or a new password ends this one.
IN_A_ROW = Limit("password_in_a_row", "100/365d/key")
# Many people may share an address, so it is wide: it slows whoever tries one password on many people.
OF_AN_ADDRESS = Limit("password_of_address", "100/h/ip")
LIMITS = (FROM_AN_ADDRESS, OF_A_PERSON, IN_A_ROW, OF_AN_ADDRESS)


class Guess:
    """A password that was sent. It is counted before it is looked at, so that many at once cannot slip by."""

    def __init__(self, request: HttpRequest, login: str, address: str) -> None:
        self.request, self.login, self.address = request, login.strip().lower(), address
        self.counted: list[RateLimitUsage] = []

    def count(self) -> bool:
        """False where a limit is reached: then the password must not be looked at."""
        for limit in LIMITS:
            usage = ratelimit.consume(
                self.request,
                app=APP,
                action=limit.name,
                config={limit.name: limit.rate},
                key=self._key(limit),
                limit_get=True,
            )
            if usage is None:
                return False
            self.counted.append(usage)
        return True

    def was_right(self) -> None:
        """Take back this one guess, and nothing that was counted before it but the row of failures."""
        for usage in self.counted:
            usage.rollback()
        self._forget(IN_A_ROW)

    def new_password(self) -> None:
        """Whoever proved by mail who he is may try again; what an address has done stays counted."""
        for limit in (FROM_AN_ADDRESS, OF_A_PERSON, IN_A_ROW):
            self._forget(limit)

    def _forget(self, limit: Limit) -> None:
        config = {limit.name: limit.rate}
        ratelimit.clear(self.request, app=APP, action=limit.name, config=config, key=self._key(limit))

    def _key(self, limit: Limit) -> str:
        return f"{self.address}|{self.login}" if limit is FROM_AN_ADDRESS else self.login
