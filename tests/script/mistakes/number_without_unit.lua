sim.nodes("n", 3, "raft", { peers = sim.all, election_timeout = 150 })
