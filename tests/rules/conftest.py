"""The rules are checked against many made-up cases; how long one takes says nothing on a busy machine."""

from hypothesis import settings

settings.register_profile("rules", deadline=None)
settings.load_profile("rules")
