"""Work beside the window, what fails in it, and the memory it leaves."""
