"""Formation energies of a binary alloy by cluster expansion."""
