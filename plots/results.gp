# Figures that the scenario told with sim.result, as bars side by side.
#   sim.plot("results")                                              all of them
#   sim.plot("results", { of = "lost commits", y = "commits" })      these names, by their labels
# Names with spaces are written as they are; several are parted by commas. Keys: of; y (the axis's title); log =
# "yes"; title.
if (!exists('of')) of = ''
asked = of
of = ''
load plots.'/style.gp'
if (!known('results')) { printerr "this run has no results: its scenario never calls sim.result"; exit status 1 }
array bar_name[1000]; array bar_label[1000]; array bar_value[1000]
rows = 0
wanted(n) = asked eq '' || strstrt(','.asked.',', ','.n.',') > 0
stats dat('results') using (wanted(strcol(1)) ? (rows = rows + 1, bar_name[rows] = strcol(1), bar_label[rows] = strcol(2), bar_value[rows] = $3, 0) : 0) nooutput name 'R'
if (rows == 0) { printerr "of: no result '".asked."' in this run"; exit status 1 }
# Names and labels, each once, in the order of the script. A label may have spaces: kept in arrays.
array names_of[rows]; array labels_of[rows]
names_count = 0; labels_count = 0
do for [i = 1:rows] {
    seen = 0
    do for [k = 1:names_count] { if (names_of[k] eq bar_name[i]) { seen = 1 } }
    if (!seen) { names_count = names_count + 1; names_of[names_count] = bar_name[i] }
    seen = 0
    do for [k = 1:labels_count] { if (labels_of[k] eq bar_label[i]) { seen = 1 } }
    if (!seen) { labels_count = labels_count + 1; labels_of[labels_count] = bar_label[i] }
}
array grid[names_count * labels_count]
most = 0.; least = 1e300
do for [k = 1:names_count * labels_count] { grid[k] = NaN }
do for [i = 1:rows] {
    do for [k = 1:names_count] { do for [l = 1:labels_count] {
        if (names_of[k] eq bar_name[i] && labels_of[l] eq bar_label[i]) { grid[(k - 1) * labels_count + l] = bar_value[i] }
    } }
    if (bar_value[i] > most) { most = bar_value[i] }
    if (bar_value[i] > 0 && bar_value[i] < least) { least = bar_value[i] }
}
if (most <= 0) { most = 1. }
heading = names_count == 1 ? names_of[1] : 'Results'
mark_lanes = 0
load plots.'/head.gp'
set xrange [0.4:labels_count + 0.6]
unset xlabel
set xtics scale 0
set xtics () font font_name.',15'
do for [l = 1:labels_count] { set xtics add (labels_of[l] l) }
y_title = exists('y') ? y : names_count == 1 ? names_of[1] : 'value'
load plots.'/y_title.gp'
logarithmic = exists('log') && log eq 'yes' && least < 1e300
if (logarithmic) { set logscale y; set yrange [least / 2.:most * 2.] } else { set yrange [0:most * 1.14] }
set format y '%g'
set key at screen 0.535, screen 28. / real(height) center center maxrows 1
w = 0.8 / names_count
at(k, l) = l - 0.4 + (k - 0.5) * w
figure(v) = v == int(v) ? sprintf('%.0f', v) : sprintf('%.3g', v)
array line[labels_count]
set boxwidth w * 0.9
plot for [k = 1:names_count] line using (at(k, $1)):(grid[(k - 1) * labels_count + $1]) with boxes lt k dt 1 title (names_count > 1 ? names_of[k] : ''), \
     for [k = 1:names_count] line using (at(k, $1)):(grid[(k - 1) * labels_count + $1]):(grid[(k - 1) * labels_count + $1] == grid[(k - 1) * labels_count + $1] ? figure(grid[(k - 1) * labels_count + $1]) : '') with labels center offset 0,0.7 tc rgb '#333333' font font_name.',14' notitle
