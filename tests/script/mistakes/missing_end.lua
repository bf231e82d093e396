sim.at("1s", function()
  print "hello"
