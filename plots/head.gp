# The title and the line under it. `heading`: what the plot says when the script gave no title.
set label 9001 title_or(heading) at screen 0.02, screen 1 - 26. / real(height) left font font_name.' Bold,19' tc rgb black
set label 9002 subtitle at screen 0.02, screen 1 - 54. / real(height) left font font_name.',13' tc rgb grey
