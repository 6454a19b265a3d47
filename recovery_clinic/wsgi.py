"""What gunicorn serves; it refuses a role that row-level security does not bind, and a road for nobody."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recovery_clinic.settings")
application = get_wsgi_application()

from accounts.declared import refuse_undeclared_routes  # noqa: E402 - needs the apps to be loaded
from accounts.tenancy import refuse_privileged_role  # noqa: E402 - needs the apps to be loaded

refuse_privileged_role()
refuse_undeclared_routes()
