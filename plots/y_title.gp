# The title of the y axis, from `y_title`, beside the middle of the panel.
set label 9010 y_title at screen 0.018, graph 0.5 center rotate by 90
