-- The smallest scenario: a client sends numbers, a server sends them back.
--
-- Read the story it leaves in out/echo/1/story.txt. Then make the network bad, here or with
-- `--set loss=20%`, and look again: numbers are missing, and the law still holds, as nothing came back
-- that was not sent. `--set bug=true` makes the server add one: then it breaks.
local p = sim.params { loss = "0%", bug = false }
sim.describe "A client sends numbers, a server sends them back"
sim.run_for "5s"

local server = sim.node("server", "echo", { bugs = p.bug and { "off_by_one" } or nil })
local client = sim.node("client", "echo", { target = server, interval = "100ms" })
sim.link(client, server, { delay = sim.exponential "2ms", loss = p.loss })

sim.expect("something came back", function()
  return client:probe("missing") < 50
end)
sim.plot("series", { of = client, probes = "missing", title = "Sent and not come back" })
