local first = require "cycle_first"
