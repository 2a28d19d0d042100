"""The probabilities of a few samples over the epochs."""
