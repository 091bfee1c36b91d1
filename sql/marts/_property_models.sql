-- One row per fitted property that formulas alone tell and, of classes, label: the selected model but for
-- the weights of sparse descriptors.
with models as (

    select
        dataset,
        run_id,
        model,
        json_extract_string(hyperparameters, '$.unit') as unit,
        try_cast(json_extract_string(hyperparameters, '$.lowest') as double) as lowest,
        coalesce(json_extract_string(hyperparameters, '$.interval.edges'), '') as edges,
        coalesce(json_extract_string(hyperparameters, '$.interval.widths'), '') as widths,
        json_extract_string(hyperparameters, '$.classes[0]') as first_class,
        json_extract_string(hyperparameters, '$.classes[2]') as third_class
    from staging.models
    where
        study = 'property'
        and is_selected
        and json_extract_string(hyperparameters, '$.own') = '[]'
        -- Steps of isotonic regression are not summed up here.
        and json_extract_string(hyperparameters, '$.isotonic.n') is null

),

labels as (

    select
        dataset,
        run_id,
        label,
        sum(case when feature = 'intercept' then parameter end) as intercept,
        bool_or(feature like 'fraction of %') as is_of_elements,
        bool_or(regexp_matches(feature, '^[A-Z][a-z]?–[A-Z][a-z]?$')) as is_of_pairs
    from staging.model_parameters
    where study = 'property'
    group by dataset, run_id, label

),

-- A model without Magpie's averages has no row here. A `case` that made its list NULL would leave
-- NULLs among the entries of the other lists, and DuckDB would not multiply those.
magpie as (

    select
        dataset,
        run_id,
        label,
        list_sort(
            list(struct_pack(feature := feature, parameter := parameter))
        ) as parameters
    from staging.model_parameters
    where
        study = 'property'
        and regexp_matches(
            feature, '^(minimum|maximum|range|mean|average_deviation|mode)_[a-z_]+$'
        )
    group by dataset, run_id, label

),

-- Of two classes the weights are those of the second; the first one's logit is 0.
classes as (

    select
        labels.dataset,
        labels.run_id,
        labels.label,
        labels.intercept,
        list_transform(magpie.parameters, lambda entry: entry.parameter) as magpie_weights,
        labels.is_of_elements,
        labels.is_of_pairs
    from labels
    left join magpie
        on labels.dataset = magpie.dataset
        and labels.run_id = magpie.run_id
        and labels.label = magpie.label
    union all
    select
        labels.dataset,
        labels.run_id,
        models.first_class as label,
        0.0 as intercept,
        cast(null as double[]) as magpie_weights,
        labels.is_of_elements,
        labels.is_of_pairs
    from labels
    inner join models
        on labels.dataset = models.dataset
        and labels.run_id = models.run_id
    where models.first_class is not null and models.third_class is null

)

select
    models.dataset,
    models.model,
    models.run_id,
    classes.label,                                         -- class that the weights are of; empty for a number
    models.unit,                                           -- unit of the prediction; 1 of classes
    models.lowest,                                         -- unit of the property, as it was fitted: no prediction is below it; NULL if there is no bound
    list_transform(
        string_split(replace(replace(models.edges, '[', ''), ']', ''), ','),
        lambda edge: try_cast(edge as double)
    ) as interval_edges,                                   -- unit of the property, as it was fitted: predictions between the bins of intervals, rising; NULL alone if there is one bin, or the property is a class
    list_transform(
        string_split(replace(replace(models.widths, '[', ''), ']', ''), ','),
        lambda width: try_cast(width as double)
    ) as interval_widths,                                  -- unit of the property, as it was fitted: half the width of the interval in each bin; NULL alone of classes
    classes.intercept,                                     -- unit of the property, as it was fitted, or of a class its logit: what a formula has without descriptors
    classes.magpie_weights,                                -- unit of the property over that of a feature: weights of features.magpie_lists; NULL if the model does not read it
    classes.is_of_elements,                                -- whether the model reads which elements there are
    classes.is_of_pairs                                    -- whether it reads which pairs of them
from models
inner join classes
    on models.dataset = classes.dataset
    and models.run_id = classes.run_id
