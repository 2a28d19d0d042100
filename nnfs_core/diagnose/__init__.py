"""How a network is doing: health of its layers, confusion of its classes, what is happening."""
