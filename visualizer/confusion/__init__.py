"""The confusion matrix and the samples of its cells."""
