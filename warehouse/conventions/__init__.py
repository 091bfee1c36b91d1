"""What ingest, analysis and tests agree on: elements, alloys, lattices, sites, cluster spaces."""
