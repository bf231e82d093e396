# What all plots share: terminal, fonts, colours, finding columns by name, units, shaded spans.
#
# A plot begins with `load plots.'/style.gp'`. The program has set, before: plots, rundir, output,
# format, title, subtitle, end_s, dat_names, columns_known, units_known, the mark_* arrays, and the
# keys of sim.plot. README.md in this folder has the whole list.

if (!exists('height')) height = '600'
font_name = 'DejaVu Sans'

# Same look in both: svg counts pixels, png points of 4/3 pixels.
if (format eq 'png') {
    set terminal pngcairo size 1000,real(height) font font_name.',15' noenhanced background '#ffffff' rounded
} else {
    set terminal svg size 1000,real(height) fontscale 1.28 font font_name.',15' noenhanced background '#ffffff' rounded
}
set encoding utf8
set output output

# Okabe and Ito's palette: told apart by people with any of the common colour deficiencies.
blue = '#0072B2'; orange = '#E69F00'; green = '#009E73'; vermillion = '#D55E00'
purple = '#CC79A7'; sky = '#56B4E9'; black = '#000000'; grey = '#666666'
set linetype 1 lc rgb blue       lw 2.5 dt 1
set linetype 2 lc rgb vermillion lw 2.5 dt 1
set linetype 3 lc rgb green      lw 2.5 dt (14,5)
set linetype 4 lc rgb purple     lw 2.5 dt (4,4)
set linetype 5 lc rgb orange     lw 2.5 dt (14,4,3,4)
set linetype 6 lc rgb sky        lw 2.5 dt 1
set linetype 7 lc rgb black      lw 2.5 dt (8,4)
set linetype 8 lc rgb grey       lw 2.5 dt 1
set linetype cycle 8

set datafile missing '?'
set border 3 lc rgb '#444444'
set tics nomirror out scale 0.6
set grid ytics lc rgb '#dddddd' lt 1 lw 1
set key off
set style fill solid 1.0 noborder

# ---- columns by name ----
# One entry of columns_known is "|standby: time receive_lsn ... ", of units_known "|standby: s lsn ... ".
entry(s, f) = (_i = strstrt(s, '|'.f.':'), _i == 0 ? '' : (_r = s[_i + strlen(f) + 2:], _j = strstrt(_r, '|'), _r[:_j - 1]))
place(e, n) = (_p = strstrt(e, ' '.n.' '), _p == 0 ? 0 : words(e[:_p]) + 1)
col(f, n) = place(entry(columns_known, f), n)
has(f, n) = col(f, n) > 0
unit(f, n) = has(f, n) ? word(entry(units_known, f), col(f, n)) : ''
dat(f) = rundir.'/'.f.'.dat'
known(f) = strstrt(' '.dat_names.' ', ' '.f.' ') > 0

# The script's lists come as "a,b": as words, for word() and words().
_comma(s) = strstrt(s, ',')
_space(s) = _comma(s) == 0 ? s : s[:_comma(s) - 1].' '._space(s[_comma(s) + 1:])
list(s) = _space(s)
if (!exists('of')) of = ''
of = list(of)

# ---- units that fit the size ----
# time: of nanoseconds. bytes: 1000-based, as everywhere in Orrery.
time_div(m) = m < 2e3 ? 1. : m < 2e6 ? 1e3 : m < 2e9 ? 1e6 : 1e9
time_name(m) = m < 2e3 ? 'ns' : m < 2e6 ? 'µs' : m < 2e9 ? 'ms' : 's'
bytes_div(m) = m < 2e3 ? 1. : m < 2e6 ? 1e3 : m < 2e9 ? 1e6 : 1e9
bytes_name(m) = m < 2e3 ? 'bytes' : m < 2e6 ? 'kB' : m < 2e9 ? 'MB' : 'GB'
div_of(u, m) = u eq 'ns' ? time_div(m) : (u eq 'bytes' || u eq 'lsn' || u eq 'bytes/s') ? bytes_div(m) : 1.
name_of(u, m) = u eq 'ns' ? time_name(m) : (u eq 'bytes' || u eq 'lsn') ? bytes_name(m) \
    : u eq 'bytes/s' ? bytes_name(m).'/s' : u eq '1' ? '' : u
in_unit(u, m) = name_of(u, m) eq '' ? '' : ' ['.name_of(u, m).']'

# ---- the time axis ----
set xrange [0:end_s]
set xlabel 'virtual time [s]' offset 0,0.5

# ---- title, and room for the labels of spans above the plot ----
# The plot's own title wins only where the script gave none.
title_or(t) = strlen(title) > 0 ? title : t
lane_height = 0.036 * 600. / real(height)
top = 1 - (76. / real(height)) - mark_lanes * lane_height - 6. / real(height)
bottom = 118. / real(height)
set lmargin at screen 0.112
set rmargin at screen 0.975
set tmargin at screen top
set bmargin at screen bottom

# The legend: under the time axis, in one row or two; never over the data.
set key at screen 0.535, screen 28. / real(height) center center horizontal Left reverse maxrows 2 \
    samplen 2 width 0.5 font font_name.',14'

# Axis titles at fixed places, so that those of two panels line up: tags 9010 (left) and 9011 (right).
