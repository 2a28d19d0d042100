"""The window: it draws what :mod:`nnfs_core` computes, and computes nothing itself.

This file imports nothing, so that :mod:`visualizer.system_libraries` and
:mod:`visualizer.display` can say what is missing before anything is installed.
"""
