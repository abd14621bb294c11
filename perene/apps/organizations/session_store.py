"""Sessions in a table that gives nobody a session: it keeps a digest of the key that the browser has, and the content is signed
for that key alone, so that a copy of it under another one says nothing. (settings.SESSION_ENGINE)"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from perene.apps.organizations.models import Session
from perene.kit import clock, crypto

_KEY_LENGTH = 40


class SessionStore(DatabaseStore):
    """Also keeps whose session it is, since when, from where (see `sessions`). A browser's session lives in real time, which
    Django's own engine reads here too."""

    row: Session | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    @property
    def key_salt(self) -> str:
        return f"perene.session.{stored_key(self.session_key or '')}"

    def _get_session_from_db(self) -> Session | None:
        if not self.session_key:
            self._session_key = None
            return None
        self.row = Session.objects.filter(
            session_key=stored_key(self.session_key), expire_date__gt=clock.now()
        ).first()
        if self.row is None:
            self._session_key = None
        return self.row

    def exists(self, session_key: str) -> bool:
        return Session.objects.filter(session_key=stored_key(session_key)).exists()

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        key = stored_key(self._get_or_create_session_key())
        kept = self.row if self.row is not None and self.row.session_key == key else None
        return Session(
            session_key=key,
            session_data=self.encode(data),
            expire_date=self.get_expiry_date(),
            person_id=UUID(data["person_id"]) if data.get("person_id") else None,
            began_at=_moment(data.get("began_at")),
            seen_at=kept.seen_at if kept else _moment(data.get("began_at")),
            address=data.get("address", ""),
            browser=data.get("browser", ""),
        )

    def delete(self, session_key: str | None = None) -> None:
        if session_key is None:
            session_key = self.session_key
        if session_key:
            Session.objects.filter(session_key=stored_key(session_key)).delete()


def stored_key(key: str) -> str:
    """How the table knows a session: 160 bits of its key's digest."""
    return crypto.digest(key)[:_KEY_LENGTH]


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
