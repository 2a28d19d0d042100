"""The network diagram: its layout, what it shows, what is hit, and how it is painted."""
