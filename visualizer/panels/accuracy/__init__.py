"""The accuracy over the epochs."""
