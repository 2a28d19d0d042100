"""The loop around a trainer, in this process or in one of its own."""
