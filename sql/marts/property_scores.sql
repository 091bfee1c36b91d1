-- One row per fitted property that formulas tell, labelled material and, of classes, label: what the
-- model that was fitted to all samples says of its formula. `property_predictions` has what was said of
-- samples unseen; `property ... --predict --query` says the same of any formulas.
with weights as (

    select
        dataset,
        run_id,
        label,
        feature,
        parameter
    from staging.model_parameters
    where study = 'property' and parameter <> 0

),

of_formulas as (

    select
        weights.dataset,
        weights.run_id,
        weights.label,
        descriptors.reduced_formula,
        sum(weights.parameter * descriptors.value) as total,
        sum(case when descriptors.descriptor_kind = 'fraction' then 1 else 0 end) as n_elements,
        sum(case when descriptors.descriptor_kind = 'pair' then 1 else 0 end) as n_pairs
    from features.formula_descriptors as descriptors
    inner join weights
        on descriptors.descriptor = weights.feature
    group by weights.dataset, weights.run_id, weights.label, descriptors.reduced_formula

),

of_cells as (

    select
        weights.dataset,
        weights.run_id,
        weights.label,
        descriptors.source,
        descriptors.material_id,
        sum(weights.parameter * descriptors.value) as total
    from features.cell_descriptors as descriptors
    inner join weights
        on descriptors.descriptor = weights.feature
    group by
        weights.dataset, weights.run_id, weights.label,
        descriptors.source, descriptors.material_id

),

sums as (

    select
        models.dataset,
        models.model,
        models.label,
        models.unit,
        models.lowest,
        models.interval_edges,
        models.interval_widths,
        materials.source,
        materials.material_id,
        materials.reduced_formula,
        models.intercept
        + coalesce(of_formulas.total, 0)
        + coalesce(of_cells.total, 0)
        + coalesce(list_inner_product(models.magpie_weights, magpie.magpie_features), 0) as total,
        case when models.is_of_elements
            then materials.n_elements - coalesce(of_formulas.n_elements, 0)
        end as n_new_elements,
        case when models.is_of_pairs
            then materials.n_elements * (materials.n_elements - 1) / 2
                - coalesce(of_formulas.n_pairs, 0)
        end as n_new_pairs
    from marts._property_models as models
    cross join features.compositions as materials
    inner join features.magpie_lists as magpie
        on materials.source = magpie.source
        and materials.material_id = magpie.material_id
    left join of_formulas
        on models.dataset = of_formulas.dataset
        and models.run_id = of_formulas.run_id
        and models.label = of_formulas.label
        and materials.reduced_formula = of_formulas.reduced_formula
    left join of_cells
        on models.dataset = of_cells.dataset
        and models.run_id = of_cells.run_id
        and models.label = of_cells.label
        and materials.source = of_cells.source
        and materials.material_id = of_cells.material_id

),

bounded as (

    select
        dataset,
        model,
        label,
        unit,
        source,
        material_id,
        reduced_formula,
        interval_edges,
        interval_widths,
        total,
        case when label = '' then greatest(total, coalesce(lowest, total)) end as prediction,
        case when label <> ''
            then exp(total - max(total) over of_material)
        end as power,
        min(n_new_elements) over of_material as n_new_elements,
        min(n_new_pairs) over of_material as n_new_pairs
    from sums
    window of_material as (partition by dataset, source, material_id)

)

select
    dataset,
    model,
    source,
    material_id,
    reduced_formula,
    label,
    unit,
    total as weighted_sum,                                 -- unit of the property, as it was fitted, or of a class its logit: intercept and weights times descriptors, before any bound
    prediction,                                            -- unit of `unit`: the number that the model says; NULL of classes
    interval_widths[
        1 + array_length(list_filter(interval_edges, lambda edge: edge <= prediction))
    ] as interval,                                         -- unit of `unit`: half the width that held nine tenths of errors of held-out predictions like it; NULL of classes
    power / sum(power) over (
        partition by dataset, source, material_id
    ) as probability,                                      -- 1: of the class `label`; NULL of numbers
    cast(n_new_elements as bigint) as n_new_elements,      -- 1: elements of the formula that training hardly had; NULL if the model does not read them
    cast(n_new_pairs as bigint) as n_new_pairs             -- 1: pairs of its elements that training hardly had; NULL if the model does not read them
from bounded
