"""A neural network written by hand in NumPy: the mathematics, without a window.

``nnfs_core`` never imports Qt. Read :mod:`nnfs_core.model.network` for the forward
and backward pass and :mod:`nnfs_core.training.trainer` for the loop around them.
"""

__version__ = "0.1.0"
