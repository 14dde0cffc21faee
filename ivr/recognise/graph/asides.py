"""Common words that callers say alone, to others or to themselves: what a short answer may be instead.

Strings of any sounds explain a word of two sounds too dearly beside an answer that is expected, so the words said most
are given as they are. General English, chosen by hand; those that mean something in a grammar are left out of its
rivals (`rivals.py`).
"""

_WORDS = """
a about after again all also always am an and another any are around as ask at away baby back bad be because bed been
before begin being best better big black blue book both boy bring brother brown but by call came can car cat chair
check child children close coffee cold come could cup dad day did different do does dog doing done door down each
early easy eat eight end enough even ever every everything eye face family far fast father feel feet few find fire
first five food for found four friday friend from full fun game gave get girl give go goes going gone good got great
green had half hand happy hard has have he head hear heard her here high him his hold home hope hot hour house how i
idea if in inside into is it job just keep kind kitchen know large last late later leave left let letter life light
like line little live long look lot love lunch made make man many maybe me mean men might mind mine minute miss moment
monday money month more morning most mother move much mum must my name near need never new next nice night nine nobody
now number of off old on once one only open or other our out outside over own paper party pay people phone place plan
play point put quick quiet quite radio rain read ready really red rest right road room round run said same saturday
saw say school sea second see seen send seven shall she shop short should show shut side sing sister sit six sleep
slow small so some something song soon sort stand star start stay still street sun sunday table take talk tea
television tell ten than thank that the their them then there these they thing think this those though thought three
through thursday time to today together told tomorrow tonight too took top town tree tried try tuesday turn two under
until up upon us use very wait walk wall want was wash watch water way we wednesday week well went were what when
where which while white who why will window with woman wonder word work world would write year yellow yesterday yet
you young your zero
"""
COMMON = tuple(_WORDS.split())
"""Each word once."""
