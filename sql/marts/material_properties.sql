-- One row per reduced formula: what the sources know of it. Each value is that of the source that is
-- believed first (`source_rank`), whose name stands in the column `..._source`; `..._spread` is the
-- largest difference between sources, NULL where only one knows. Energies and gaps of different
-- sources are on different scales: a spread is no error bar.
with formulas as (

    select
        reduced_formula,
        any_value(chemsys) as chemsys,
        any_value(mean_atomic_weight) as mean_atomic_weight,
        count(*) as n_sources,
        cast(sum(n_rows) as bigint) as n_rows,
        list_sort(array_agg(source)) as sources,
        list_sort(list_distinct(array_agg(license))) as licenses,
        arg_min(band_gap, source_rank) as band_gap,
        arg_min(source, case when band_gap is not null then source_rank end) as band_gap_source,
        case when count(band_gap) > 1 then max(band_gap) - min(band_gap) end as band_gap_spread,
        max(measured_band_gap) as measured_band_gap,
        arg_min(formation_energy_per_atom, source_rank) as formation_energy_per_atom,
        arg_min(source, case when formation_energy_per_atom is not null then source_rank end) as formation_energy_source,
        case when count(formation_energy_per_atom) > 1 then max(formation_energy_per_atom) - min(formation_energy_per_atom) end as formation_energy_spread,
        arg_min(energy_above_hull, source_rank) as energy_above_hull,
        arg_min(source, case when energy_above_hull is not null then source_rank end) as energy_above_hull_source,
        case when count(energy_above_hull) > 1 then max(energy_above_hull) - min(energy_above_hull) end as energy_above_hull_spread,
        arg_min(density_atomic, source_rank) as density_atomic,
        arg_min(source, case when density_atomic is not null then source_rank end) as density_atomic_source,
        case when count(density_atomic) > 1 then max(density_atomic) - min(density_atomic) end as density_atomic_spread,
        arg_min(given_density, source_rank) as given_density,
        arg_min(source, case when given_density is not null then source_rank end) as given_density_source,
        arg_min(bulk_modulus_vrh, source_rank) as bulk_modulus_vrh,
        arg_min(source, case when bulk_modulus_vrh is not null then source_rank end) as bulk_modulus_source,
        case when count(bulk_modulus_vrh) > 1 then max(bulk_modulus_vrh) - min(bulk_modulus_vrh) end as bulk_modulus_spread,
        arg_min(shear_modulus_vrh, source_rank) as shear_modulus_vrh,
        arg_min(source, case when shear_modulus_vrh is not null then source_rank end) as shear_modulus_source,
        case when count(shear_modulus_vrh) > 1 then max(shear_modulus_vrh) - min(shear_modulus_vrh) end as shear_modulus_spread,
        arg_min(total_magnetization, source_rank) as total_magnetization,
        arg_min(source, case when total_magnetization is not null then source_rank end) as total_magnetization_source,
        arg_min(universal_anisotropy, source_rank) as universal_anisotropy,
        arg_min(homogeneous_poisson, source_rank) as homogeneous_poisson,
        arg_min(e_total, source_rank) as e_total,
        arg_min(e_electronic, source_rank) as e_electronic,
        arg_min(n, source_rank) as n,
        arg_min(e_ij_max, source_rank) as e_ij_max,
        arg_min(last_phdos_peak, source_rank) as last_phdos_peak,
        arg_min(exfoliation_energy, source_rank) as exfoliation_energy,
        max(vickers_hardness) as vickers_hardness,
        max(yield_strength) as yield_strength,
        max(ultimate_tensile_strength) as ultimate_tensile_strength,
        max(elongation) as elongation,
        max(youngs_modulus) as youngs_modulus,
        min(microstructure) as microstructure
    from marts.source_properties
    group by reduced_formula

)

select
    reduced_formula,
    chemsys,
    array_length(string_split(chemsys, '-')) as n_elements,  -- 1: how many elements it has
    string_split(chemsys, '-') as elements,                -- chemical symbols
    n_sources,                                             -- 1: sources that know the formula
    n_rows,                                                -- 1: rows of all sources
    sources,                                               -- names of the sources that know the formula
    licenses,                                              -- terms under which they give what they know
    band_gap,                                              -- eV: calculated band gap, too small by PBE
    band_gap_source,                                       -- source of `band_gap`
    band_gap_spread,                                       -- eV: largest difference between calculated gaps of two sources
    measured_band_gap,                                     -- eV: measured band gap; 0 says no more than that it is a metal
    formation_energy_per_atom,                             -- eV/atom: lowest formation energy that the source has of the formula
    formation_energy_source,                               -- source of `formation_energy_per_atom`
    formation_energy_spread,                               -- eV/atom: largest difference between formation energies of two sources
    energy_above_hull,                                     -- eV/atom: lowest energy above the hull
    energy_above_hull_source,                              -- source of `energy_above_hull`
    energy_above_hull_spread,                              -- eV/atom: largest difference between energies above the hull of two sources
    density_atomic,                                        -- Å³/atom: volume per atom
    density_atomic_source,                                 -- source of `density_atomic`
    density_atomic_spread,                                 -- Å³/atom: largest difference between volumes per atom of two sources
    mean_atomic_weight,                                    -- u: mean atomic weight
    coalesce(given_density, 1.66053906660 * mean_atomic_weight / density_atomic) as density,  -- g/cm³: mass density as a source gives it, else the mean atomic weight over the volume per atom
    coalesce(given_density_source, density_atomic_source) as density_source,  -- source of `density`, or of the volume that it is computed from
    bulk_modulus_vrh,                                      -- GPa: Voigt-Reuss-Hill average of the bulk modulus
    bulk_modulus_source,                                   -- source of `bulk_modulus_vrh`
    bulk_modulus_spread,                                   -- GPa: largest difference between bulk moduli of two sources
    shear_modulus_vrh,                                     -- GPa: Voigt-Reuss-Hill average of the shear modulus
    shear_modulus_source,                                  -- source of `shear_modulus_vrh`
    shear_modulus_spread,                                  -- GPa: largest difference between shear moduli of two sources
    total_magnetization,                                   -- μB: size of the magnetic moment of a cell of unknown size; do not compare formulas by it
    total_magnetization_source,                            -- source of `total_magnetization`
    universal_anisotropy,                                  -- 1: universal elastic anisotropy
    homogeneous_poisson,                                   -- 1: Poisson's ratio of the polycrystal
    e_total,                                               -- 1: static dielectric constant
    e_electronic,                                          -- 1: electronic part of the dielectric constant
    n,                                                     -- 1: refractive index
    e_ij_max,                                              -- C/m²: largest piezoelectric modulus
    last_phdos_peak,                                       -- cm⁻¹: highest peak in the density of phonon states
    exfoliation_energy,                                    -- meV/atom: energy to lift a layer off the crystal
    vickers_hardness,                                      -- HV: Vickers hardness, measured
    yield_strength,                                        -- MPa: stress at which it yields near room temperature
    ultimate_tensile_strength,                             -- MPa: largest stress that it bears near room temperature
    elongation,                                            -- %: elongation at fracture near room temperature
    youngs_modulus,                                        -- GPa: Young's modulus, measured
    microstructure                                         -- phases that were observed, as the source writes them; the first of several
from formulas
