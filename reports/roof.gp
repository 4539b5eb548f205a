# roof.gp: share of the binding roof against size; the top of the picture is the roof, always.
load look
set logscale x 2
set format x '%.0b%B'
set yrange [0:100]
set xlabel 'weights or elements' textcolor rgb '#333333'
set ylabel '% of the measured roof' textcolor rgb '#333333'
if (exists('xlimits')) { eval xlimits; eval ylimits } # another machine's picture has the same axes
plot for [i=0:baselines-1] data index i using 1:2:3:4 with yerrorlines title columnhead(1) \
       lw 2 pt 6 ps 0.6 dt 2 lc rgb tint(i), \
     for [i=baselines:series-1] data index i using 1:2:3:4 with yerrorlines title columnhead(1) \
       lw 2 pt 7 ps 0.6 lc rgb tint(i)
