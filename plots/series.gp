# Any series of a run, one line each.
#   sim.plot("series", { of = node, probes = "commits,sync_waiters" })
#   sim.plot("series", { of = { a, b }, probes = "inbox" })       "a-to-b" names a link's series
# Series of one unit share an axis; a second unit takes the right one, more are refused. Keys: of, probes,
# title, log = "yes".
load plots.'/style.gp'
if (!exists('probes')) { printerr "probes: expected names of columns, such as probes = 'inbox'"; exit status 1 }
probes = list(probes)
# All pairs that exist, as "file:column".
lefts = ''; rights = ''; left = ''; right = ''; most_left = 0.; most_right = 0.; least = 0.
do for [i = 1:words(of)] { do for [k = 1:words(probes)] {
    f = word(of, i); c = word(probes, k)
    if (!known(f)) { printerr "of: no series '".f."'; this run has: ".dat_names; exit status 1 }
    if (!has(f, c)) { printerr "probes: '".f."' has no column '".c."'; it has:".entry(columns_known, f); exit status 1 }
    u = unit(f, c)
    if (left eq '') { left = u }
    if (u ne left && right eq '') { right = u }
    if (u ne left && u ne right) { printerr "probes: '".c."' is in '".u."', a third unit; expected two at most"; exit status 1 }
    stats dat(f) using (column(col(f, c))) nooutput name 'M'
    if (exists('M_records') && M_records > 0) {
        if (M_min < least) { least = M_min }
        if (u eq left && M_max > most_left) { most_left = M_max }
        if (u eq right && M_max > most_right) { most_right = M_max }
        if (u eq left) { lefts = lefts.f.':'.c.' ' } else { rights = rights.f.':'.c.' ' }
    }
} }
if (lefts.rights eq '') { printerr "nothing to plot: '".probes."' of '".of."' have no value in this run"; exit status 1 }
pair(i) = i <= words(lefts) ? word(lefts, i) : word(rights, i - words(lefts))
file(i) = (_w = pair(i), _w[:strstrt(_w, ':') - 1])
probe(i) = (_w = pair(i), _w[strstrt(_w, ':') + 1:])
scaled(i) = column(col(file(i), probe(i))) / (i <= words(lefts) ? div_of(left, most_left) : div_of(right, most_right))
label(i) = (words(of) > 1 ? file(i).' ' : '').probe(i).(i > words(lefts) ? ' (right axis)' : '')
one = words(probes) == 1
heading = one ? word(probes, 1).(words(of) == 1 ? ' of '.word(of, 1) : '') : words(of) == 1 ? word(of, 1) : 'Series'
load plots.'/head.gp'
with_labels = 1
load plots.'/marks.gp'
if (exists('log') && log eq 'yes') { set logscale y }
if (!exists('log') || log ne 'yes') { if (least >= 0) { set yrange [0:*] } }
y_title = (one ? word(probes, 1) : 'value').in_unit(left, most_left)
load plots.'/y_title.gp'
if (rights ne '') {
    set rmargin at screen 0.895
    set border 11
    set y2tics
    set label 9011 'right axis'.in_unit(right, most_right) at screen 0.982, graph 0.5 center rotate by 90
}
n = words(lefts); m = words(rights)
plot for [i = 1:n] dat(file(i)) using 1:(scaled(i)) with lines lt i title label(i), \
     for [i = n + 1:n + m] dat(file(i)) using 1:(scaled(i)) axes x1y2 with lines lt i title label(i)
