"""What the window shows, and the threads that train, seek, load and save for it."""
