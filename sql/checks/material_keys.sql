-- Each material of a data set stands once in what the classifier reads.
select
    dataset,
    material_id,
    count(*) as n_rows
from marts.metal_training
group by dataset, material_id
having count(*) > 1
