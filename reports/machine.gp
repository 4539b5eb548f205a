# machine.gp: read bandwidth against working set, one line a thread count.
load look
set logscale x 2
set logscale y 2
set format x '%.0b%BB'
set xlabel 'working set' textcolor rgb '#333333'
set ylabel 'GB/s read, best of all probe forms' textcolor rgb '#333333'
if (exists('xlimits')) { eval xlimits; eval ylimits } # another machine's picture has the same axes
plot for [i=0:series-1] data index i using 1:2 with linespoints title columnhead(1) lw 2 pt 7 ps 0.6 lc rgb tint(i)
