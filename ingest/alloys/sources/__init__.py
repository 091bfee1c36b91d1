"""Where a researcher's own structures come from: one module for each kind of source."""
