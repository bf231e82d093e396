# The distribution of latency: which share of operations took no longer than that.
#   sim.plot("cdf")                                   all operations together
#   sim.plot("cdf", { of = { "read", "update" } })
#   sim.plot("cdf", { of = { "app1", "app2" } })      client nodes
# The share axis is stretched towards 100%, so that the tail can be read. Keys: of, title.
load plots.'/style.gp'
f = 'distribution'
data = dat(f)
names = of eq '' ? 'all' : of
most = 1.; least = 1e18
found = ''
do for [i = 1:words(names)] {
    stats data index word(names, i) using 1 nooutput name 'M'
    if (exists('M_records') && M_records > 0) {
        found = found.word(names, i).' '
        if (M_max > most) { most = M_max }
        if (M_min < least) { least = M_min }
    }
}
if (found eq '') { printerr "no operation of '".names."' has succeeded in this run"; exit status 1 }
s = time_div(most)
heading = 'Distribution of latency'
load plots.'/head.gp'
# 0%, 90%, 99%, 99.9% ... stand at equal distances.
nines(ppm) = ppm >= 1e6 ? 6 : -log10(1 - ppm / 1e6)
set xrange [least / s * 0.9:most / s * 1.1]
set yrange [0:6]
set ytics ('50%%' 0.30103, '90%%' 1, '99%%' 2, '99.9%%' 3, '99.99%%' 4, '99.999%%' 5, 'max' 6)
if (most > 20 * least) { set logscale x }
set format x '%g'
set grid xtics ytics lc rgb '#dddddd' lt 1 lw 1
set xlabel 'latency ['.time_name(most).']' offset 0,0.5
y_title = 'operations that took no longer'
load plots.'/y_title.gp'
set lmargin at screen 0.15
set tmargin at screen 1 - 86. / real(height)
plot for [i = 1:words(found)] data index word(found, i) using ($1 / s):(nines($2)) with lines lt i title word(found, i)
