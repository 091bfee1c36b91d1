"""Monte Carlo of cluster expansions, 64 copies of a crystal side by side.

`clusters.py` says which clusters meet at a site, `moves.py` moves atoms, `lanes.py` is what the
rest of the wing uses. A copy is a lane: bit l of a site's word is the site's occupation in lane l.
"""
