"""The network: parameters, activations, initializers, losses, and what can be pointed at."""
