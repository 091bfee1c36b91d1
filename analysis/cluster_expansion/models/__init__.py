"""Linear models of formation energies."""
