"""Linear models of numbers and of classes, their solvers, and how a strength is chosen."""
