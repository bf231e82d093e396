# Clients side by side that read from replicas: which share of their reads breaks a session guarantee, and
# what reading and writing cost them.
#   sim.plot("remedies", { of = { "none", "sticky", "wait" } })    these clients, in this order
# Keys: of; labels (what to call them); title.
height = '760'
load plots.'/style.gp'
if (of eq '') { printerr "of: found no client; expected the clients to compare"; exit status 1 }
if (!exists('labels')) labels = of
labels = list(labels)
n = words(of)
array unread[n]; array backward[n]
array reads[n]; array read_low[n]; array read_mid[n]; array read_far[n]
array writes[n]; array write_low[n]; array write_mid[n]; array write_far[n]
do for [k = 1:n] {
    f = word(of, k)
    if (!has(f, 'unread_writes')) { printerr "of: '".f."': no such series, or no column unread_writes in it"; exit status 1 }
    reads[k] = 0; writes[k] = 0
    stats dat(f) using (column(col(f, 'unread_writes'))) nooutput name 'U'
    stats dat(f) using (column(col(f, 'backward_reads'))) nooutput name 'B'
    unread[k] = U_max; backward[k] = B_max
    stats dat('clients') using ((strcol(1) eq f && strcol(2) eq 'read') ? (reads[k] = $3, read_mid[k] = $6, read_far[k] = $8, 0) : 0) nooutput name 'C'
    stats dat('clients') using ((strcol(1) eq f && strcol(2) eq 'write') ? (writes[k] = $3, write_mid[k] = $6, write_far[k] = $8, 0) : 0) nooutput name 'C'
    if (reads[k] == 0) { printerr "of: client '".f."' has no read that succeeded"; exit status 1 }
}
slowest = 1.; fastest = 1e18; worst = 1e-9
do for [k = 1:n] {
    if (read_far[k] > slowest) { slowest = read_far[k] }
    if (read_mid[k] < fastest) { fastest = read_mid[k] }
    if (writes[k] > 0 && write_far[k] > slowest) { slowest = write_far[k] }
    if (writes[k] > 0 && write_mid[k] < fastest) { fastest = write_mid[k] }
    if (100. * unread[k] / reads[k] > worst) { worst = 100. * unread[k] / reads[k] }
    if (100. * backward[k] / reads[k] > worst) { worst = 100. * backward[k] / reads[k] }
}
s = time_div(slowest)
heading = 'What users see of replicas, and what it costs them'
mark_lanes = 0
load plots.'/head.gp'
middle_of = bottom + 0.5 * (top - bottom)
set multiplot
set xrange [0.4:n + 0.6]
unset xlabel
set xtics scale 0
set xtics () font font_name.',16'
do for [k = 1:n] { set xtics add (word(labels, k) k) }

# ---- violations ----
set bmargin at screen middle_of + 52. / real(height)
y_title = 'reads that break it [%]'
load plots.'/y_title.gp'
set format y '%g'
set yrange [0:worst * 1.18]
set key at screen 0.535, screen middle_of + 6. / real(height) center center maxrows 1
count(v) = v == 0 ? '0' : sprintf('%.0f', v)
set boxwidth 0.3
plot reads using ($1 - 0.17):(100. * unread[$1] / reads[$1]) with boxes lc rgb vermillion title 'read your writes', \
     reads using ($1 + 0.17):(100. * backward[$1] / reads[$1]) with boxes lc rgb blue title 'monotonic reads', \
     reads using ($1 - 0.17):(100. * unread[$1] / reads[$1]):(count(unread[$1])) with labels center offset 0,0.7 tc rgb vermillion font font_name.',14' notitle, \
     reads using ($1 + 0.17):(100. * backward[$1] / reads[$1]):(count(backward[$1])) with labels center offset 0,0.7 tc rgb blue font font_name.',14' notitle

# ---- latency ----
unset label 9001
unset label 9002
set tmargin at screen middle_of - 34. / real(height)
set bmargin at screen bottom
y_title = 'latency ['.time_name(slowest).']'
load plots.'/y_title.gp'
set logscale y
set yrange [fastest / s / 2:slowest / s * 2]
set key at screen 0.535, screen 28. / real(height) center center maxrows 1
in(v) = v / time_div(2 * v)
figure(v) = sprintf(in(v) < 9.995 ? '%.1f %s' : '%.0f %s', in(v), time_name(2 * v))
plot reads using ($1 - 0.17):(read_mid[$1] / s):(read_mid[$1] / s):(read_far[$1] / s) with yerrorbars pt 7 ps 1.4 lw 2.5 lc rgb green title 'reads: median to p99', \
     reads using ($1 + 0.17):(writes[$1] > 0 ? write_mid[$1] / s : NaN):(write_mid[$1] / s):(write_far[$1] / s) with yerrorbars pt 5 ps 1.3 lw 2.5 lc rgb orange title 'writes: median to p99', \
     reads using ($1 - 0.17):(read_far[$1] / s):(figure(read_far[$1])) with labels center offset 0,0.8 tc rgb green font font_name.',13' notitle, \
     reads using ($1 + 0.17):(writes[$1] > 0 ? write_far[$1] / s : NaN):(figure(write_far[$1])) with labels center offset 0,0.8 tc rgb '#996600' font font_name.',13' notitle
unset multiplot
