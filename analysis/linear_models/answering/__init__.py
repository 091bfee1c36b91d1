"""What fitted models say of formulas: each as it is read, and what its descriptors add."""
