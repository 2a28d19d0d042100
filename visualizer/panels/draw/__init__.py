"""A pad to draw on, and what the network says of a drawing."""
