-- Counts what a failover loses: commits that users were told of, behind the point where a standby took over.
--
--   local lost = require "lost_commits" ()
--   lost.count      of the first promotion of the run; nil before it
--   lost.told       how many its log had acknowledged
--   lost.by.NODE    of the promotion of that node
return function()
  local lost, acknowledged = { by = {} }, {}
  sim.law {
    name = "Lost Commits Are Counted",
    says = "a count, which no run breaks: commits acknowledged behind the point where a standby took over",
    reads = { "commit_acked", "promoted" },
    fold = function(_, fact)
      local log = acknowledged[fact.group] or {} -- a timeline of a cluster
      acknowledged[fact.group] = log
      if fact.name == "commit_acked" then
        if not log.left then log[#log + 1] = fact.a end
        return nil
      end
      if log.left then return nil end
      log.left = fact.a
      local count = 0
      for _, lsn in ipairs(log) do
        if lsn > fact.a then count = count + 1 end
      end
      lost.by[fact.node] = count
      if not lost.count then lost.count, lost.told = count, #log end
      return "held"
    end,
  }
  return lost
end
