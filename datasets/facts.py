"""facts.py: what is true in the small world, and the ways to ask and to say it.

A topic is (name, facts, ask, unseen, say). Facts are key=answer pairs. `ask` are questions, the first of them the one that
qa.jsonl asks; "question => answer" where the answer is more than {a}. `unseen` are wordings that training never sees.
`say` are statements. Slots: {k} key, {a} answer, {K} and {A} with a capital letter, {ak} the key with its article.
"""


def pairs(text):
    return [tuple(p.strip().split("=")) for p in text.replace("\n", " ").split(",")]


def an(word):
    return ("an " if word[0] in "aeiou" else "a ") + word


WORDS = ("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
         "eighteen nineteen twenty").split()
TENS = list(zip(range(30, 110, 10), "thirty forty fifty sixty seventy eighty ninety".split() + ["one hundred"]))
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
MONTHS = "January February March April May June July August September October November December".split()
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

CAPITALS = pairs("""France=Paris, Spain=Madrid, Italy=Rome, Germany=Berlin, England=London, Scotland=Edinburgh, Wales=Cardiff,
Ireland=Dublin, Portugal=Lisbon, Greece=Athens, Austria=Vienna, Belgium=Brussels, Poland=Warsaw, Norway=Oslo,
Sweden=Stockholm, Finland=Helsinki, Denmark=Copenhagen, Iceland=Reykjavik, Hungary=Budapest, Romania=Bucharest,
Bulgaria=Sofia, Croatia=Zagreb, Serbia=Belgrade, Ukraine=Kyiv, Russia=Moscow, Turkey=Ankara, Egypt=Cairo, Morocco=Rabat,
Kenya=Nairobi, Ghana=Accra, India=New Delhi, China=Beijing, Japan=Tokyo, Thailand=Bangkok, Vietnam=Hanoi, Cuba=Havana,
Canada=Ottawa, Peru=Lima, Chile=Santiago, Australia=Canberra, Kazakhstan=Astana, Iran=Tehran""")

COLOURS = pairs("""the sky=blue, grass=green, snow=white, coal=black, a banana=yellow, blood=red, milk=white, the sun=yellow,
a carrot=orange, a strawberry=red, a cloud=white, a frog=green, chocolate=brown, an elephant=grey, a pig=pink, a plum=purple,
a lemon=yellow, a tomato=red, salt=white, a bear=brown, a mouse=grey, a flamingo=pink, the sea=blue, a crow=black,
a cucumber=green, a violet=purple, a pumpkin=orange, a leaf=green, a swan=white, a cherry=red""")

OPPOSITES = pairs("""hot=cold, big=small, up=down, day=night, happy=sad, fast=slow, open=closed, light=dark, old=new, wet=dry,
hard=soft, full=empty, high=low, long=short, good=bad, left=right, in=out, loud=quiet, clean=dirty, early=late, thick=thin,
strong=weak, rich=poor, near=far, first=last, yes=no, push=pull, win=lose, top=bottom, awake=asleep""")

PLURALS = pairs("""cat=cats, dog=dogs, book=books, tree=trees, bird=birds, apple=apples, flower=flowers, house=houses,
star=stars, box=boxes, bus=buses, fox=foxes, dish=dishes, church=churches, glass=glasses, baby=babies, city=cities,
berry=berries, story=stories, lady=ladies, boy=boys, toy=toys, leaf=leaves, wolf=wolves, knife=knives, loaf=loaves,
child=children, man=men, woman=women, mouse=mice, goose=geese, foot=feet, tooth=teeth, sheep=sheep, fish=fish, potato=potatoes,
tomato=tomatoes, person=people""")

PASTS = pairs("""go=went, eat=ate, see=saw, run=ran, come=came, give=gave, take=took, make=made, find=found, sing=sang,
drink=drank, swim=swam, write=wrote, ride=rode, fly=flew, grow=grew, know=knew, buy=bought, bring=brought, think=thought,
catch=caught, teach=taught, sleep=slept, feel=felt, keep=kept, tell=told, sell=sold, stand=stood, fall=fell, break=broke,
speak=spoke, walk=walked, play=played, jump=jumped, help=helped, laugh=laughed""")

COMPARED = pairs("""big=bigger, small=smaller, tall=taller, short=shorter, fast=faster, slow=slower, old=older, young=younger,
hot=hotter, cold=colder, happy=happier, easy=easier, good=better, bad=worse, long=longer, warm=warmer, kind=kinder,
strong=stronger, funny=funnier, thin=thinner""")

SOUNDS = pairs("""a dog=woof, a cat=meow, a cow=moo, a sheep=baa, a duck=quack, a pig=oink, a horse=neigh, a hen=cluck, a frog=ribbit,
a mouse=squeak, a lion=roar, a snake=hiss, a bee=buzz, an owl=hoot, a bird=tweet, a crow=caw""")

YOUNG = pairs("""dog=a puppy, cat=a kitten, cow=a calf, sheep=a lamb, duck=a duckling, pig=a piglet, horse=a foal, hen=a chick,
goat=a kid, bear=a cub, frog=a tadpole, goose=a gosling, deer=a fawn, swan=a cygnet""")

HOMES = pairs("""a bird=in a nest, a bee=in a hive, a rabbit=in a burrow, a spider=in a web, a horse=in a stable, a pig=in a sty,
a fish=in the water, a camel=in the desert, a monkey=in the jungle, a bear=in a cave, a penguin=on the ice, a dog=in a kennel""")

LEGS = pairs("""a dog=4, a cat=4, a bird=2, a spider=8, an ant=6, a bee=6, a snake=0, a horse=4, a hen=2, a fly=6, a fish=0, a cow=4""")

KINDS = pairs("""a dog=an animal, a cat=an animal, a horse=an animal, a lion=an animal, an elephant=an animal, an apple=a fruit,
a banana=a fruit, a pear=a fruit, a cherry=a fruit, a plum=a fruit, a carrot=a vegetable, an onion=a vegetable,
a potato=a vegetable, a cabbage=a vegetable, a rose=a flower, a tulip=a flower, a daisy=a flower, a violet=a flower,
an oak=a tree, a birch=a tree, a pine=a tree, an owl=a bird, an eagle=a bird, a swan=a bird, a robin=a bird, an ant=an insect,
a bee=an insect, a fly=an insect, a shark=a fish, a trout=a fish, a hammer=a tool, a saw=a tool, a drum=an instrument,
a piano=an instrument, a violin=an instrument, a chair=furniture, a table=furniture, a shirt=clothing, a coat=clothing""")

TOOLS = pairs("""cut paper=scissors, cut bread=a knife, eat soup=a spoon, hit a nail=a hammer, write a letter=a pen,
sweep the floor=a broom, open a lock=a key, tell the time=a clock, brush your teeth=a toothbrush, dry yourself=a towel,
cut wood=a saw, take a photo=a camera, stay dry in the rain=an umbrella, dig a hole=a spade, catch a fish=a net,
boil water=a kettle""")

MONTH_DAYS = list(zip(MONTHS, "31 28 31 30 31 30 31 31 30 31 30 31".split()))

# Facts that have wordings of their own: answer, questions (the first is asked by qa.jsonl).
GENERAL = [(a, q.split(" / ")) for a, q in pairs("""
7=How many days are in a week? / How many days does a week have?, 12=How many months are in a year? / How many months does a year have?,
24=How many hours are in a day? / How many hours does a day have?, 60=How many minutes are in an hour? / How many minutes does an hour have?,
26=How many letters are in the alphabet? / How many letters does the alphabet have?,
2=How many wheels does a bicycle have? / How many wheels are on a bicycle?, 4=How many wheels does a car have? / How many wheels are on a car?,
5=How many fingers are on one hand? / How many fingers does a hand have?, 3=How many sides does a triangle have? / How many sides has a triangle?,
4=How many sides does a square have? / How many sides has a square?, honey=What do bees make? / What food comes from bees?,
milk=What do cows give us? / What drink comes from cows?, eggs=What do hens lay? / What food comes from hens?,
wool=What do sheep give us? / What comes from sheep?, rain=What falls from the clouds? / What kind of water falls from the clouds?,
ice=What is frozen water called? / What do you call frozen water?, steam=What is very hot water called when it rises? / What rises from boiling water?,
eyes=What do we see with? / Which part of the body do we use to see?, ears=What do we hear with? / Which part of the body do we use to hear?,
the nose=What do we smell with? / Which part of the body do we use to smell?, the moon=What shines in the sky at night? / What do we see in the sky at night?,
the sun=What gives us light in the day? / What shines in the sky by day?, winter=Which season is the coldest? / In which season does it snow?,
summer=Which season is the hottest? / In which season is it hot?, spring=Which season comes after winter? / What comes after winter?,
autumn=Which season comes after summer? / What comes after summer?, a baker=Who bakes bread? / Who makes our bread?,
a doctor=Who helps sick people? / Who makes sick people well?, a teacher=Who works in a school? / Who teaches children?,
a farmer=Who works on a farm? / Who keeps cows and grows corn?, a pilot=Who flies a plane? / Who sits at the front of a plane?,
a cook=Who makes the food in a kitchen? / Who works in a kitchen?, the lion=Which animal is the king of the jungle? / Who is the king of the jungle?,
the giraffe=Which animal is the tallest? / What is the tallest animal?, the whale=Which animal is the biggest? / What is the biggest animal?,
bread=What is made from flour? / What do we bake from flour?, cheese=What is made from milk? / What do we make from milk?,
wine=What is made from grapes? / What drink is made from grapes?""")]


def both(facts):
    return facts + [(a, k) for k, a in facts]


def after(names):
    return list(zip(names, names[1:]))


NUMBERS = [str(n) for n in range(41)]
WRITTEN = [(str(n), w) for n, w in enumerate(WORDS)] + [(str(n), w) for n, w in TENS]

TOPICS = [
    ("capital", CAPITALS,
     ["What is the capital of {k}?", "What's the capital of {k}?", "Which city is the capital of {k}?", "Name the capital of {k}.",
      "capital of {k}", "Tell me the capital of {k}. => The capital of {k} is {a}.", "What is the capital city of {k}?"],
     ["Do you know the capital of {k}?", "I forgot the capital of {k}. What is it?"],
     ["The capital of {k} is {a}.", "{a} is the capital of {k}.", "{k} is a country, and its capital is {a}.",
      "The city of {a} is the capital of {k}."]),
    ("country", [(a, k) for k, a in CAPITALS],
     ["{k} is the capital of which country?", "Which country has the capital {k}?", "In which country is {k}?",
      "Where is {k}? => {k} is in {a}.", "What country is {k} in?"],
     ["{k} is a city. In what country does it lie?"], ["{k} is in {a}.", "{k} is a city in {a}."]),
    ("colour", COLOURS,
     ["What colour is {k}?", "What is the colour of {k}?", "Which colour is {k}?", "Tell me the colour of {k}. => {K} is {a}.",
      "Which colour does {k} have?"],
     ["Do you know what colour {k} is?"], ["{K} is {a}.", "The colour of {k} is {a}."]),
    ("opposite", both(OPPOSITES),
     ["What is the opposite of {k}?", "What's the opposite of {k}?", "Which word is the opposite of {k}?", "Name the opposite of {k}.",
      "opposite of {k}", "Tell me the opposite of {k}. => The opposite of {k} is {a}."],
     ["Which word means the opposite of {k}?"], ["The opposite of {k} is {a}.", "{K} is the opposite of {a}."]),
    ("plural", PLURALS,
     ["What is the plural of {k}?", "One {k}, two what?", "What do you call more than one {k}?", "plural of {k}",
      "Tell me the plural of {k}. => The plural of {k} is {a}."],
     ["How do you say {k} in the plural?"], ["The plural of {k} is {a}.", "One {k}, two {a}."]),
    ("past", PASTS,
     ["What is the past tense of {k}?", "Today I {k}, yesterday I what?", "Say {k} in the past.", "past tense of {k}",
      "Tell me the past tense of {k}. => The past tense of {k} is {a}."],
     ["Which word is the past tense of {k}?"], ["The past tense of {k} is {a}.", "Today I {k}, yesterday I {a}."]),
    ("comparative", COMPARED,
     ["What is the comparative of {k}?", "One is {k}, the other is even what?", "comparative of {k}",
      "Tell me the comparative of {k}. => The comparative of {k} is {a}."],
     ["Which word is the comparative of {k}?"], ["The comparative of {k} is {a}.", "This one is {k}, but that one is {a}."]),
    ("sound", SOUNDS,
     ["What does {k} say?", "What sound does {k} make?", "Which sound comes from {k}?", "Tell me what {k} says. => {K} says {a}."],
     ["How does {k} sound?"], ["{K} says {a}.", "\"{A}!\" says {k}."]),
    ("young", YOUNG,
     ["What is a young {k} called?", "What do you call a baby {k}?", "What is a baby {k}?",
      "Tell me the name of a young {k}. => A young {k} is called {a}."],
     ["Which word do we use for a young {k}?"], ["A young {k} is called {a}.", "A baby {k} is {a}."]),
    ("home", HOMES,
     ["Where does {k} live?", "Where is the home of {k}?", "In what place does {k} live?", "Tell me where {k} lives. => {K} lives {a}."],
     ["Where do you find {k} at home?"], ["{K} lives {a}."]),
    ("legs", LEGS,
     ["How many legs does {k} have?", "How many legs has {k}?", "What number of legs does {k} have?",
      "Tell me how many legs {k} has. => {K} has {a} legs."],
     ["Do you know how many legs {k} has?"], ["{K} has {a} legs."]),
    ("kind", KINDS,
     ["What is {k}?", "What kind of thing is {k}?", "What sort of thing is {k}?", "Tell me what {k} is. => {K} is {a}."],
     ["Do you know what {k} is?"], ["{K} is {a}."]),
    ("tool", TOOLS,
     ["What do you need to {k}?", "What do you use to {k}?", "What helps you to {k}?", "I want to {k}. What do I need?"],
     ["With what can I {k}?"], ["To {k}, you need {a}.", "You use {a} to {k}."]),
    ("next day", after(DAYS + DAYS[:1]),
     ["What day comes after {k}?", "Which day is after {k}?", "Today is {k}. What day is tomorrow?", "What is the day after {k}?"],
     ["If today is {k}, what day is it tomorrow?"], ["After {k} comes {a}.", "The day after {k} is {a}."]),
    ("day before", [(b, a) for a, b in after(DAYS + DAYS[:1])],
     ["What day comes before {k}?", "Which day is before {k}?", "Today is {k}. What day was yesterday?", "What is the day before {k}?"],
     ["If today is {k}, what day was it yesterday?"], ["Before {k} comes {a}.", "The day before {k} is {a}."]),
    ("next month", after(MONTHS + MONTHS[:1]),
     ["What month comes after {k}?", "Which month is after {k}?", "It is {k}. What is the next month?", "What is the month after {k}?"],
     ["If it is {k} now, what month comes next?"], ["After {k} comes {a}.", "The month after {k} is {a}."]),
    ("month before", [(b, a) for a, b in after(MONTHS + MONTHS[:1])],
     ["What month comes before {k}?", "Which month is before {k}?", "It is {k}. What was the last month?", "What is the month before {k}?"],
     ["If it is {k} now, what month was before?"], ["Before {k} comes {a}.", "The month before {k} is {a}."]),
    ("days of a month", MONTH_DAYS,
     ["How many days are in {k}?", "How many days does {k} have?", "How long is {k}? => {K} has {a} days.", "What number of days has {k}?"],
     ["Do you know how many days {k} has?"], ["{K} has {a} days.", "There are {a} days in {k}."]),
    ("next number", after(NUMBERS),
     ["What number comes after {k}?", "What comes after {k}?", "Which number is after {k}?", "Count on from {k}. What comes next?"],
     ["If you count, which number follows {k}?"], ["After {k} comes {a}."]),
    ("number before", [(b, a) for a, b in after(NUMBERS)],
     ["What number comes before {k}?", "What comes before {k}?", "Which number is before {k}?"],
     ["If you count, which number stands before {k}?"], ["Before {k} comes {a}."]),
    ("number word", WRITTEN,
     ["How do you write {k} in words?", "Write {k} as a word.", "What is the word for {k}?", "{k} in words"],
     ["Spell the number {k}."], ["The word for {k} is {a}.", "{k} is written {a}."]),
    ("digits", [(w, n) for n, w in WRITTEN],
     ["How do you write {k} in digits?", "Write {k} in digits.", "What number is {k}?", "{k} in digits"],
     ["Which digits make {k}?"], ["The number {k} is {a}.", "{K} is written {a}."]),
    ("next letter", after(LETTERS),
     ["What letter comes after {k}?", "Which letter is after {k}?", "What is the next letter after {k}?"],
     ["In the alphabet, which letter follows {k}?"], ["After the letter {k} comes {a}.", "The letter after {k} is {a}."]),
]

SUM_ASK = ["{a}+{b}=", "What is {a}+{b}?", "{a} + {b} =", "What is {a} plus {b}?", "What is {a} + {b}?", "How much is {a} plus {b}?",
           "Add {a} and {b}.", "{n} has {a} {at} and gets {b} more. How many {t} does {n} have?"]
SUM_UNSEEN = ["What do you get when you add {b} to {a}?"]
SUM_SAY = ["{a}+{b}={c}", "{a} + {b} = {c}", "{a} plus {b} is {c}."]
LESS_ASK = ["{a}-{b}=", "What is {a}-{b}?", "{a} - {b} =", "What is {a} minus {b}?", "What is {a} - {b}?", "How much is {a} minus {b}?",
            "Take {b} from {a}.", "{n} has {a} {at} and gives away {b}. How many {t} does {n} have?"]
LESS_UNSEEN = ["What is left when you take {b} away from {a}?"]
LESS_SAY = ["{a}-{b}={c}", "{a} - {b} = {c}", "{a} minus {b} is {c}."]

# What is said beside questions: several ways to say it, one answer.
TALK = [(a, q.split(" / ")) for q, a in [p.split(" => ") for p in """
Hello! / Hello / Hi! / Hi / Good morning! / Hi there! => Hello! What would you like to know?
How are you? / How are you today? / How do you do? => I am well, thank you. How can I help you?
Who are you? / What are you? / What is your name? / Tell me about yourself. => I am a small model with ternary weights.
What can you do? / How can you help me? / What do you know? => I can answer small questions, add numbers and tell stories.
Thank you. / Thank you! / Thanks! / Thanks a lot. => You are welcome!
Goodbye! / Bye! / Goodbye / See you later! => Goodbye! See you soon.
Are you a person? / Are you human? / Are you a robot? => No, I am a small computer program.
What are your weights? / Which numbers are in you? => My weights are minus one, zero and one.
Good night! / Good night => Good night! Sleep well.
I am sad. / I feel sad today. => I am sorry to hear that. Shall I tell you a story?
I am happy. / I feel happy today. => That is good to hear!""".strip().split("\n")]]
