"""The form that says what a run is made of."""
