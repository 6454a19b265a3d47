"""Sessions in PostgreSQL, where a database that went away is told as that."""

from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.db.utils import InterfaceError, OperationalError


class SessionStore(DatabaseSessionStore):
    """Django's, but for one answer.

    Whatever keeps a session from being saved, Django takes for a log-out in another tab and answers 400, also
    where PostgreSQL went away in that moment. Then it is 503, as everywhere, and the browser may ask again.
    """

    def save(self, must_create: bool = False) -> None:
        try:
            super().save(must_create)
        except UpdateError as problem:
            if isinstance(problem.__context__, (OperationalError, InterfaceError)):
                raise problem.__context__ from None
            raise
