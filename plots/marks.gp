# Faults and marked spans: shaded over the panel that is drawn next. `with_labels = 1` for the uppermost
# panel, which also gets their names, in the lanes that the program has laid out above it.
do for [i = 1:mark_count] {
    shade = mark_fault[i] ? vermillion : sky
    if (mark_to[i] - mark_from[i] > 0.003 * end_s) {
        set object i rectangle from first mark_from[i], graph 0 to first mark_to[i], graph 1 \
            fillcolor rgb shade fillstyle transparent solid (mark_fault[i] ? 0.16 : 0.24) noborder behind
    }
    set arrow i from first mark_from[i], graph 0 to first mark_from[i], graph 1 nohead lc rgb shade lw 1.2 back
    if (with_labels && mark_lane[i] > 0) {
        tone = mark_fault[i] ? '#A04000' : '#00567F'
        level = top + (mark_lane[i] - 0.42) * lane_height
        middle = (mark_from[i] + mark_to[i]) / 2.
        if (mark_anchor[i] == 1) { set label i mark_label[i] at first middle, screen level center font font_name.',13' tc rgb tone }
        if (mark_anchor[i] == 0) { set label i mark_label[i] at first 0, screen level left font font_name.',13' tc rgb tone }
        if (mark_anchor[i] == 2) { set label i mark_label[i] at first end_s, screen level right font font_name.',13' tc rgb tone }
    }
}
if (!with_labels) { do for [i = 1:mark_count] { unset label i } }
