# style.gp: what all pictures share. Colours: Okabe and Ito's eight, told apart by colour-blind eyes.
# A key of three columns below; with many series it needs more rows, and the picture more room for them.
rows = exists('series') && series > 3 ? (series + 2) / 3 : 1
set terminal svg noenhanced size 900,(420 + 20 * rows) dynamic font 'sans-serif,14' background '#ffffff'
set output out
set title heading font ',15' noenhanced
set bmargin 4.7 + 1.3 * rows
set border 3 lc rgb '#888888'
set tics nomirror textcolor rgb '#333333'
set grid ytics lc rgb '#e4e2dc' lw 1
set key outside below horizontal samplen 2 textcolor rgb '#333333' maxrows (rows > 3 ? rows : 3)
array colour[8] = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#555555', '#F0E442']
tint(i) = colour[1 + (i % 8)]
mark(i) = i < 8 ? 7 : i < 16 ? 5 : 9 # discs, squares, triangles: colours come again
