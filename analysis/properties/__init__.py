"""Any property: what a linear model says of a column that SQL selects, and how good it is."""
