-- One row per material: what can be counted from its composition and cell.
with formulas as (

    select
        reduced_formula,
        any_value(formula_atoms) as formula_atoms,
        cast(sum(formula_count * valence) as bigint) as formula_valence,
        sum(formula_count * valence) / any_value(formula_atoms) as valence_per_atom,
        sum(formula_count * valence)
        / sum(case when is_most_electronegative then formula_count end) as valence_per_anion
    from features.formula_elements
    group by reduced_formula

),

sums as (

    select
        fractions.source,
        fractions.material_id,
        -sum(fractions.atomic_fraction * ln(fractions.atomic_fraction)) as mixing_entropy,
        sum(fractions.amount * elements.n_valence) as valence_electrons,
        -- The Materials Project calculates these four with their 4f electrons in the core, where
        -- nobody can pair with them: three valence electrons are left, an odd number
        -- (pymatgen's MPRelaxSet: Nd_3, Sm_3, Dy_3, Er_3; the others so treated have odd numbers anyway).
        sum(
            fractions.amount * (
                elements.atomic_number
                + case when elements.element in ('Nd', 'Sm', 'Dy', 'Er') then 1 else 0 end
            )
        ) as electrons
    from features.element_fractions as fractions
    inner join staging.elements as elements
        on fractions.element = elements.element
    group by
        fractions.source,
        fractions.material_id

)

select
    materials.source,
    materials.material_id,
    materials.nsites,
    sums.mixing_entropy,                                   -- k_B/atom: ideal entropy of mixing, -sum(fraction * ln(fraction))
    case when materials.nsites is not null
        then sums.valence_electrons
    end as valence_electrons_per_cell,                     -- 1: Magpie's valence electrons in the unit cell; NULL if the cell is unknown
    case when materials.nsites is not null
        then cast(sums.electrons as bigint) % 2 = 1
    end as has_odd_electrons,                              -- whether an electron of the unit cell has no partner, so no band gap without magnetism; frozen 4f electrons of Nd, Sm, Dy and Er aside; NULL if the cell is unknown
    cast(round(materials.nsites / formulas.formula_atoms) as bigint)
        as formula_units,                                  -- 1: reduced formulas in the unit cell; NULL if the cell is unknown
    formulas.formula_valence,                              -- 1: valence electrons, as chemistry counts them, of the reduced formula
    formulas.valence_per_atom,                             -- 1: valence electrons, as chemistry counts them, per atom
    formulas.valence_per_anion                             -- 1: valence electrons, as chemistry counts them, per atom of the most electronegative element; 8 fills the shell of an anion
from features.labelled_materials as materials
inner join sums
    on materials.source = sums.source
    and materials.material_id = sums.material_id
inner join features.compositions as compositions
    on materials.source = compositions.source
    and materials.material_id = compositions.material_id
inner join formulas
    on compositions.reduced_formula = formulas.reduced_formula
