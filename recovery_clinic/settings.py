"""The one settings file: development, tests and clinics differ by environment only."""

from pathlib import Path
from urllib.parse import urlsplit

import environ
import structlog
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from recovery_clinic.log import NoTaskWords, without_tokens, without_words

BASE_DIR = Path(__file__).resolve().parent.parent


class Env(environ.FileAwareEnv):
    """The environment, where `NAME_FILE` may point to a mounted secret instead of `NAME`."""

    def needed(self, name: str, hint: str) -> str:
        """The value of `name`; raises ImproperlyConfigured with `hint` where it is missing."""
        value: str = self.str(name, default="")
        if not value:
            raise ImproperlyConfigured(f"{name} is not set. {hint}")
        return value


env = Env()

DEBUG = False
DEVELOPMENT = env.bool("DEVELOPMENT", default=False)
SECRET_KEY = env.needed("SECRET_KEY", "`make run` makes one; a clinic mounts its own as SECRET_KEY_FILE.")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
# What links in mails begin with; never the Host header, which whoever sends a request may choose.
SITE_URL = env.str("SITE_URL", default=f"{'http' if DEVELOPMENT else 'https'}://{ALLOWED_HOSTS[0]}").rstrip(
    "/"
)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "django_structlog",
    "audit",
    "accounts",
    "patients",
    "labs",
    "protocols",
    "monitoring",
    "timeline",
    "documents",
    "portal",
    "workspace",
    "recovery_clinic",
]

MIDDLEWARE = [
    "recovery_clinic.middleware.ArmourMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "recovery_clinic.middleware.ReadableMiddleware",
    "audit.middleware.SourceMiddleware",
    "accounts.middleware.TokenMiddleware",
    "accounts.denials.DenialMiddleware",
    "accounts.middleware.ClinicMiddleware",
    "accounts.middleware.SessionAgeMiddleware",
    "accounts.middleware.SecondFactorMiddleware",
    "recovery_clinic.middleware.NotStoredMiddleware",
    "accounts.middleware.UnsavedMiddleware",
]

ROOT_URLCONF = "recovery_clinic.urls"
WSGI_APPLICATION = "recovery_clinic.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["accounts.templatetags.clinic"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "recovery_clinic.context.navigation",
                "recovery_clinic.context.emergencies",
                "recovery_clinic.context.provider",
            ],
        },
    }
]

DATABASES = {
    "default": {
        **env.db_url_config(
            env.needed(
                "DATABASE_URL",
                "It is the app's unprivileged role: postgres://recovery_app@host/recovery_clinic",
            )
        ),
        "CONN_MAX_AGE": env.int("CONN_MAX_AGE", default=60),
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": True,
    }
}
DATABASES["default"].setdefault("OPTIONS", {})
DATABASES["default"]["OPTIONS"]["options"] = " ".join(
    f"-c {name}={value}"
    for name, value in {
        "statement_timeout": env.str("STATEMENT_TIMEOUT", default="10s"),
        "lock_timeout": "3s",
        "idle_in_transaction_session_timeout": "15s",
        "timezone": "UTC",
    }.items()
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Counters for rate limits live in PostgreSQL: shared by every process and still there after a restart.
CACHES = {"default": {"BACKEND": "accounts.counters.CounterCache", "LOCATION": "accounts_cache"}}

REDIS_URL = env.needed("REDIS_URL", "For example redis://localhost:6379/0 or redis+socket:///run/valkey.sock")
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 120
CELERY_TASK_SOFT_TIME_LIMIT = 100
CELERY_TASK_PUBLISH_RETRY = False
# With the default prefetch a worker that is stopped in mid-queue can hang.
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A worker waits for its broker for as long as it takes: by default it ends after some fifty minutes without
# one, and at once where the broker is full and refuses what the worker has to write there.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_CHANNEL_ERROR_RETRY = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "socket_connect_timeout": 2,
    "socket_timeout": 5,
    # Whoever saves a panel must not wait for a broker that is away.
    "max_retries": 0,
}
CELERY_TIMEZONE = "UTC"

AUTH_USER_MODEL = "accounts.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["accounts.hashers.ClinicArgon2Hasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "full_name")},
    },
]
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_FORMS = {"reset_password": "accounts.forms.ResetPasswordForm"}
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
# Passwords have limits of their own, in accounts/guesses.py; login_failed is for codes of a second factor.
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "5/15m/key,50/d/key",
    "reset_password": "20/m/ip,3/h/key",
    "reset_password_from_key": "20/m/ip",
}
ACCOUNT_EMAIL_NOTIFICATIONS = True
# A link for a new password works once, for an hour, and leads to the log-in, behind which the factor stands.
PASSWORD_RESET_TIMEOUT = 60 * 60
MFA_FORMS = {
    "authenticate": "accounts.codes.AuthenticateForm",
    "reauthenticate": "accounts.codes.ReauthenticateForm",
    "activate_totp": "accounts.codes.ActivateTOTPForm",
}
MFA_TOTP_TOLERANCE = 1
MFA_ADAPTER = "accounts.adapters.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_RECOVERY_CODES_SHOW_ONCE = True
# An account of the clinic's own organisation, beside the password: off unless the operator names its issuer.
OIDC_ISSUER = env.str("OIDC_ISSUER", default="")
if OIDC_ISSUER and not (OIDC_ISSUER.startswith("https://") or DEVELOPMENT):
    raise ImproperlyConfigured(f"OIDC_ISSUER is {OIDC_ISSUER}. It begins with https:// in a clinic.")
OIDC_ORIGIN = "{0.scheme}://{0.netloc}".format(urlsplit(OIDC_ISSUER))
OIDC_NAME = env.str("OIDC_NAME", default="your organisation's account")
OIDC_CLIENT_ID = env.str("OIDC_CLIENT_ID", default="")
OIDC_CLIENT_SECRET = env.str("OIDC_CLIENT_SECRET", default="")
if OIDC_ISSUER and not (OIDC_CLIENT_ID and OIDC_CLIENT_SECRET):
    raise ImproperlyConfigured("OIDC_ISSUER is set. OIDC_CLIENT_ID and OIDC_CLIENT_SECRET have to be, too.")
# True only where the provider asks each of its people for a second factor: then ours is not asked for.
OIDC_ENFORCES_MFA = env.bool("OIDC_ENFORCES_MFA", default=False)
# A first look at the demo should not need a telephone; everywhere else members need a second factor.
MFA_MANDATORY = env.bool("MFA_MANDATORY", default=not DEVELOPMENT)
MFA_TOTP_ISSUER = "Recovery Clinic"
LOGIN_URL = "account_login"
# Neither package is installed as an app, so that their browsable pages do not exist. A view that is not
# built on accounts.api answers nobody.
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAdminUser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "OAS_VERSION": "3.1.1",
    "TITLE": "Recovery Clinic",
    "DESCRIPTION": "For integrators: docs/api.md says how to get a token and how a first request is made.",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": ["recovery_clinic.api.described"],
}
LOGIN_REDIRECT_URL = "home"

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
FORMAT_MODULE_PATH = ["recovery_clinic.formats"]

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / ".data" / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Without a collected folder the files are served from where they lie, so a fresh clone needs no extra step.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

# Behind `make run` there is no TLS; a clinic's deployment always has it.
HTTPS = not DEVELOPMENT
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
)
SECURE_HSTS_SECONDS = 63_072_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
# The default keeps what a page has to say in a cookie of its own, which is not bound to the host.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
# How long a session that has ended is remembered, so that a form which stood open over a weekend is still
# known to be whose; how long one may be used, accounts.middleware says.
SESSION_COOKIE_AGE = 3 * 24 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "recovery_clinic.errors.csrf_failure"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        # A script runs only with the nonce of its own answer; where no page is answered, none runs.
        "script-src": [NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        # The button of the log-in page leads to the provider, and a browser asks where a form ends up.
        "form-action": [SELF, *([OIDC_ORIGIN] if OIDC_ISSUER else [])],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
    }
}

# How many of our own proxies stand before us, each adding its entry to X-Forwarded-For.
AUDIT_TRUSTED_PROXIES = env.int("AUDIT_TRUSTED_PROXIES", default=1 if SECURE_PROXY_SSL_HEADER else 0)
# A clinic puts this on another disk than the database, best where lines can only be added.
AUDIT_ANCHOR = env.str("AUDIT_ANCHOR", default=str(BASE_DIR / ".data" / "audit-anchors.jsonl"))

EMAIL_URL = env.str("EMAIL_URL", default="consolemail://")
vars().update(env.email_url_config(EMAIL_URL))
# A mail server that does not answer must not hold a worker until its time limit.
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="no-reply@localhost")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                without_words,
                without_tokens,
                structlog.processors.JSONRenderer(),
            ],
        }
    },
    "filters": {"no_task_words": {"()": NoTaskWords}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["no_task_words"]}
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    # Request lines carry paths and ids only; a query string never holds patient data here.
    "loggers": {"django.server": {"handlers": ["console"], "propagate": False}},
}
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.filter_by_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        without_words,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
