"""A person's picture, opened and prepared as the data was."""
