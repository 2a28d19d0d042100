"""What a run has been through: recordings, keyframes, replay, bookmarks and marks."""
