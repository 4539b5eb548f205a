# bars.gp: bars side by side, or on top of one another (baselines = 1); one cluster a line of the data.
load look
set style data histograms
if (baselines) { set style histogram rowstacked } else { set style histogram clustered gap 1 }
set style fill solid 0.85 noborder
set boxwidth 0.8
set yrange [0:*]
if (exists('ylimits')) { eval ylimits } # another machine's picture has the same axis
plot for [i=2:series+1] data using i:xtic(1) title columnhead(i) lc rgb tint(i-2)
