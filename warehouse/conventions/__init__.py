"""What ingest, analysis and tests agree on: alloys, sites and cluster spaces."""
