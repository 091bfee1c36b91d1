-- One row per material with a known space group: the crystal system and the point group that belong to
-- it. The seven systems and the 32 point groups follow one another in the order of the 230 space
-- groups (International Tables for Crystallography, volume A).
select
    source,
    material_id,
    case
        when spacegroup_number <= 2 then 'triclinic'
        when spacegroup_number <= 15 then 'monoclinic'
        when spacegroup_number <= 74 then 'orthorhombic'
        when spacegroup_number <= 142 then 'tetragonal'
        when spacegroup_number <= 167 then 'trigonal'
        when spacegroup_number <= 194 then 'hexagonal'
        else 'cubic'
    end as group_crystal_system,                            -- crystal system that the space group has
    case
        when spacegroup_number <= 1 then '1'
        when spacegroup_number <= 2 then '-1'
        when spacegroup_number <= 5 then '2'
        when spacegroup_number <= 9 then 'm'
        when spacegroup_number <= 15 then '2/m'
        when spacegroup_number <= 24 then '222'
        when spacegroup_number <= 46 then 'mm2'
        when spacegroup_number <= 74 then 'mmm'
        when spacegroup_number <= 80 then '4'
        when spacegroup_number <= 82 then '-4'
        when spacegroup_number <= 88 then '4/m'
        when spacegroup_number <= 98 then '422'
        when spacegroup_number <= 110 then '4mm'
        when spacegroup_number <= 122 then '-42m'
        when spacegroup_number <= 142 then '4/mmm'
        when spacegroup_number <= 146 then '3'
        when spacegroup_number <= 148 then '-3'
        when spacegroup_number <= 155 then '32'
        when spacegroup_number <= 161 then '3m'
        when spacegroup_number <= 167 then '-3m'
        when spacegroup_number <= 173 then '6'
        when spacegroup_number <= 174 then '-6'
        when spacegroup_number <= 176 then '6/m'
        when spacegroup_number <= 182 then '622'
        when spacegroup_number <= 186 then '6mm'
        when spacegroup_number <= 190 then '-62m'
        when spacegroup_number <= 194 then '6/mmm'
        when spacegroup_number <= 199 then '23'
        when spacegroup_number <= 206 then 'm-3'
        when spacegroup_number <= 214 then '432'
        when spacegroup_number <= 220 then '-43m'
        else 'm-3m'
    end as group_point_group                                 -- point group that the space group has
from staging.materials
where spacegroup_number is not null
