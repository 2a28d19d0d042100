"""How data goes through a network quickly: blocks, batches, and an order that spares zeros."""
