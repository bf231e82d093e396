# How many runs lose more than so many commits, by level: lost_commits.sh loads this.
set terminal svg size 1000,560 fontscale 1.28 font 'DejaVu Sans,15' noenhanced background '#ffffff' rounded
set encoding utf8
set output picture
blue = '#0072B2'; orange = '#E69F00'; green = '#009E73'; vermillion = '#D55E00'; purple = '#CC79A7'
set border 3 lc rgb '#444444'
set tics nomirror out scale 0.6
set grid ytics lc rgb '#dddddd' lt 1 lw 1
set label 1 'Acknowledged commits that a failover in a storm loses' at screen 0.02, screen 0.955 font ',18'
set label 2 sprintf('chaos_failover.lua, %d seeds of each level; ANY 1 of two standbys', runs) at screen 0.02, screen 0.9 tc rgb '#666666' font ',14'
set tmargin at screen 0.84
set bmargin at screen 0.24
set lmargin at screen 0.1
set rmargin at screen 0.97
set logscale x
set xrange [1:*]
set yrange [0:*]
set xlabel 'lost commits, at least'
set ylabel 'share of runs [%]'
set key at screen 0.5, screen 0.04 center center maxrows 1 samplen 2 width 1 font ',14'
levels = 'off local remote_write on remote_apply'
colour(i) = word(blue.' '.vermillion.' '.green.' '.purple.' '.orange, i)
# Sorted by count, a run is lost by as many as stand behind it.
plot for [i = 1:5] '<sort -k4,4nr '.work.'/'.word(levels, i) using ($4 < 1 ? 1e-9 : $4):(100. * ($0 + 1) / runs) \
    with steps lw 3 lc rgb colour(i) title word(levels, i)
