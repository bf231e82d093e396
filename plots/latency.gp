# What clients waited for: latency percentiles over time, and the rate of operations under them.
#   sim.plot("latency")                          all operations
#   sim.plot("latency", { of = "update" })       one operation, by its name in the history
#   sim.plot("latency", { of = "app" })          one client node: a workload
# Keys: of; title; log = "yes" for a logarithmic latency axis (usual when it spans a factor of 100).
height = '760'
load plots.'/style.gp'
f = 'latency'
block = of eq '' ? 'all' : word(of, 1)
data = dat(f)
stats data index block using (column(col(f, 'max'))) nooutput name 'M'
if (!exists('M_records') || M_records < 1) { printerr "no operation ".block." has succeeded in this run"; exit status 1 }
stats data index block using (column(col(f, 'p50'))) nooutput name 'L'
s = time_div(M_max)
logarithmic = exists('log') ? (log eq 'yes') : (M_max > 100. * L_min)
heading = block eq 'all' ? 'Operation latency' : 'Operation latency, '.block
load plots.'/head.gp'
split = 0.36
low = bottom
cut = low + split * (top - low)
set multiplot

with_labels = 1
load plots.'/marks.gp'
set bmargin at screen cut + 14. / real(height)
unset xlabel
set format x ''
y_title = 'latency ['.time_name(M_max).']'
load plots.'/y_title.gp'
if (logarithmic) { set logscale y; set yrange [*:*] } else { set yrange [0:*] }
# Powers of ten and their half-way marks, as plain numbers.
set format y '%g'
if (logarithmic) { set ytics 10; set mytics 10; set grid ytics mytics lc rgb '#dddddd' lt 1 lw 1, lc rgb '#eeeeee' lt 1 lw 1 }
plot data index block using 1:(column(col(f, 'max')) / s) with lines lc rgb '#999999' lw 1.5 dt 1 title 'max', \
     '' index block using 1:(column(col(f, 'p99')) / s) with lines lt 2 title 'p99', \
     '' index block using 1:(column(col(f, 'p90')) / s) with lines lt 5 title 'p90', \
     '' index block using 1:(column(col(f, 'p50')) / s) with lines lt 1 lw 3 title 'p50', \
     NaN with boxes lc rgb sky title 'succeeded', NaN with boxes lc rgb vermillion title 'failed or unknown'

unset label 9001
unset label 9002
with_labels = 0
load plots.'/marks.gp'
unset logscale y
set yrange [0:*]
set key off
set ytics auto
unset mytics
set grid noytics nomytics
set grid ytics lc rgb '#dddddd' lt 1 lw 1
set tmargin at screen cut - 14. / real(height)
set bmargin at screen low
set format x '%g'
set xlabel 'virtual time [s]' offset 0,0.5
y_title = 'operations/s'
load plots.'/y_title.gp'
plot data index block using 1:(column(col(f, 'ok')) + column(col(f, 'failed'))) with fillsteps lc rgb vermillion notitle, \
     '' index block using 1:(column(col(f, 'ok'))) with fillsteps lc rgb sky notitle
unset multiplot
