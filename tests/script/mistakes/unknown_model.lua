local primary = sim.node("primary", "postgress", {})
