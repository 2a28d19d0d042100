"""Weights and gradients as pictures."""
