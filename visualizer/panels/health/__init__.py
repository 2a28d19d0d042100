"""The health of every layer over the epochs."""
