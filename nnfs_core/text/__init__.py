"""How numbers and words of a run are written for people."""
