"""Django's settings. Everything that differs between machines comes from the environment (docs/operations.md)."""

import os
from pathlib import Path

import font_lato
from csp.constants import NONE, SELF

from perene.config import environment
from perene.kit import logs

PACKAGE = Path(__file__).resolve().parent.parent

DEBUG = environment.flag("PERENE_DEBUG", default=False)
SECRET_KEY = environment.text("PERENE_SECRET_KEY")
if len(SECRET_KEY) < 32:
    raise environment.BadConfiguration("Set PERENE_SECRET_KEY to at least 32 random characters.")
# What `kit.crypto` seals with: the first key seals, all of them open. The one from the secret key stays last, so that what was
# sealed before a key of its own was set is still read.
ENCRYPTION_KEYS = [
    key.strip() for key in os.environ.get("PERENE_ENCRYPTION_KEY", "").split(",") if key.strip()
]
if any(len(key) < 32 for key in ENCRYPTION_KEYS):
    raise environment.BadConfiguration(
        "Set PERENE_ENCRYPTION_KEY to keys of at least 32 random characters each."
    )
ENCRYPTION_KEYS.append(SECRET_KEY)
ALLOWED_HOSTS = environment.text("PERENE_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
IS_HTTPS = environment.flag("PERENE_HTTPS", default=False)

INSTALLED_APPS = [
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "lucide",
    "csp",
    "ninja",
    "procrastinate.contrib.django",
    "perene.apps.organizations",
    "perene.apps.events",
    "perene.apps.inbox",
    "perene.apps.ledger",
    "perene.apps.customers",
    "perene.apps.policies",
    "perene.apps.catalog",
    "perene.apps.contracts",
    "perene.apps.receivables",
    "perene.apps.billing",
    "perene.interfaces.backoffice",
]

MIDDLEWARE = [
    "perene.interfaces.ops.middleware.WatchMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "perene.interfaces.backoffice.headers.HeadersMiddleware",
    "perene.interfaces.backoffice.scope.ScopeMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "perene.interfaces.backoffice.scope.MemberMiddleware",
]

ROOT_URLCONF = "perene.config.urls"
WSGI_APPLICATION = "perene.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "perene.interfaces.backoffice.frame.context",
            ],
        },
    }
]

_address = environment.database_address("DATABASE_URL")
DATABASES = {
    "default": {
        "ENGINE": "perene.kit.postgres",
        "NAME": _address.name,
        "USER": _address.user,
        "PASSWORD": _address.password,
        "HOST": _address.host,
        "PORT": _address.port,
        "OPTIONS": dict(_address.options),
        "DISABLE_SERVER_SIDE_CURSORS": False,
    }
}
if environment.flag("PERENE_POOL", default=False):
    DATABASES["default"]["OPTIONS"]["pool"] = {
        "min_size": 1,
        "max_size": environment.whole_number("PERENE_POOL_SIZE", 8, at_least=1),
    }

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "organizations.Person"
AUTHENTICATION_BACKENDS: list[
    str
] = []  # sign-in is ours: it must know the organization before it may read a person
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
CSRF_FAILURE_VIEW = "perene.interfaces.backoffice.errors.stale"
SESSION_ENGINE = "perene.apps.organizations.session_store"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
# With this prefix a browser takes the cookie from this very host alone, over HTTPS alone.
COOKIE_PREFIX = "__Host-" if IS_HTTPS else ""
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid", f"{COOKIE_PREFIX}csrftoken"
# How many proxies of ours stand before the program: so many entries of X-Forwarded-For are true.
PROXIES = environment.whole_number("PERENE_PROXIES", 1 if IS_HTTPS else 0)
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
if IS_HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# Requests of one API key in a minute, in each server process.
API_REQUESTS_PER_MINUTE = environment.whole_number("PERENE_API_REQUESTS_PER_MINUTE", 600, at_least=1)

# One language for people, whatever the browser says: LocaleMiddleware would print "R$ 2,576.15" to an English one.
LANGUAGE_CODE = "pt-br"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "America/Sao_Paulo"
# The rooms that are no Django app; apps and the back office bring their own.
LOCALE_PATHS = [
    PACKAGE / room / "locale"
    for room in ("rules", "actions", "reports", "kit", "interfaces/api", "interfaces/cli")
]

STATIC_URL = "/static/"
STATIC_ROOT = environment.data_folder() / "static"
# Lato, the face of the screens and of the PDFs, straight from its package.
STATICFILES_DIRS = [("fonts", Path(font_lato.__file__).parent / "files")]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"lines": {"()": logs.formatter(environment.one_of("PERENE_LOG_FORMAT", logs.KINDS))}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
    "root": {"handlers": ["stderr"], "level": environment.text("PERENE_LOG_LEVEL", "WARNING")},
    # Our own lines tell of calls, requests and jobs; these would tell whole addresses.
    "loggers": {name: {"level": "WARNING"} for name in ("httpx", "httpcore", "procrastinate")},
}
# What a scraper of /metricas must show; without one, only this machine itself may ask.
METRICS_TOKEN = os.environ.get("PERENE_METRICS_TOKEN", "")
SILENCED_SYSTEM_CHECKS = ["fields.W342"]
PROCRASTINATE_ON_APP_READY = "perene.kit.queue.ready"
PROCRASTINATE_IMPORT_PATHS = ["perene.interfaces.jobs.tasks"]
