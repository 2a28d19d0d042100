"""The weight pictures: their lenses, layout, labels and frames."""
