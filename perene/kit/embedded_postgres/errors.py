"""The one error of this package."""


class EmbeddedPostgresError(RuntimeError):
    """The embedded server cannot be had; the message is one sentence that says what to do."""
