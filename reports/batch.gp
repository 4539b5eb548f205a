# batch.gp: tokens a second against sequences at once, one line a series, with the range as bars.
load look
set logscale x 2
set offsets graph 0.03, graph 0.03, 0, 0 # the bars of the first and last point are seen whole
set yrange [0:*]
set xlabel 'sequences at once' textcolor rgb '#333333'
set ylabel 'tokens a second' textcolor rgb '#333333'
if (exists('xlimits')) { eval xlimits; eval ylimits } # another machine's picture has the same axes
plot for [i=0:series-1] data index i using 1:2:3:4 with yerrorlines title columnhead(1) lw 2 pt mark(i) ps 0.7 lc rgb tint(i)
