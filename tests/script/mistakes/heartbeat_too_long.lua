sim.nodes("n", 3, "raft", { peers = sim.all, heartbeat = "500ms" })
