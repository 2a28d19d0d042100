"""Files that appear whole or not at all, and archives that are opened without trust."""
