# style.gp: what all pictures share. Colours: Okabe and Ito's eight, told apart by colour-blind eyes.
set terminal svg noenhanced size 900,440 dynamic font 'sans-serif,14' background '#ffffff'
set output out
set title heading font ',15' noenhanced
set bmargin 6
set border 3 lc rgb '#888888'
set tics nomirror textcolor rgb '#333333'
set grid ytics lc rgb '#e4e2dc' lw 1
set key outside below horizontal samplen 2 textcolor rgb '#333333' maxrows 3
array colour[8] = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#555555', '#F0E442']
tint(i) = colour[1 + (i % 8)]
