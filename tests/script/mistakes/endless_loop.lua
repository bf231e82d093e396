local p = sim.params { x = 0 }
while p.x do end
