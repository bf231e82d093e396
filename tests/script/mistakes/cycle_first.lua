return { second = require "cycle_second" }
