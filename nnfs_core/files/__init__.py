"""Weights files and run files, and where weights meet data."""
