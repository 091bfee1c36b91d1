"""One module per source: the only place that reads the network or icet."""
