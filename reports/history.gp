# history.gp: a case's runs in the order of their commits, and the levels between its changes.
load look
set yrange [0:*]
set xlabel 'runs, in the order of commits' textcolor rgb '#333333'
set ylabel heading textcolor rgb '#333333'
unset title
plot data index 0 using 1:2:3:4 with yerrorbars title columnhead(2) lw 1 pt 7 ps 0.5 lc rgb tint(0), \
     for [i=1:series-1] data index i using 1:2 with lines title columnhead(2) lw 2 lc rgb tint(1), \
     for [i=1:series-1] data index i using 1:2:3 with labels left offset 0.5,0.8 textcolor rgb '#333333' notitle
