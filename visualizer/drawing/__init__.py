"""The drawing pad: strokes, pictures, and what the network is given of them."""
