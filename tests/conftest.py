"""What holds for every test."""

from __future__ import annotations

from hypothesis import settings

# On a busy machine anything can take long: how fast something is, is measured elsewhere.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
