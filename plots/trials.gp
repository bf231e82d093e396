# How long something took, trial by trial: cumulative distributions side by side, of values in ms that the scenario
# told with sim.trial(name, value), a curve a name.
#   sim.plot("trials")
# Keys: of (names, parted by commas; all without it), x (the axis's title), title.
if (!exists('of')) of = ''
asked = of
of = ''
load plots.'/style.gp'
if (!known('trials')) { printerr "this run has no trials: its scenario never calls sim.trial"; exit status 1 }
stats dat('trials') using 2 nooutput name 'E'
blocks = E_blocks
array curve[blocks]
do for [k = 1:blocks] {
    stats dat('trials') index k - 1 using (curve[k] = strcol(1), $2) nooutput
    if (asked ne '' && strstrt(','.asked.',', ','.curve[k].',') == 0) { curve[k] = '' }
}
heading = 'Trials'
load plots.'/head.gp'
if (E_min > 0 && E_max > 10 * E_min) {
    set logscale x
    set xrange [E_min * 0.8:E_max * 1.25]
} else {
    set xrange [0:E_max * 1.08]
}
set yrange [0:100]
set format x '%g'
set format y '%g%%'
set grid xtics ytics mxtics lc rgb '#dddddd' lt 1 lw 1
set xlabel (exists('x') ? x : 'value [ms]') offset 0,0.5
y_title = 'trials that took no longer'
load plots.'/y_title.gp'
set lmargin at screen 0.12
set tmargin at screen 1 - 86. / real(height)
plot for [k = 1:blocks] dat('trials') index k - 1 using (curve[k] eq '' ? NaN : $2):($3 * 100) with steps lt k lw 3 title curve[k]
