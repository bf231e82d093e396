local raft = require "raft.logg"
