-- A cluster with a failover manager: on each host a server, which comes up stopped, and its agent; a witness apart.
--
--   local cluster = require "cluster"
--   local c = cluster { hosts = { "alpha", "beta", "gamma" }, agent = { ttl = "30s" }, server = { ... } }
--   c.hosts.alpha, c.servers.alpha, c.agents.alpha, c.witness; c.all (the servers, in order); c.primary()
return function(options)
  local c = { hosts = {}, servers = {}, agents = {}, all = {} }
  c.witness = sim.node("witness", "witness", options.witness or {})
  for i, name in ipairs(options.hosts) do
    local host_options = { name = name .. "_host" }
    for option, value in pairs(options.host or {}) do host_options[option] = value end
    local host = sim.host(host_options)
    local server_knobs = { host = host, managed = true, application_name = name }
    for knob, value in pairs(options.server or {}) do server_knobs[knob] = value end
    local server = sim.node(name, "postgres", server_knobs)
    local agent_knobs = { host = host, server = server, witness = c.witness, initial_primary = i == 1 }
    for knob, value in pairs(options.agent or {}) do agent_knobs[knob] = value end
    c.hosts[name], c.servers[name], c.all[i] = host, server, server
    c.agents[name] = sim.node(name .. "_agent", "patroni", agent_knobs)
  end
  ---The servers that are primaries at this moment: there should be one at most.
  function c.primaries()
    local found = {}
    for _, server in ipairs(c.all) do
      if server:up() and server:view("recovery")[1].pg_is_in_recovery == false then found[#found + 1] = server end
    end
    return found
  end
  return c
end
