-- One row per material: what can be counted from its composition and cell.
with sums as (

    select
        fractions.source,
        fractions.material_id,
        -sum(fractions.atomic_fraction * ln(fractions.atomic_fraction)) as mixing_entropy,
        sum(fractions.amount * elements.n_valence) as valence_electrons,
        sum(fractions.amount * elements.atomic_number) as electrons
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
    end as has_odd_electrons                               -- whether an electron of the unit cell has no partner, so no band gap without magnetism; NULL if the cell is unknown
from staging.materials as materials
inner join sums
    on materials.source = sums.source
    and materials.material_id = sums.material_id
