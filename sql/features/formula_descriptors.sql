-- One row per reduced formula and descriptor that it has, by the idea that the descriptor comes
-- from. One that a formula lacks counts as zero. `descriptor` says it in words, `Mn at +3.0`, and is
-- the name of the model's parameter; the columns beside it say the same to a query. Those of the set
-- `shares` weigh a charge by its share of the atoms, and a pair by the product of both, as the energy
-- of a regular solution does (Hildebrand 1929, doi:10.1021/ja01376a009).
with charges as (

    select reduced_formula, element, least(greatest(round(2 * required_charge) / 2, -5), 9) as charge
    from features.required_charges
    where required_charge is not null

),

entries as (

    select
        elements.*,
        elements.formula_count / elements.formula_atoms as share,
        elements.element || ' at ' || case when charges.charge > 0 then '+' else '' end || charges.charge as charged
    from features.formula_elements as elements
    left join charges
        on elements.reduced_formula = charges.reduced_formula
        and elements.element = charges.element

),

totals as (

    -- Fe2O3 is of the prototype 2:3 and of the families 16×3 8×2.
    select
        reduced_formula,
        least(count(*), 6) as n_elements,
        any_value(formula_atoms) as formula_atoms,
        sum(formula_count * valence) as valence,
        sum(case when is_most_electronegative then formula_count end) as anions,
        string_agg(cast(formula_count as varchar), ':' order by formula_count) as prototype,
        string_agg(
            family || '×' || cast(formula_count as varchar), ' ' order by family, formula_count
        ) as families
    from entries
    group by reduced_formula

),

formulas as (

    select
        totals.reduced_formula,
        totals.prototype,
        balance.charge_balance,
        [
            struct_pack(descriptor_set := 'electrons', descriptor_kind := 'valence_electrons', descriptor := least(valence, 150) || case when valence = 1 then ' valence electron' else ' valence electrons' end),
            struct_pack(descriptor_set := 'electrons', descriptor_kind := 'valence_parity', descriptor := case when valence % 2 = 1 then 'odd valence' else 'even valence' end),
            struct_pack(descriptor_set := 'electrons', descriptor_kind := 'valence_electrons_per_atom', descriptor := round(8 * valence / formula_atoms) / 8 || ' valence electrons per atom'),
            struct_pack(descriptor_set := 'electrons', descriptor_kind := 'valence_electrons_per_anion', descriptor := least(round(4 * valence / anions) / 4, 30) || ' valence electrons per anion'),
            struct_pack(descriptor_set := 'charges', descriptor_kind := 'charge_balance', descriptor := charge_balance),
            struct_pack(descriptor_set := 'charges', descriptor_kind := 'charge_balance_by_size', descriptor := charge_balance || ', ' || n_elements || case when n_elements = 1 then ' element' else ' elements' end),
            struct_pack(descriptor_set := 'charges', descriptor_kind := 'least_imbalance', descriptor := 'charge left over ' || least(round(8 * least_imbalance) / 8, 4)),
            struct_pack(descriptor_set := 'charges', descriptor_kind := 'least_charge', descriptor := 'charges from ' || round(4 * least_charge) / 4),
            struct_pack(descriptor_set := 'charges', descriptor_kind := 'greatest_charge', descriptor := 'charges to ' || round(4 * greatest_charge) / 4),
            struct_pack(descriptor_set := 'roles', descriptor_kind := 'families', descriptor := families)
        ] as descriptors
    from totals
    inner join features.charge_balance as balance
        on totals.reduced_formula = balance.reduced_formula

),

of_elements as (

    select
        entries.reduced_formula,
        [entries.element] as elements,
        entries.share,
        [
            struct_pack(descriptor_set := 'fractions', descriptor_kind := 'fraction', descriptor := 'fraction of ' || element),
            struct_pack(descriptor_set := 'charges', descriptor_kind := 'element_charge_balance', descriptor := element || ', ' || charge_balance),
            struct_pack(descriptor_set := 'charges', descriptor_kind := 'required_charge', descriptor := charged),
            struct_pack(descriptor_set := 'roles', descriptor_kind := 'formula_count', descriptor := element || least(formula_count, 24)),
            struct_pack(descriptor_set := 'roles', descriptor_kind := 'formula_count_in_prototype', descriptor := element || formula_count || ' in ' || prototype),
            struct_pack(descriptor_set := 'shares', descriptor_kind := 'charge_share', descriptor := 'share of ' || charged)
        ] as descriptors
    from entries
    inner join formulas
        on entries.reduced_formula = formulas.reduced_formula

),

of_pairs as (

    select
        formulas.reduced_formula,
        [first.element, second.element] as elements,
        4 * first.share * second.share as share,           -- 1 of a pair in equal parts, alone
        [
            struct_pack(descriptor_set := 'pairs', descriptor_kind := 'pair', descriptor := first.element || '–' || second.element),
            struct_pack(descriptor_set := 'pairs', descriptor_kind := 'pair_counts', descriptor := first.element || first.formula_count || '–' || second.element || second.formula_count),
            struct_pack(descriptor_set := 'pairs', descriptor_kind := 'pair_charge_balance', descriptor := first.element || '–' || second.element || ', ' || charge_balance),
            struct_pack(descriptor_set := 'shares', descriptor_kind := 'pair_share', descriptor := 'shares of ' || first.element || '–' || second.element),
            struct_pack(descriptor_set := 'shares', descriptor_kind := 'charged_pair_share', descriptor := 'shares of ' || first.charged || '–' || second.charged)
        ] as descriptors,
        struct_pack(descriptor_set := 'pairs', descriptor_kind := 'groups_charge_balance', descriptor := 'groups ' || least(first.family, second.family) || '–' || greatest(first.family, second.family) || ', ' || charge_balance) as groups
    from formulas
    inner join entries as first
        on formulas.reduced_formula = first.reduced_formula
    inner join entries as second
        on formulas.reduced_formula = second.reduced_formula
        and first.element < second.element

),

everything as (

    select reduced_formula, cast([] as varchar[]) as elements, 1.0 as share, unnest(descriptors) as entry
    from formulas
    union all
    select reduced_formula, elements, share, unnest(descriptors) as entry
    from of_elements
    union all
    select reduced_formula, elements, share, unnest(descriptors) as entry
    from of_pairs
    union all
    -- Two pairs of a formula may be of the same groups.
    select distinct reduced_formula, cast([] as varchar[]) as elements, 1.0 as share, groups as entry
    from of_pairs

)

select
    reduced_formula,
    entry.descriptor_set,                                  -- idea that the descriptor comes from: fractions, electrons, charges, roles, pairs or shares
    entry.descriptor_kind,                                 -- what of the idea the descriptor tells, such as fraction, required_charge or pair
    elements as descriptor_elements,                       -- chemical symbols that the descriptor is about; none if it is about the whole
    entry.descriptor,                                      -- what the formula has, in words
    case when entry.descriptor_set in ('fractions', 'shares') then share else 1.0 end as value  -- 1: share of the atoms for a fraction or a charge's share, 4 times the product of two for that of a pair, 1 for all else
from everything
where entry.descriptor is not null
