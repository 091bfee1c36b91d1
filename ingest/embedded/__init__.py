"""Small real data sets shipped with the project, and the script that rebuilds them."""
