"""Made files for every reader: good ones must come back as written, damaged ones do no harm.

Each file follows from its kind, a seed and a number, so that a finding can be made again. Files
are read in processes of their own, under bounds of memory and time. What counts:

- a good file is read, and what is read is what was written;
- a damaged one is refused in one line, or what is read is what another reader makes of it.
"""
