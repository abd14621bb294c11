from tests.stories.conftest import provider

__all__ = ["provider"]
