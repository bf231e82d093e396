# Replication lag, in bytes and in time.
#   sim.plot("lag", { of = standby })              one standby: what it lacks, by where it is stuck
#   sim.plot("lag", { of = { one, two } })         several: what each lacks
#   sim.plot("lag", { of = primary })              as pg_stat_replication shows it: the worst standby
# Keys: of; upstream (the node whose WAL is the measure, or one for each of `of`; the primary when left
# out); title.
height = '760'
load plots.'/style.gp'

# The primary: the one that says where its WAL ends.
if (!exists('upstream')) upstream = ''
upstream = list(upstream)
do for [i = 1:words(dat_names)] {
    f = word(dat_names, i)
    if (upstream eq '' && has(f, 'wal_insert_lsn')) {
        stats dat(f) using 1:(column(col(f, 'wal_insert_lsn'))) nooutput name 'S'
        if (exists('S_records') && S_records > 0) { upstream = f }
    }
}
do for [i = 1:words(upstream)] { if (!has(word(upstream, i), 'wal_insert_lsn')) { printerr "upstream: '".word(upstream, i)."': no such series, or no column wal_insert_lsn in it"; exit status 1 } }
if (upstream eq '') { printerr "no node of this run says where its WAL ends (wal_insert_lsn)"; exit status 1 }
standbys = ''
do for [i = 1:words(of)] { if (words(upstream) > 1 || word(of, i) ne upstream) { standbys = standbys.word(of, i).' ' } }
n = words(standbys)
do for [i = 1:n] { if (!has(word(standbys, i), 'replay_lsn')) { printerr "of: '".word(standbys, i)."': no such series, or no column replay_lsn in it"; exit status 1 } }
up(i) = word(upstream, i <= words(upstream) ? i : 1)
primary = up(1)

# Where the WAL of each upstream ends, at each sample, to subtract from; samples of all nodes are at the
# same times. A primary's end is what it has inserted, a cascading standby's what it has received.

stats dat(primary) using 1 nooutput name 'T'
rows = int(T_records)
step = rows > 1 ? (T_max - T_min) / (rows - 1) : 1
array ends[(n + 1) * (rows + 1)]
do for [i = 1:(n + 1) * (rows + 1)] { ends[i] = NaN }
row(t) = int((t - T_min) / step + 0.5) + 1
at(i, t) = i * (rows + 1) + (row(t) < 1 ? 1 : row(t) > rows ? rows : row(t))
keep(i, t, v) = (ends[at(i, t)] = v, v)
do for [i = 1:n] {
    stats dat(up(i)) using (keep(i - 1, $1, column(col(up(i), 'receive_lsn')))) nooutput name 'U'
    stats dat(up(i)) using (keep(i - 1, $1, column(col(up(i), 'wal_insert_lsn')))) nooutput name 'U'
}
# A gap stays a gap: nan is not less than 0.
positive(x) = x < 0 ? 0 : x
lacks(i, t, replayed) = positive(ends[at(i - 1, t)] - replayed)

# Units by the greatest value.
most_bytes = 1; most_ns = 1
do for [i = 1:n] {
    f = word(standbys, i)
    stats dat(f) using (lacks(i, $1, column(col(f, 'replay_lsn')))) nooutput name 'B'
    if (exists('B_max') && B_max > most_bytes) { most_bytes = B_max }
    stats dat(f) using (column(col(f, 'xact_replay_age'))) nooutput name 'A'
    if (exists('A_max') && A_max > most_ns) { most_ns = A_max }
}
if (n == 0) {
    do for [c in 'send_lag_bytes replay_lag_bytes'] {
        stats dat(primary) using (column(col(primary, c))) nooutput name 'B'
        if (exists('B_max') && B_max > most_bytes) { most_bytes = B_max }
    }
}
do for [c in 'write_lag flush_lag replay_lag'] {
    stats dat(primary) using (column(col(primary, c))) nooutput name 'A'
    if (exists('A_max') && A_max > most_ns) { most_ns = A_max }
}
b = bytes_div(most_bytes); s = time_div(most_ns)

heading = n == 1 ? 'Replication lag of '.word(standbys, 1) : 'Replication lag'
load plots.'/head.gp'
middle_of = bottom + 0.48 * (top - bottom)
set multiplot

# ---- bytes ----
with_labels = 1
load plots.'/marks.gp'
set bmargin at screen middle_of + 30. / real(height)
unset xlabel
set format x ''
y_title = 'WAL ['.bytes_name(most_bytes).']'
load plots.'/y_title.gp'
set yrange [0:*]
set key at screen 0.535, screen middle_of + 2. / real(height) center center maxrows 1
if (n == 1) {
    f = word(standbys, 1); i = 1
    plot dat(f) using 1:(lacks(i, $1, column(col(f, 'replay_lsn'))) / b) with filledcurves y1=0 lc rgb sky title 'not received', \
         '' using 1:(positive(column(col(f, 'receive_lsn')) - column(col(f, 'replay_lsn'))) / b) with filledcurves y1=0 lc rgb orange title 'not replayed', \
         '' using 1:(lacks(i, $1, column(col(f, 'replay_lsn'))) / b) with lines lc rgb blue lw 2 dt 1 title 'total lag'
}
if (n > 1) {
    plot for [i = 1:n] dat(word(standbys, i)) using 1:(lacks(i, $1, column(col(word(standbys, i), 'replay_lsn'))) / b) \
        with lines lt i title word(standbys, i).' behind '.up(i)
}
if (n == 0) {
    plot dat(primary) using 1:(column(col(primary, 'send_lag_bytes')) / b) with lines lt 1 title 'send lag: not yet sent', \
         '' using 1:(column(col(primary, 'replay_lag_bytes')) / b) with lines lt 2 title 'replay lag: sent, not known to be replayed'
}

# ---- time ----
unset label 9001
unset label 9002
with_labels = 0
load plots.'/marks.gp'
set tmargin at screen middle_of - 26. / real(height)
set bmargin at screen bottom
set format x '%g'
set xlabel 'virtual time [s]' offset 0,0.5
y_title = 'lag ['.time_name(most_ns).']'
load plots.'/y_title.gp'
set key at screen 0.535, screen 28. / real(height) center center maxrows 2
if (n > 1) {
    plot for [i = 1:n] dat(word(standbys, i)) using 1:(column(col(word(standbys, i), 'xact_replay_age')) / s) \
        with lines lt i title word(standbys, i).': age of last replay'
} else {
    f = n == 1 ? word(standbys, 1) : ''
    if (n == 1) {
        plot dat(f) using 1:(column(col(f, 'xact_replay_age')) / s) with lines lc rgb '#999999' lw 4 dt 1 title 'age of last replay', \
             dat(primary) using 1:(column(col(primary, 'replay_lag')) / s) with lines lt 2 title 'replay_lag', \
             '' using 1:(column(col(primary, 'flush_lag')) / s) with lines lt 3 title 'flush_lag', \
             '' using 1:(column(col(primary, 'write_lag')) / s) with lines lt 4 lc rgb blue title 'write_lag'
    } else {
        plot dat(primary) using 1:(column(col(primary, 'replay_lag')) / s) with lines lt 2 title 'replay_lag', \
             '' using 1:(column(col(primary, 'flush_lag')) / s) with lines lt 3 title 'flush_lag', \
             '' using 1:(column(col(primary, 'write_lag')) / s) with lines lt 4 lc rgb blue title 'write_lag'
    }
}
unset multiplot
