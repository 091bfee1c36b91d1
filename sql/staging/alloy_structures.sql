-- One row per calculated structure of an alloy.
select
    alloy,
    structure_id,
    source,
    calculator,
    cell,
    positions,
    symbols,
    total_energy,
    volume,
    max_force,
    stress,
    functional,
    settings,
    energy_kind,
    relaxation,
    initial_cell,
    initial_positions,
    structures_digest
from raw.alloy_structures
