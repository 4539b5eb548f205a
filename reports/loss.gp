# loss.gp: losses of a training against its steps.
load look
set logscale y
set xlabel 'steps' textcolor rgb '#333333'
set ylabel 'loss' textcolor rgb '#333333'
plot data index 0 using 1:2 with lines title columnhead(1) lw 1.5 lc rgb tint(0), \
     for [i=1:series-1] data index i using 1:2 with linespoints title columnhead(1) lw 2 pt 7 ps 0.6 lc rgb tint(i)
