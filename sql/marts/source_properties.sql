-- One row per reduced formula and source: what the source knows of it. Of several rows, such as
-- polymorphs, energies are the lowest and all else is the mean; strengths are those near room
-- temperature, 15 to 40 °C.
select
    source,
    reduced_formula,
    any_value(chemsys) as chemsys,                         -- elements in alphabetical order, such as Cl-Na
    any_value(mean_atomic_weight) as mean_atomic_weight,   -- u: mean atomic weight
    case source
        when 'materials_project' then 1
        when 'critical_examination' then 2
        when 'mp_benchmark' then 3
        when 'matbench_mp' then 4
        when 'megnet' then 5
        when 'matbench_elastic' then 6
        when 'matbench_dielectric' then 7
        when 'matbench_phonons' then 8
        when 'matminer_elastic' then 9
        when 'matminer_dielectric' then 10
        when 'matminer_piezoelectric' then 11
        when 'matminer_flla' then 12
        when 'matbench_jdft2d' then 13
        when 'oqmd' then 14
        -- It lists polymorphs: of a formula it may have none but one far above the lowest.
        when 'matbench_mp_e_form' then 15
        else 100
    end as source_rank,                                      -- 1: which source is believed first: the live Materials Project, then its older releases, then the OQMD, last what lists polymorphs
    count(*) as n_rows,                                    -- 1: rows that the source has of the formula
    min(license) as license,                               -- terms under which the source gives the rows
    avg(case when source <> 'matbench_expt' then band_gap end) as band_gap,  -- eV: calculated band gap, too small by PBE
    avg(case when source = 'matbench_expt' then band_gap end) as measured_band_gap,  -- eV: measured band gap; 0 says no more than that it is a metal
    min(formation_energy_per_atom) as formation_energy_per_atom,  -- eV/atom: lowest formation energy that the source has of the formula
    max(spacegroup_number) as spacegroup_number,           -- 1: international number of the space group; of several rows the highest
    min(energy_above_hull) as energy_above_hull,  -- eV/atom: lowest energy above the hull
    avg(coalesce(density_atomic, volume / nsites)) as density_atomic,  -- Å³/atom: volume per atom
    avg(density) as given_density,                         -- g/cm³: mass density as the source gives it
    avg(abs(total_magnetization)) as total_magnetization,  -- μB: size of the magnetic moment of a cell of unknown size; do not compare formulas by it
    avg(bulk_modulus_vrh) as bulk_modulus_vrh,  -- GPa: Voigt-Reuss-Hill average of the bulk modulus
    avg(shear_modulus_vrh) as shear_modulus_vrh,  -- GPa: Voigt-Reuss-Hill average of the shear modulus
    avg(universal_anisotropy) as universal_anisotropy,  -- 1: universal elastic anisotropy
    avg(homogeneous_poisson) as homogeneous_poisson,  -- 1: Poisson's ratio of the polycrystal
    avg(e_total) as e_total,  -- 1: static dielectric constant
    avg(e_electronic) as e_electronic,  -- 1: electronic part of the dielectric constant
    avg(n) as n,  -- 1: refractive index
    avg(e_ij_max) as e_ij_max,  -- C/m²: largest piezoelectric modulus
    avg(last_phdos_peak) as last_phdos_peak,  -- cm⁻¹: highest peak in the density of phonon states
    avg(exfoliation_energy) as exfoliation_energy,  -- meV/atom: energy to lift a layer off the crystal
    avg(vickers_hardness) as vickers_hardness,  -- HV: Vickers hardness, measured
    avg(case when test_temperature between 15 and 40 then yield_strength end) as yield_strength,  -- MPa: stress at which it yields near room temperature
    avg(case when test_temperature between 15 and 40 then ultimate_tensile_strength end) as ultimate_tensile_strength,  -- MPa: largest stress that it bears near room temperature
    avg(case when test_temperature between 15 and 40 then elongation end) as elongation,  -- %: elongation at fracture near room temperature
    avg(youngs_modulus) as youngs_modulus,  -- GPa: Young's modulus, measured
    min(microstructure) as microstructure                  -- phases that were observed, as the source writes them; the first of several
from staging.materials
where reduced_formula is not null
group by source, reduced_formula
