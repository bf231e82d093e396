return { first = require "cycle_first" }
