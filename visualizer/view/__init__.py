"""Everything that is drawn of one epoch: panels in their places, bars, and pictures of them."""
