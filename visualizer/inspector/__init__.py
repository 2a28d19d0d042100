"""The inspector's page: explanations written as formulas with links."""
