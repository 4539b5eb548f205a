# lines.gp: one line a series, with p10 to p90 or the range as bars.
load look
set yrange [0:*]
set xlabel 'tokens in the cache' textcolor rgb '#333333'
set ylabel 'tokens a second' textcolor rgb '#333333'
if (exists('xlimits')) { eval xlimits; eval ylimits } # another machine's picture has the same axes
plot for [i=0:series-1] data index i using 1:2:3:4 with yerrorlines title columnhead(1) lw 2 pt mark(i) ps 0.7 lc rgb tint(i)
