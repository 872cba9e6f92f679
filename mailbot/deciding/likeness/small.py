"""Words that say nothing of a matter: small ones, courtesies, times, and what all mail to a support desk is full of."""

from __future__ import annotations

from functools import cache

from mailbot.deciding.words import compared

_SMALL = """
    aber about above abraco acho ademas afin after afternoon again ago agora ahora aide aimerions ainda ainsi ajuda
    ajudar algo alguem alguien algum alguma algun alguna all alle allem allen aller alles alone alors als also
    although always and andere anderen antes any anybody anyone anything ao aos apenas apres aqui are around asap
    asi ask assim ate atenciosamente auch aucun auf aujourd aunque auriez aus aussi autre autres avance avant avec
    avez avoir avons away ayer ayuda ayudar back because been before beim being below bereits besoin best bien bis
    bitte boa bom bonjour bonsoir both brauchen buenas buenos bureau buro but cada came can cannot car casi caso
    cela celle certo ces cet cette ceux check cher chers chez client clients coisa colega colleague collegue com
    come comes comigo comme como companera companero company con conosco cordial cordialement could cual cuando
    cuanto cumprimento cumprimentos customer customers dado damen danke dann dans dar das dass day days dear debe
    dein del dele dem den denn depois depuis der des desde desean deshalb despues deste deux devem dia dias dice
    dich did die dienstag dies diese diesem diesen dieser dieses dir dire disse dizer doch does doing dois doit donc
    donde done donnerstag dont dort dos down dringend duas durante durch during each ein eine einem einen einer
    eines einige einmal ela elas ele eles ella elle elles ellos else empresa encore entao entonces entre equipa
    equipe equipo era eram erst escritorio essa esse est esta estaba estamos estan estao estar estava este esto
    estos estou estoy etait ete etes etre etwa etwas euch euer even evening ever every everything example faire fait
    faut favor fazer firma fix foi font for foram frau freitag freundlichen friday from fue full fur ganz geben
    geehrte gegen gehen geht gemacht gente gerade gern gerne gestern get gets getting gibt give going good gostaria
    gostariamos got gracias gruss grusse grussen guten guys habe haben haber hace hacer hacia had hallo han happen
    happened happening happens happy has hasta hat hatte hatten have having hay helfen hello help her here herr
    herren heure heures heute hier hilfe him his hoje hola hope hora horas hours how however hoy hui ich ici igual
    ihm ihn ihnen ihr ihre ihrem ihren ihrer ils immer incluso into isso ist isto its itself ja jamais jede jeder
    jedes jemand jetzt jeudi jour journee jours jueves juntos jusqu just kann keep keeps kein keine kind kindly know
    kollege kollegin konnen konnte konnten konntet kunde kunden lange las last late later least les let leur leurs
    like little llevamos logo long look looking looks lors los lot luego lui lundi lunes machen madame made mais
    make makes mal man manana manha many mardi martes mas matin matinee may maybe mean mehr mein meine meinem meinen
    mejor meme menos merci mercredi mes mesmo meu meus mfg mich midi miercoles might minha minute minuten minutes
    minuto minutos mir mis mismo mit mittag mittwoch moi moins moment mon monday monsieur montag more morgen morning
    most much muchas mucho muita muito muitos muss mussen must muy nach nachdem nachmittag nada name nas ne near
    necesitamos necesito need needs nem nenhuma never new next nice nicht nichts night ninguna noch nos nosotros
    nossa nossas nosso nossos nothing notre nous now nuestra nuestras nuestro nuestros num numa nun nunca nur
    obrigada obrigado oder off office oficina often ohne okay ola old once onde one only ontem other otra otro our
    ours out outra outro outros over own par para parce parece parfois part pas pela pelo pendant people pero
    pessoal peu peut peuvent please plus plusieurs poco pode podeis podem podemos poder podiam podria podrian point
    pois por porque posible possible possivel pouco pour pourquoi pourriez pouvez pouvons pra precisamos preciso
    problem pronto puede pueden puedo pues puis put qual quand quando quarta que quel quelle quelque quem queremos
    quero qui quien quiero quinta quisiera quite quoi rather really regards reply rien right saber said saludo
    saludos salut same sans savoir say says schnell schon see seem seems segunda sehr sein seine seit seitdem seja
    sem semaine semana sempre send sent sentimos ser sera ses seu seus several sexta shall she should sich side sie
    siempre sim sin since sind sir sobre societe sofort soir soit soll sollen sollte sollten some somebody somente
    someone something somos son sonst sont soon sorry sou souhaitons sous soy started still stunde stunden sua suas
    such support sur sure sus system tag tage take tambem tambien tanto tarde team tell tem temos temps tenemos
    tener tengo ter terca than thank thanks that the their them then there these they thing things think this those
    though through thursday tiene tienen time times tinha toda todas today todo todos told tomorrow tonight too tous
    tout toute toutes tras tres tried trop try trying tudo tuesday two uber uhr uma umas una unas und under une unos
    uns unser unsere unserem unseren unserer unter until update upon urgent urgente urgently use used using usted
    ustedes usual usually vamos veces vendredi ver vers very veuillez vez vezes via viel viele vielen viernes voce
    voces voici vom von vor vormittag vos vosotros vosso votre voudrions vous want wants war waren warum was way
    wednesday week weeks wegen weil well wenig wenn went werden were what when where whether which while who whole
    why wie wieder will wir wird wirklich wish wissen with within without wollen worden work working works would
    write writing wurde wurden year yes yesterday yet you your yours zeit zum zur zwei zwischen
    question frage anfrage demande pregunta consulta pergunta duvida issue ticket request message nachricht hallo
    bei beim seit ans ins per mit ohne ends gives give word words says sagt dit dice diz
    hour hours quarter min mins quinze quince viertelstunde dreiviertel fifteen three five free hear hears horen hort
    thx staff patients clientes clientela people folks gone set puts non wer bout stay stays rings
    """


def is_small(word: str) -> bool:
    """Return whether a word, as it is compared, is one of them."""
    return word in _small()


@cache
def _small() -> frozenset[str]:
    return compared(_SMALL)
