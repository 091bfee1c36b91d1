-- One row per pair of a sample's own class and the class that a model called it: how often, unseen.
with own as (

    select
        dataset,
        model,
        split,
        sample_id,
        label
    from marts.property_probabilities
    where is_class

),

called as (

    select
        dataset,
        model,
        split,
        sample_id,
        label
    from marts.property_probabilities
    where probability_rank = 1

)

select
    own.dataset,
    own.model,
    own.split,
    own.label,
    called.label as called_label,                          -- class that the model called most probable
    count(*) as n_samples                                  -- 1: samples of the class `label` that it called `called_label`
from own
inner join called
    on own.dataset = called.dataset
    and own.model = called.model
    and own.split = called.split
    and own.sample_id = called.sample_id
group by
    own.dataset,
    own.model,
    own.split,
    own.label,
    called.label
