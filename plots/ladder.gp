# Clients side by side: latency from p10 to p90 as a box, the median in it, p99 as a whisker. For comparing
# settings that differ in nothing else, such as the levels of synchronous_commit, each with a client of
# its own.
#   sim.plot("ladder", { of = { "off", "local", "on" } })    these clients, in this order
#   sim.plot("ladder")                                       all of them, as the scenario made them
# Keys: of; labels (what to call them: "off,local,on"); operation (usual: the commonest); title; log = "no".
load plots.'/style.gp'
array name[300]; array kind[300]
array number[300]; array low[300]; array mid[300]; array high[300]; array far[300]
rows = 0
stats dat('clients') using (rows = rows + 1, name[rows] = strcol(1), kind[rows] = strcol(2), number[rows] = $3, low[rows] = $5, mid[rows] = $6, high[rows] = $7, far[rows] = $8, 0) nooutput name 'R'
if (rows == 0) { printerr "no client of this run has had an operation that succeeded"; exit status 1 }

if (!exists('operation')) {
    operation = kind[1]; most = 0
    do for [i = 1:rows] { if (number[i] > most) { most = number[i]; operation = kind[i] } }
}
if (of eq '') { do for [i = 1:rows] { if (kind[i] eq operation) { of = of.name[i].' ' } } }
if (!exists('labels')) labels = of
labels = list(labels)
n = words(of)
array row[n]
slowest = 1.; fastest = 1e18
do for [k = 1:n] {
    row[k] = 0
    do for [i = 1:rows] { if (name[i] eq word(of, k) && kind[i] eq operation) { row[k] = i } }
    if (row[k] == 0) { printerr "of: client '".word(of, k)."' has no '".operation."' that succeeded"; exit status 1 }
    if (far[row[k]] > slowest) { slowest = far[row[k]] }
    if (low[row[k]] < fastest) { fastest = low[row[k]] }
}
fastest = fastest > 1 ? fastest : 1.
s = time_div(slowest)
heading = 'Latency of '.operation.', by client'
mark_lanes = 0
top = 1 - 86. / real(height)
set tmargin at screen top
load plots.'/head.gp'
set xrange [0.4:n + 0.6]
unset xlabel
set xtics scale 0
set xtics () font font_name.',16'
do for [k = 1:n] { set xtics add (word(labels, k) k) }
logarithmic = exists('log') ? (log eq 'yes') : (slowest > 30 * fastest)
if (logarithmic) { set logscale y; set yrange [fastest / s / 1.6:slowest / s * 1.8] } else { set yrange [0:slowest / s * 1.12] }
set format y '%g'
y_title = 'latency ['.time_name(slowest).']'
load plots.'/y_title.gp'
# Three digits and their unit.
in(v) = v / time_div(2 * v)
figure(v) = sprintf(in(v) < 9.995 ? '%.2f %s' : in(v) < 99.95 ? '%.1f %s' : '%.0f %s', in(v), time_name(2 * v))
set boxwidth 0.36
set bars 0.6
set style fill solid 1.0 border lc rgb '#444444'
plot row using ($1):(low[row[$1]] / s):(low[row[$1]] / s):(far[row[$1]] / s):(high[row[$1]] / s) with candlesticks whiskerbars lc rgb sky lw 1.5 title 'p10 to p90, whisker to p99', \
     row using ($1 - 0.18):(mid[row[$1]] / s):(0.36):(0) with vectors nohead lc rgb blue lw 5 title 'median', \
     row using ($1 + 0.2):(mid[row[$1]] / s):(figure(mid[row[$1]])) with labels left offset 0.6,0 tc rgb blue font font_name.',14' notitle, \
     row using ($1):(far[row[$1]] / s):('p99 '.figure(far[row[$1]])) with labels center offset 0,0.9 tc rgb '#444444' font font_name.',14' notitle
