# Throughput against a number: what more servers are good for.
#   sim.plot("scaling", { at = { 1, 2, 4 }, reads = { "r1", "r2", "r4" }, writes = { "w1", "w2", "w4" },
#                         per_second = 30, of_what = "standbys" })
# Keys: at (the numbers on the x axis); reads, writes (the clients of each); per_second (how many seconds they
# ran); of_what (the x axis); title.
load plots.'/style.gp'
do for [key in 'at reads writes per_second'] { if (!exists(key)) { printerr key.": not given"; exit status 1 } }
if (!exists('of_what')) of_what = 'servers'
at = list(at); reads = list(reads); writes = list(writes)
n = words(at)
if (words(reads) != n || words(writes) != n) { printerr "reads, writes: expected as many clients as numbers in at"; exit status 1 }
array xs[n]; array read_rate[n]; array write_rate[n]
most = 1.
do for [k = 1:n] {
    xs[k] = real(word(at, k)); read_rate[k] = 0; write_rate[k] = 0
    stats dat('clients') using (strcol(1) eq word(reads, k) ? (read_rate[k] = read_rate[k] + $3 / real(per_second), 0) : strcol(1) eq word(writes, k) ? (write_rate[k] = write_rate[k] + $3 / real(per_second), 0) : 0) nooutput name 'C'
    if (read_rate[k] + write_rate[k] == 0) { printerr "reads: '".word(reads, k)."': no operation of this client succeeded"; exit status 1 }
    if (read_rate[k] > most) { most = read_rate[k] }
    if (write_rate[k] > most) { most = write_rate[k] }
}
heading = 'Throughput by the number of '.of_what
mark_lanes = 0
load plots.'/head.gp'
set xrange [xs[1] - 0.3:xs[n] + 0.3]
set xtics 1 scale 0.6
set xlabel 'number of '.of_what offset 0,0.5
thousands = most > 20000
y_title = thousands ? 'operations [thousands/s]' : 'operations [1/s]'
load plots.'/y_title.gp'
d = thousands ? 1000. : 1.
set yrange [0:most / d * 1.12]
set format y '%g'
set key at screen 0.535, screen 28. / real(height) center center maxrows 1
above(mine, other) = (mine < other ? -0.055 : 0.055) * most
plot xs using (xs[$1]):(read_rate[$1] / d) with linespoints lt 1 pt 7 ps 1.4 title 'reads, of all servers together', \
     xs using (xs[$1]):(write_rate[$1] / d) with linespoints lt 2 pt 5 ps 1.4 title 'writes, of the one leader', \
     xs using (xs[$1]):((read_rate[$1] + above(read_rate[$1], write_rate[$1])) / d):(sprintf('%.1f', read_rate[$1] / d)) with labels center tc rgb blue font font_name.',13' notitle, \
     xs using (xs[$1]):((write_rate[$1] + above(write_rate[$1], read_rate[$1])) / d):(sprintf('%.1f', write_rate[$1] / d)) with labels center tc rgb vermillion font font_name.',13' notitle
