# ruff: noqa: RUF001 - names with the letters they have
"""Given names and surnames usual in Britain that are seldom the other: evidence that two columns are swapped.

Only names clearly of one sort are listed. A name in neither list decides nothing.
"""

from __future__ import annotations

from typing import Final

GIVEN: Final = frozenset(
    """
    alan andrew anthony barry brian catherine christine christopher colin craig daniel darren david deborah derek
    donna edward elizabeth emma fiona gareth gary geoffrey gillian hannah heather helen ian jacqueline jane janet
    jason jennifer jessica joanne john joanna judith julie karen katherine keith kenneth kevin kimberley laura
    lesley linda lisa louise margaret mark mary matthew michael michelle nicholas nicola nigel pamela patricia
    paul peter philip rachel rebecca richard robert ronald rosemary sandra sarah sharon sheila shirley simon
    sophie stephen steven stuart susan teresa timothy tracey trevor valerie vanessa victoria wendy william yvonne zoe
    sian siân rhiannon angharad ffion bronwen dilys aoife niamh siobhan siobhán ciara caoimhe sinead sinéad roisin
    eilidh morag mairi agnieszka katarzyna malgorzata małgorzata piotr krzysztof tomasz pawel paweł priya anjali
    sunita rajesh sanjay deepak fatima aisha ayesha mohammed muhammad ahmed yusuf ibrahim chidi ngozi adebayo
    oluwaseun folasade kwame kofi abena mehmet ayşe ayse emine giorgos eleni joão joao inês ines
    """.split()  # noqa: SIM905 - words read best as text
)
SURNAMES: Final = frozenset(
    """
    smith jones williams brown wilson johnson davies wright walker robinson thompson white hughes edwards hall
    green wood clarke clark jackson turner hill cooper ward moore baker harrison harris watson morgan parker
    bennett cook shaw bailey richardson carter collins bell murphy miller cox marshall richards ellis anderson
    wilkinson simpson foster webb rogers gray hunt mills holmes palmer barnes knight butler fisher barker pearce
    o'brien o'connor o'neill o'sullivan mcdonald macdonald macleod mckenzie mackenzie campbell stewart fraser
    patel shah singh kaur khan hussain begum chowdhury choudhury rahman islam sharma gupta mehta desai okafor
    okonkwo adeyemi mensah owusu boateng nowak kowalski kowalska wisniewski wiśniewski zielinska zielińska yilmaz
    yılmaz demir kaya papadopoulos silva santos ferreira pereira wang zhang chen huang griffiths llewellyn pritchard
    """.split()  # noqa: SIM905 - words read best as text
)
