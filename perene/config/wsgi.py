"""What gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

from perene.kit import translations

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "perene.config.settings")
translations.compile_catalogs()
application = get_wsgi_application()

from perene.kit import fitness  # noqa: E402 - Django first

# However it is started: no page is served with a role that the walls do not hold.
fitness.check(patience_seconds=fitness.RESTART_PATIENCE_SECONDS)
