# Two systems on one page: what a commit costs, latency, and what a crash of the leader costs, as a table; beside it
# how long the crashes lasted, and below what clients got all the while, and how many instances a log lacked.
#   sim.plot("one_page", { of = { "raft_clients", "paxos_clients" }, labels = "raft,paxos" })
# Keys: of, two clients; labels, what results and trials call the two systems; title.
height = '1040'
load plots.'/style.gp'
labels = list(labels)
array tint[2] = [blue, vermillion]
array shown[2] = ['Raft', 'Multi-Paxos']
px(y) = 1. - y / real(height)

# ---- figures by their names ----
array r_name[1000]; array r_label[1000]; array r_value[1000]
rows = 0
stats dat('results') using (rows = rows + 1, r_name[rows] = strcol(1), r_label[rows] = strcol(2), r_value[rows] = $3, 0) nooutput name 'R'
result(n, l) = sum [i = 1:rows] (r_name[i] eq n && r_label[i] eq l ? r_value[i] : 0.)
trial(n, k, l) = result(n.', '.word(labels, k), l)
array c_name[100]; array c_kind[100]; array c_mid[100]; array c_high[100]; array c_far[100]
clients = 0
stats dat('clients') using (clients = clients + 1, c_name[clients] = strcol(1), c_kind[clients] = strcol(2), c_mid[clients] = $6, c_high[clients] = $7, c_far[clients] = $8, 0) nooutput name 'C'
p50(k, o) = sum [i = 1:clients] (c_name[i] eq word(of, k) && c_kind[i] eq o ? c_mid[i] / 1e6 : 0.)
p90(k, o) = sum [i = 1:clients] (c_name[i] eq word(of, k) && c_kind[i] eq o ? c_high[i] / 1e6 : 0.)
p99(k, o) = sum [i = 1:clients] (c_name[i] eq word(of, k) && c_kind[i] eq o ? c_far[i] / 1e6 : 0.)
stats dat('trials') using 2 nooutput name 'E'
array curve[E_blocks]
do for [b = 1:E_blocks] { stats dat('trials') index b - 1 using (curve[b] = strcol(1), $2) nooutput }
index_of(n) = sum [b = 1:E_blocks] (curve[b] eq n ? b - 1 : 0)

heading = 'Raft and Multi-Paxos'
mark_lanes = 0
load plots.'/head.gp'
set multiplot

# ---- the table ----
line = 0
at(l) = px(112 + l * 25.)
figure(v) = v == int(v) && abs(v) < 1e9 ? sprintf('%.0f', v) : sprintf(v < 9.995 ? '%.2f' : v < 99.95 ? '%.1f' : '%.0f', v)
do for [k = 1:2] {
    set label 100 + k shown[k] at screen 0.315 + (k - 1) * 0.14, screen at(0) right font font_name.' Bold,15' tc rgb tint[k]
}
groups = '"A commit costs" "Latency of clients, all the while [ms]" "A leader loses power [ms]" "A log lacks"'
array row_of[14] = ['1messages', '1bytes', '1syncs', '2write, p50', '2write, p90', '2write, p99', '2read, p50', '2read, p99', \
    '3another leads, median', '3another leads, worst', '3served again, median', '3served again, worst', '4instances, at most', '']
told(i, k) = i == 1 ? result('messages a commit', word(labels, k)) : i == 2 ? result('bytes a commit', word(labels, k)) \
    : i == 3 ? result('syncs a commit', word(labels, k)) \
    : i == 4 ? p50(k, 'write') : i == 5 ? p90(k, 'write') : i == 6 ? p99(k, 'write') : i == 7 ? p50(k, 'read') : i == 8 ? p99(k, 'read') \
    : i == 9 ? trial('leadership', k, 'median [ms]') : i == 10 ? trial('leadership', k, 'max [ms]') \
    : i == 11 ? trial('unavailable', k, 'median [ms]') : i == 12 ? trial('unavailable', k, 'max [ms]') \
    : result('most gaps in a log', word(labels, k))
group = 0
do for [i = 1:13] {
    if (int(row_of[i][1:1]) != group) {
        group = int(row_of[i][1:1])
        line = line + (group == 1 ? 0.1 : 1.35)
        set label 200 + i word(groups, group) at screen 0.03, screen at(line) left font font_name.' Bold,14' tc rgb black
    }
    line = line + 1
    set label 300 + i row_of[i][2:] at screen 0.045, screen at(line) left font font_name.',14' tc rgb '#333333'
    do for [k = 1:2] {
        set label 400 + 2 * i + k figure(told(i, k)) at screen 0.315 + (k - 1) * 0.14, screen at(line) right font font_name.',14' tc rgb black
    }
}

# ---- how long a crash was felt ----
set lmargin at screen 0.575
set rmargin at screen 0.975
set tmargin at screen px(112)
set bmargin at screen px(432)
set xrange [0:E_max * 1.08]
set yrange [0:100]
set format x '%g'
set format y '%g%%'
set xlabel 'since the leader lost power [ms]' offset 0,0.5
set grid xtics ytics lc rgb '#dddddd' lt 1 lw 1
set label 9010 'crashes that were over' at screen 0.5, graph 0.5 center rotate by 90
set key at screen 0.745, screen px(530) center center vertical maxrows 2
plot for [k = 1:2] dat('trials') index index_of('leadership, '.word(labels, k)) using 2:($3 * 100) with steps lc rgb tint[k] lw 3 dt 1 title shown[k].': led', \
     for [k = 1:2] dat('trials') index index_of('unavailable, '.word(labels, k)) using 2:($3 * 100) with steps lc rgb tint[k] lw 3 dt (10,5) title shown[k].': served'

# ---- all the while ----
unset label
set lmargin at screen 0.112
set xrange [0:end_s]
with_labels = 0
load plots.'/marks.gp'
set tmargin at screen px(610)
set bmargin at screen px(800)
unset xlabel
set format x ''
set format y '%g'
set yrange [0:*]
set grid noxtics
set label 9003 'Clients, and what a log lacked; shaded: faults, alike in both' at screen 0.03, screen px(585) left font font_name.' Bold,14' tc rgb black
y_title = 'operations/s'
load plots.'/y_title.gp'
set key at screen 0.535, screen px(1012) center center horizontal maxrows 1 width -4
array client[2] = [word(of, 1), word(of, 2)]
plot for [k = 1:2] dat('latency') index client[k] using 1:(column(col('latency', 'ok'))) with lines lc rgb tint[k] lw 2.5 dt 1 title shown[k], \
     NaN with lines lc rgb black lw 2 dt 1 title 'gaps of a server of Multi-Paxos'

unset label
set tmargin at screen px(820)
set bmargin at screen px(930)
set format x '%g'
set xlabel 'virtual time [s]' offset 0,0.5
set key off
y_title = 'gaps'
most = result('most gaps in a log', word(labels, 2))
if (most > 0) { set ytics 10 ** ceil(log10(most / 2.)) / 2. }
load plots.'/y_title.gp'
lacking = ''
do for [i = 1:words(dat_names)] { if (has(word(dat_names, i), 'gaps')) { lacking = lacking.' '.word(dat_names, i) } }
plot for [f in lacking] dat(f) using 1:(column(col(f, 'gaps'))) with impulses lc rgb black lw 2 dt 1
unset multiplot
