"""The page in the browser: what trained weights see in test pictures, drawings and files.

Knows the core alone, neither the window nor the command line.
"""
