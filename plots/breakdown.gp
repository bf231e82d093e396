# Where the lag of a standby comes from: of each commit replayed, the time on the way, until written,
# until flushed, until replayed; stacked, over time.
#   sim.plot("breakdown", { of = standby })
# Keys: of; title.
height = '760'
load plots.'/style.gp'
f = word(of, 1)
if (of eq '' || !has(f, 'lag_network')) { printerr "of: '".f."': no such series, or no column lag_network in it; expected a standby"; exit status 1 }
v(n) = column(col(f, n))
stats dat(f) using (v('lag_network') + v('lag_write') + v('lag_flush') + v('lag_replay')) nooutput name 'M'
if (!exists('M_records') || M_records < 1) { printerr f." replayed no commit in this run"; exit status 1 }
s = time_div(M_max)
heading = 'Where the lag of '.f.' comes from'
load plots.'/head.gp'
total(x) = v('lag_network') + v('lag_write') + v('lag_flush') + v('lag_replay')
cut = bottom + 0.36 * (top - bottom)
set multiplot

with_labels = 1
load plots.'/marks.gp'
set bmargin at screen cut + 14. / real(height)
unset xlabel
set format x ''
set yrange [0:*]
y_title = 'lag of last commit ['.time_name(M_max).']'
load plots.'/y_title.gp'
plot dat(f) using 1:(total(0) / s) with filledcurves y1=0 lc rgb vermillion title 'replay', \
     '' using 1:((v('lag_network') + v('lag_write') + v('lag_flush')) / s) with filledcurves y1=0 lc rgb orange title 'disk flush', \
     '' using 1:((v('lag_network') + v('lag_write')) / s) with filledcurves y1=0 lc rgb green title 'disk write', \
     '' using 1:(v('lag_network') / s) with filledcurves y1=0 lc rgb blue title 'network'

# The same as shares: what the usual lag is made of shows only here, below a burst's.
unset label 9001
unset label 9002
with_labels = 0
load plots.'/marks.gp'
set tmargin at screen cut - 14. / real(height)
set bmargin at screen bottom
set format x '%g'
set xlabel 'virtual time [s]' offset 0,0.5
set yrange [0:100]
set ytics 50
set key off
y_title = 'share [%]'
load plots.'/y_title.gp'
share(x) = total(0) > 0 ? 100. * x / total(0) : NaN
plot dat(f) using 1:(share(total(0))) with filledcurves y1=0 lc rgb vermillion notitle, \
     '' using 1:(share(v('lag_network') + v('lag_write') + v('lag_flush'))) with filledcurves y1=0 lc rgb orange notitle, \
     '' using 1:(share(v('lag_network') + v('lag_write'))) with filledcurves y1=0 lc rgb green notitle, \
     '' using 1:(share(v('lag_network'))) with filledcurves y1=0 lc rgb blue notitle
unset multiplot
