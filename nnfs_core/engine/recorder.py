"""From events to the recording, which alone says where a run stands."""

from __future__ import annotations

from nnfs_core.engine.events import (
    Closed,
    Epochs,
    Event,
    Keyframe,
    Marked,
    RecipeUsed,
    Stands,
    State,
    Training,
)
from nnfs_core.history.recording import Recording


class Recorder:
    """Writes down what an engine tells, whichever it is.

    Parameters
    ----------
    recording : Recording
    """

    def __init__(self, recording: Recording) -> None:
        self._recording = recording

    def hear(self, event: Event) -> None:
        """Write down what belongs into the recording."""
        recording = self._recording
        match event:
            case Epochs(table):
                recording.extend(table)
            case Keyframe(state):
                recording.keyframes.offer_state(state)
            case RecipeUsed(state, text):
                recording.change(state, text)
            case Marked(marks):
                for mark in marks:
                    recording.mark(mark)
            case Stands(state=state) | State(state) | Training(state=state) | Closed(state):
                if state is not None:
                    recording.stand(state)
