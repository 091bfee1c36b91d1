-- One row per structure of an alloy and structure on its convex hull that it falls apart into; one
-- on the hull is its own product. Amounts that are 0 but for rounding are none.
with products as (

    select
        alloy,
        structure_id,
        unnest(
            list_transform(
                vertices, lambda x, place: struct_pack(vertex := x, amount := amounts[place])
            )
        ) as product
    from marts._hull_places

)

select
    products.alloy,
    products.structure_id,
    products.product.vertex as product_id,               -- the source's name of the structure on the hull
    coalesce(compositions.composition_group, products.product.vertex) as product_formula, -- reduced formula of that structure, such as AuCu2; `no atom` of an empty lattice
    products.product.amount as amount                    -- 1: share of the atoms that end in it, or of the sites where sites may be vacant
from products
left join features.alloy_compositions as compositions
    on products.alloy = compositions.alloy
    and products.product.vertex = compositions.structure_id
where products.product.amount > 1e-9
