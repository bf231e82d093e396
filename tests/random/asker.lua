local clients = require "clients"
return clients.model({ knobs = { server = "node", think = "10ms" } }, function(me)
  while true do
    local key = "k" .. me.node:random(1, 5)
    if me.node:chance "40%" then
      me:ask(me.knobs.server, "write", key, me:unique(), "300ms")
    else
      me:ask(me.knobs.server, "read", key, nil, "300ms")
    end
    me:think(me.knobs.think)
  end
end)
