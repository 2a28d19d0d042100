"""Training: the trainer, its step taken apart, its metrics, and how it goes wrong."""
