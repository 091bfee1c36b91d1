-- One row per Monte Carlo chain of fixed composition, sublattice and species that may sit there.
select
    simulations.run_id,
    simulations.simulation,
    species.sublattice,
    species.species,
    species.species_name,
    species.n_species,
    case
        when species.member is not null then simulations.concentrations[species.member]
        else 1 - coalesce(
            sum(simulations.concentrations[species.member]) over (
                partition by simulations.run_id, simulations.simulation, species.sublattice
            ), 0
        )
    end as share                                         -- 1: share of the species among the sites of the sublattice
from staging.simulations as simulations
inner join marts._site_species as species
    on simulations.alloy = species.alloy
where simulations.concentrations is not null
