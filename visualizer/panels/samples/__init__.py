"""The samples of the data, to choose one from."""
