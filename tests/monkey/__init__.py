"""A monkey at the window: seeded random actions, watched from another process.

``python -m tests.monkey --help`` says what it can be asked for.
"""
