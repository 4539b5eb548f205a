"""stories.py: small stories. A plot is a text of sentences in which [a|b] is a choice and {slot} a filling, so that who did
what with which thing stays the same from the first sentence to the last.
"""
import re

from facts import an, pairs

# Heroes: name=what they are. Boys, girls and animals of either sex.
GIRLS = pairs("Lily=girl, Anna=girl, Mia=girl, Emma=girl, Lucy=girl, Rosie=rabbit, Daisy=duck, Molly=mouse, Tilly=cat, Hetty=hen, "
              "Flora=fox, Nora=bear")
BOYS = pairs("Tom=boy, Ben=boy, Sam=boy, Leo=boy, Jack=boy, Max=dog, Rusty=fox, Bruno=bear, Felix=cat, Toby=rabbit, Freddy=frog, "
             "Pip=mouse")
HEROES = [(n, k, "she", "her", "her") for n, k in GIRLS] + [(n, k, "he", "him", "his") for n, k in BOYS]

FILLINGS = {
    "adj": "happy kind small brave clever quiet cheerful friendly gentle young".split(),
    "p": pairs("the park=in, the garden=in, the woods=in, the river=by, the hill=on, the meadow=in, the pond=by, the beach=on"),
    "toy": "ball kite boat drum doll car train puppet hoop wagon".split(),
    "c": "red blue green yellow white orange purple pink".split(),
    "food": "cake,bread,apples,cherries,soup,honey,cheese,pears".split(","),
    "meal": "soup,bread,apple cake,cherry pie,carrot soup,honey cake".split(","),
    "spot": "under a bush,behind a tree,next to a stone,in the tall grass,under a bench,in a hole".split(","),
    "lost": "bird,kitten,puppy,duckling,butterfly,lamb".split(","),
    "skill": "swim,whistle,sing,dance,draw,climb a tree,count to twenty,write a letter,skate,play the drum".split(","),
    "fear": "the dark,the thunder,the deep water,the big dog,the wind,the high tree".split(","),
    "gift": "a card,a necklace of flowers,a little chair,a warm scarf,a picture,a wooden boat".split(","),
    "seed": "flower,carrot,pumpkin,bean,tomato,strawberry".split(","),
    "built": "a sandcastle,a tower of blocks,a house of sticks,a bridge of stones,a tent of blankets".split(","),
    "elder": "mum dad grandma grandpa".split(),
    "size": "big small shiny old new pretty".split(),
}

OPEN = "[Once upon a time|Long ago|Once], there was a [little|{adj}] {kind} [named|called] {n}. [{N} lived near {p}. |{He} liked to be outside. |]"
FRIENDS = "{N} and {fk} were [good|best] friends. "
END = "[{N} smiled all the way home.|That night, {n} slept very well.|It was a very good day.|The end.||]"
END_TOGETHER = "[They were both very happy.|They laughed and went home together.|From then on, {n} and {f} were always together.|The end.||]"

# (friends from the start?, together at the end?, text)
PLOTS = [
    # a lost toy
    (True, True, "{N} had {a_toy}. {He} [loved it very much|played with it every day|took it everywhere]. One [morning|afternoon], {n} took the {toy} "
    "to {p}. [{He} ran and jumped and played.|The sun was warm and {he} fell asleep.] But then the {toy} was gone! {N} looked "
    "[here and there|everywhere|up and down], but {he} could not find it. {He} [began to cry|felt very sad]. [Then|Soon] {fk} came by. "
    "\"[What is wrong|Why are you so sad], {n}?\" asked {f}. \"I lost my {toy},\" said {n}. \"[Do not worry|Do not cry]. [I will help you|Let us look "
    "together],\" said {f}. They looked and looked. At last, {f} found the {toy} {spot}. \"Thank you, {f}!\" said {n}. {N} "
    "[gave {f} a big hug|let {f} play with the {toy} too]."),
    # sharing food
    (True, True, "One day, {n} had some {food} for lunch. {He} sat down [{at} {p}|under a tree|on a big stone] to eat. Then {he} saw {fk}. {F} "
    "looked [sad|tired|very hungry]. \"[What is the matter|Are you all right]?\" asked {n}. \"I am so hungry, and I have nothing to eat,\" said {f}. {N} "
    "looked at the {food}. {He} was hungry too, but {he} wanted to be kind. \"[Here, take half|You can have some of mine|Let us share],\" said {n}. "
    "They ate together, and the {food} tasted [wonderful|very good|sweet]. The next day, {f} came back with [a basket of berries|a pot of "
    "soup|some warm bread]. \"This is for you, because you were kind to me,\" said {f}."),
    # fear
    (True, False, "{N} was afraid of {fear}. {He} did not tell anyone about it. One [evening|day], {fk} saw that {n} was shaking. \"Are you "
    "afraid?\" asked {f}. \"Yes,\" said {n} [quietly|in a small voice]. \"I am afraid of {fear}.\" {F} [sat down next to {him}|took {him} by the hand]. "
    "\"[I was afraid of it too|Everybody is afraid sometimes],\" said {f}. \"[Stay with me, and we will be brave together|Take a deep breath and count "
    "to three].\" {N} [closed {his} eyes|held on tight] and counted: one, two, three. Nothing bad happened. {N} opened {his} eyes and [smiled|laughed]. "
    "{He} was not afraid of {fear} any more."),
    # a skill
    (True, False, "{N} wanted to {skill}. {He} tried [in the morning|on Monday|all day], but {he} could not do it. \"It is too hard,\" said {n}. [{He} wanted to give "
    "up.|{He} sat down and sighed.] {Fk} saw {him} and said, \"[Nobody can do it the first time|You must try again|I will show you how]. "
    "[Do a little every day|Go slowly], and you will learn.\" So {n} tried again the next day, and the day after that. "
    "[Each day it was a little better.|{He} fell down, but {he} got up again.] After [a week|many days], {n} could {skill}! {His} {elder} [clapped and "
    "cheered|was very proud]. \"[You never gave up|You worked hard for it]!\" said {f}."),
    # rain
    (True, False, "One day, {n} went to {p} to play with {his} {toy}. [The sky was blue.|It was a sunny day.] But soon big grey clouds came, and it began to rain. {N} "
    "got [very wet|cold and wet]. \"[Come into my house|Come in and get dry], {n}!\" called {fk}. {N} ran to the house of {f} as fast as {he} could. "
    "Inside it was warm and dry. {F} gave {him} [a towel|a blanket] and a cup of hot [milk|tea]. They [told stories|played games|sang songs] until the rain stopped. "
    "When they looked out, there was a [big|beautiful] rainbow over {p}. \"[Rain is not so bad with a friend|I am glad that it rained],\" said {n}."),
    # a lost animal
    (False, False, "One [morning|day], {n} heard a small sound near {p}. It came from a {lost}. The {lost} [was lost and could not find its mother|had hurt its leg]. "
    "\"Poor little {lost},\" said {n}. \"I will help you.\" {He} [picked it up very gently|gave it some water] and took it home. {His} {elder} said, \"[That was kind of "
    "you|You have a good heart]. Let us make a bed for it.\" They put the {lost} in a [soft|warm] box and gave it food. {N} [stayed with it all "
    "night|sang to it until it slept]. [The next day|After three days], the {lost} was well again. They took it back to {p}, and its mother was there. The {lost} was so "
    "happy to see her! {N} [waved goodbye|was a little sad, but also glad]."),
    # wanting a thing
    (True, False, "One day, {n} saw {a_toy} in the window of a shop. {He} wanted it very much, but {he} had no money. \"How can I get some money?\" {he} asked. {His} {elder} "
    "said, \"You can work for it.\" So {n} [swept the floor|washed the dishes|carried water|picked apples] for {fk} every day. {F} gave {him} one coin each day. "
    "{N} put the coins in [a jar|a box]. After [ten|seven|five] days, {he} had enough. {N} ran to the shop and bought the {toy}. {He} [held it tight|showed it to "
    "everyone]. \"I worked for this {toy},\" {he} said, \"and that is why I love it so much.\""),
    # a quarrel
    (False, True, "{N} and {fk} were playing [{at}|near] {p}. They found {a_toy} {spot}. \"It is mine!\" said {n}. \"No, it is mine!\" said {f}. They both pulled "
    "[hard|as hard as they could], and the {toy} fell into the mud. They [looked at the {toy}|were quiet for a moment]. \"I am sorry,\" said {n}. \"I am sorry too,\" said {f}. "
    "\"[We should have shared it|It was wrong to fight].\" They took the {toy} home and washed it. Now the {toy} was as good as "
    "new. {N} played with it first, and then {f} had a turn. [It was much more fun that way.|Playing together was better than fighting.]"),
    # a garden
    (True, True, "In spring, {n} put a {seed} seed into the ground. {He} gave it water every day. But nothing happened. \"[Where is my {seed}|Why does it not grow]?\" asked {n}. "
    "\"You have to wait,\" said {fk}. \"Good things take time.\" So {n} waited. It rained and the sun shone. One morning, there was a small green leaf! The plant "
    "grew [taller and taller|bigger and bigger]. In summer, there was a [beautiful|big|fine] {seed} on it. \"[Look, look|Come and see]!\" called {n}. {F} came [to "
    "see it|running]. \"You [waited well|took good care of it],\" said {f}."),
    # a birthday
    (True, True, "It was the birthday of {fk}. {N} wanted to give {fhim} something nice, but {he} had no money. {He} [thought and thought|sat down {at} {p} to think]. Then {he} "
    "had an idea. \"I will make {gift}!\" {he} said. {N} worked [all morning|very hard|until it was dark]. When it was done, {he} [put it in a box|tied {a_c} "
    "ribbon around it] and went to see {f}. \"Happy birthday, {f}!\" said {n}. {F} opened the present and [gasped|smiled]. \"Did you make this for me? "
    "It is the best present of all!\" said {f}. They [ate cake and danced|sang a song together]."),
    # a race
    (False, True, "{Fk} was very fast. \"Nobody is as fast as I am!\" said {f} every day. {N} was slow, but {he} never stopped. \"Let us run a race to {p},\" said {n}. "
    "{F} [laughed|smiled]. \"I will win,\" said {f}. They [started|began] to run. Soon {f} was far ahead. \"I have time to rest,\" said {f}, and {fhe} [lay down|fell asleep] "
    "{spot}. {N} walked on and on. When {f} woke up, {n} was already there! \"You won, {n}!\" said {f}. \"I [should not have laughed|will not boast again].\" "
    "\"[Slow and steady is good too|It was a good race],\" said {n}."),
    # not listening
    (True, False, "{His} {elder} had made {meal}. \"Do not eat it yet, {n},\" said {elder}. \"It is for dinner.\" But {n} was [hungry|curious]. When nobody was looking, {he} ate a little. It was so good "
    "that {he} ate some more, and then all of it. Soon {his} tummy hurt. {N} [felt bad|began to cry]. \"I ate the {meal},\" {he} said. \"I am sorry.\" {His} {elder} was not "
    "angry. \"Thank you for telling me [the truth|what happened],\" said {elder}. \"[Next time, please ask me first|Next time, please wait].\" {N} [promised it|said yes]. Then {he} helped to "
    "make [more|new] {meal} for dinner, and {fk} came to eat with them."),
    # someone new
    (False, True, "A new {fkind} came to live near {p}. The name of the new {fkind} was {f}. {F} was shy and [sat alone|did not speak]. {N} saw this and [went to say hello|walked over]. \"Hello, I am {n}. "
    "Do you want to play with my {toy}?\" {he} asked. {F} [looked up|nodded slowly]. \"[Yes, please|I would like that],\" said {f}. They played with the {c} {toy} until "
    "the sun went down. [\"I was afraid that nobody would like me,\" said {f}. \"I like you,\" said {n}.|\"I had no friends here,\" said {f}. \"Now you have one,\" said {n}.]"),
    # building
    (True, True, "{N} [wanted to build|was building] {built}. {He} worked [for a long time|all morning]. But then [a strong wind came|{he} slipped], and it all fell down. {N} was [sad|angry]. \"I will never "
    "build anything again!\" {he} said. {Fk} heard {him}. \"[Let us try again together|Two can build better than one],\" said {f}. They started again. {F} [brought what they "
    "needed|held it still], and {n} put everything in its place. This time it was [bigger and stronger|better than before]. \"Look at it!\" said {n}. \"We made this together.\""),
    # bedtime
    (False, False, "It was night, but {n} could not sleep. {He} [turned left and right|looked at the ceiling]. \"{Elder}, I cannot sleep,\" said {n}. {His} {elder} sat down on the bed. \"[Look at the stars|See all the stars "
    "out there],\" said {elder}. \"Let us count them.\" {N} counted: one, two, three, four, five. [The moon was big and round.|The sky was full of stars.] \"Did you know that your friend {f} "
    "is looking at the same stars?\" asked {elder}. {N} [smiled|liked that]. {His} eyes were heavy now. \"Good night, {n},\" said {elder}, but {n} was already asleep."),
]

CHOICE = re.compile(r"\[([^\[\]]*)\]")


def reserved(plot, hero):
    """These pairs of a plot and a hero are kept out of training: stories that nobody has seen."""
    return (5 * plot + hero) % 12 == 0


def fill(rng, text, slots):
    while "[" in text:
        text = CHOICE.sub(lambda m: rng.pick(m.group(1).split("|")), text)
    return " ".join(text.format(**slots).split())


def story(rng, unseen=False):
    """(the hero's slots, a story)"""
    while True:
        plot, hero = rng.below(len(PLOTS)), rng.below(len(HEROES))
        if reserved(plot, hero) == unseen:
            break
    before, together, text = PLOTS[plot]
    other = rng.below(len(HEROES) - 1)
    name, kind, he, him, his = HEROES[hero]
    friend, friend_kind, friend_he, friend_him, _ = HEROES[other + (other >= hero)]
    slots = {k: rng.pick(v) for k, v in sorted(FILLINGS.items())}
    slots["p"], slots["at"] = slots["p"]
    person = friend_kind in ("girl", "boy")
    slots.update(n=name, N=name, kind=kind, he=he, him=him, his=his, He=he.title(), His=his.title(), f=friend, F=friend,
                 fkind=friend_kind, fhe=friend_he, fhim=friend_him, Elder=slots["elder"].title(), a_c=an(slots["c"]),
                 a_toy=an(rng.pick([slots["c"], slots["size"]]) + " " + slots["toy"]))
    introduced = before and rng.below(3) == 0
    start = OPEN + (FRIENDS.replace("{fk}", friend if person else "{f} the {fkind}") if introduced else "")
    slots["fk"] = friend if introduced else f"{his} friend {friend}" if person else f"{friend} the {friend_kind}"
    slots["Fk"] = slots["fk"][0].upper() + slots["fk"][1:]
    return slots, fill(rng, start + text + " " + (END_TOGETHER if together else END), slots)
