"""Why a number has its value, as a page of words and formulas."""
