"""What holds for every test."""

from __future__ import annotations

import signal

from hypothesis import settings

# On a busy machine anything can take long: how fast something is, is measured elsewhere.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# Programs that tests start are to hear of these, also when whoever started the tests does not:
# what nohup starts, or a shell in the background, inherits that they are ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP"):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
