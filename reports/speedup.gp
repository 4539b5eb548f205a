# speedup.gp: speed-up over generic C against size; p10 to p90 as bars; the compiler's own vectorising dashed.
# Wants: look (style.gp), data, out, heading, baselines, series (see harness/report_plot.c).
load look
set logscale x 2
set logscale y 2
set format x '%.0b%B'
set xlabel 'weights or elements' textcolor rgb '#333333'
set ylabel 'times as fast as generic C' textcolor rgb '#333333'
if (exists('xlimits')) { eval xlimits; eval ylimits } # another machine's picture has the same axes
plot 1 notitle lc rgb '#888888' dt 3, \
     for [i=0:baselines-1] data index i using 1:2:3:4 with yerrorlines title columnhead(1) \
       lw 2 pt 6 ps 0.6 dt 2 lc rgb tint(i), \
     for [i=baselines:series-1] data index i using 1:2:3:4 with yerrorlines title columnhead(1) \
       lw 2 pt mark(i) ps 0.7 lc rgb tint(i)
