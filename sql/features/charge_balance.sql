-- One row per reduced formula: can charges balance? The totals that its elements can reach are
-- added up element by element, once with one charge for all atoms of an element and once with
-- any mixture of its common oxidation states. pymatgen's `oxi_state_guesses` searches alike, but by default
-- among the states that the ICSD has: of 350 formulas that were compared, 77 then had another answer.
with entries as (

    -- Elements whose atoms reach few totals come first, so that the search stays small.
    select
        elements.reduced_formula,
        list_sort(
            list(
                struct_pack(
                    n_totals := array_length(totals.total_charges),
                    element := elements.element,
                    uniform_charges := list_transform(
                        elements.common_oxidation_states,
                        lambda state: state * elements.formula_count
                    ),
                    mixed_charges := coalesce(
                        totals.total_charges,
                        list_transform(
                            elements.common_oxidation_states,
                            lambda state: state * elements.formula_count
                        )
                    )
                )
            )
        ) as elements
    from features.formula_elements as elements
    left join features.oxidation_totals as totals
        on elements.element = totals.element
        and elements.formula_count = totals.formula_count
    group by elements.reduced_formula

),

uniform as (

    select
        reduced_formula,
        elements,
        list_reduce(
            list_transform(elements, lambda entry: entry.uniform_charges),
            lambda totals, charges: list_distinct(
                flatten(
                    list_transform(
                        totals, lambda total: list_transform(charges, lambda charge: total + charge)
                    )
                )
            )
        ) as uniform_charges
    from entries

),

sums as (

    -- What balances with one charge for each element needs no mixture of them: the longer search.
    select
        reduced_formula,
        uniform_charges,
        case
            when not coalesce(list_contains(uniform_charges, 0), false)
                then list_reduce(
                    list_transform(elements, lambda entry: entry.mixed_charges),
                    lambda totals, charges: list_distinct(
                        flatten(
                            list_transform(
                                totals,
                                lambda total: list_transform(charges, lambda charge: total + charge)
                            )
                        )
                    )
                )
        end as mixed_charges
    from uniform

),

ranges as (

    -- Sums of extremes: of the common oxidation states, and of all that are known.
    select
        reduced_formula,
        any_value(n_elements) as n_elements,
        any_value(formula_atoms) as formula_atoms,
        sum(formula_count * list_min(common_oxidation_states)) as least_charge,
        sum(formula_count * list_max(common_oxidation_states)) as greatest_charge,
        sum(formula_count * list_min(oxidation_states)) as least_known_charge,
        sum(formula_count * list_max(oxidation_states)) as greatest_known_charge
    from features.formula_elements
    group by reduced_formula

)

select
    ranges.reduced_formula,
    case
        when ranges.n_elements = 1 then 'element'
        when list_contains(sums.uniform_charges, 0) then 'balanced'
        when list_contains(sums.mixed_charges, 0) then 'mixed'
        when ranges.least_known_charge <= 0 and ranges.greatest_known_charge >= 0 then 'uncommon'
        else 'impossible'
    end as charge_balance,                                 -- common oxidation states add up to zero with one charge for each element (balanced) or only with several for one (mixed); only uncommon ones may (uncommon); none can (impossible); a pure element
    list_min(list_transform(sums.uniform_charges, lambda total: abs(total)))
    / ranges.formula_atoms as least_imbalance,             -- e/atom: least net charge, with one common oxidation state for each element; NULL if an element has none
    ranges.least_charge / ranges.formula_atoms as least_charge,  -- e/atom: net charge if each atom takes its lowest common oxidation state
    ranges.greatest_charge / ranges.formula_atoms as greatest_charge  -- e/atom: net charge if each atom takes its highest common oxidation state
from ranges
inner join sums
    on ranges.reduced_formula = sums.reduced_formula
