"""Binary alloys: relaxed structures, their place on the parent lattice, and its clusters."""
