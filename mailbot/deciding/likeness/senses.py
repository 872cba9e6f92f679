"""What customers of a telephone company write about, and by which words of five languages it is known.

"Fast busy", "Besetztzeichen" and "tono de ocupado" are one sense, so that what two customers say can be compared
whatever they speak. Phrases are found as those of the rules are (`deciding.phrases`): without case and accents, small
words between theirs passed over, `*` for any ending.
"""

from __future__ import annotations

from mailbot.deciding.likeness.calling import CALLING
from mailbot.deciding.likeness.sense import Role, Sense, phrases, sense
from mailbot.deciding.likeness.telephones import TELEPHONES
from mailbot.deciding.likeness.things import THINGS
from mailbot.deciding.likeness.troubles import TROUBLES
from mailbot.deciding.words import compared

SENSES: tuple[Sense, ...] = (
    *CALLING,
    *THINGS,
    *TELEPHONES,
    *TROUBLES,
    sense(
        "how to",
        Role.WISH,
        1.0,
        """
        how do, how to, how can, where do, where can, what do i need, is it possible, is there a way, can you tell me
        could you tell, wie kann, wie konnen, wie geht, wo finde, wo kann, wo finden, wie mache, was brauch*
        ist es moglich, wie richte, wie andere, wie lege, comment, ou puis, ou trouver, est-il possible
        est ce possible, que faut-il, ou se trouve, como puedo, como podemos, como se, donde, es posible, que necesito
        como hago, que hace falta, como posso, como faco, onde, e possivel, o que preciso, de que precisa*
        """,
    ),
    sense(
        "adding",
        Role.WISH,
        2.0,
        """
        add, adding, another, additional, set up, setting up, create, new, install, hinzufug*, anlegen, einrichten
        zusatzlich*, neue, neuen, neuer, neues, installieren, lege, richte, ajouter, ajout, creer, installer
        nouveau, nouvelle, supplementaire, nouvel, anadir, agregar, crear, configurar, nuevo, nueva, adicional
        dar de alta, instalar, adicionar, acrescentar, criar, novo, nova
        """,
    ),
    sense(
        "changing",
        Role.WISH,
        2.0,
        """
        change, changing, update our, edit, modify, record a new, replace, andern, andere, anderung, umstellen
        austauschen, aktualisieren, changer, modifier, mettre a jour, remplacer, cambiar, modificar, actualizar
        alterar, mudar, atualizar, trocar, substituir
        """,
    ),
    sense(
        "cancelling",
        Role.WISH,
        3.0,
        """
        cancel*, terminate, remove, delete, kundig*, loschen, entfernen, stornier*, resilier, resiliation, supprimer
        annuler, cancelar, dar de baja, eliminar, borrar, rescindir, apagar, remover, excluir, removam, removan
        eliminen, eliminem, borren, apaguem, excluam, supprimez, retirez, loschen sie, entfernen sie
        no longer works here, no longer with us, left the company, left us, ya no trabaja, ja nao trabalha
        arbeitet nicht mehr, ne travaille plus, deactivate, desactivar, desactiven, desativem, deaktivieren
        desactiver
        """,
    ),
    sense(
        "prices",
        Role.WISH,
        3.0,
        """
        price*, cost, costs, how much, quote, offer, preis*, kostet, kosten, angebot, prix, coute*, tarif, devis
        combien, precio*, cuesta, cuanto, presupuesto, preco*, custa, quanto, orcamento
        """,
    ),
    sense(
        "moving",
        Role.WISH,
        3.0,
        """
        moving office*, new office, relocat*, move our office, umzug, umziehen, ziehen um, neues buro, neue adresse
        demenag*, nouveaux locaux, mudanza, nos mudamos, nueva oficina, mudanca de escritorio, novo escritorio
        mudamos
        """,
    ),
    sense(
        "resetting",
        Role.WISH,
        3.0,
        """
        reset*, forgot*, forgotten, lost my password, zurucksetzen, vergessen, reinitialis*, oublie*, restablec*
        olvid*, redefinir, repor, esqueci, esqueceu, restaurar, esquecemos
        """,
    ),
    sense(
        "blocking",
        Role.WISH,
        3.0,
        """
        block this, block that, block a, block them, block number*, block the number, block call*, blocking a
        blocked list, bloquer, bloquear, sperren, blockieren, sperrliste, blacklist, liste noire, lista negra
        """,
    ),
    sense(
        "many",
        Role.EXTENT,
        0.6,
        """
        all, everybody, everyone, whole office, entire office, nobody, no one, none of us, none of our, several
        every phone, all our, all of our, any of our, all phones, whole company, anyone, alle, niemand, keiner
        ganze firma, ganzes buro, gesamte, samtliche, mehrere, bei allen, keines, im ganzen, tous, toutes
        tout le monde, personne, plusieurs, l'ensemble, tout le bureau, aucun de nos, todos, todas, nadie
        toda la oficina, toda la empresa, varios, ninguno, varias, ninguem, toda a empresa, todo o escritorio
        todo o mundo, toda a gente, nenhum dos, everyone's, whichever, our agents, entire team, whole team, team wide
        every line, each line, all lines, all branches, every single, each and every, all handsets, whole staff
        the entire, the whole, our entire, people here, wir alle, uns allen, bei allen kollegen, alle kollegen
        allen telefonen, uberall, gesamtes, komplette, alle nebenstellen, bei niemandem, allen kollegen, partout
        nous tous, tous nos postes, tous les, chaque poste, toute l'equipe, toute la, todas las lineas, a todos
        todo el equipo, en todas partes, con todos, todas las, todos los, a todos nos, todas as linhas, toda a equipa
        toda a equipe, com todos, em todos, todas as, todos os, toda a telefonia, toda la telefonia, all staff
        all sites, three locations, across the company, company, everyone here, of us all, every operator, alle platze
        ganzen mannschaft, ganze flotte, whole fleet, nirgends, bei jedem, drei standorten, chez tous, trois sites
        pareil pour tout, nos pasa a todos, le pasa a todo, acontece a todos, igual para todos, all ten of us, none of
        all agents, each of us, any of us, all of us, all of them, every call, every number, all calls, every one
        both of our, each call, all users, all colleagues, all employees, all our people, everybody's, anybody
        any phone, every user, whole floor, field team, our staff, our people, all headsets, our headsets
        every desk phone, jedem von uns, jeder von uns, bei keinem, keinem, keinen von, alle apparate
        alle mitarbeiter, allen mitarbeitern, unsere mitarbeiter, jedes gesprach, jedem gesprach, jeder anruf
        allen gesprachen, alle gesprache, samtlichen, im haus, aussendienst, von uns allen, aucun d'entre
        aucun collegue, aucun agent, aucun commercial, tout le standard, tout le plateau, tout l'etage
        tout le service, chaque appel, tous les appels, nos casques, a tous, tout l'equipe, l'equipe entiere
        pour tous, nos postes, de nadie, ninguna extension, ningun telefono, todas las llamadas, toda la plantilla
        a ninguno, ningun companero, nenhum de nos, todas as chamadas, nenhum colega, nenhum telefone
        nenhuma extensao, a equipa toda, a ninguem, para todos, others stay, the others stay, others do not
        statt alle, au lieu de tous, antes sonaban
        """,
    ),
    sense(
        "one alone",
        Role.EXTENT,
        1.0,
        """
        only one, just one, one user, one phone, one extension, my phone, my extension, one of our, a colleague
        one colleague, only me, for me, single phone, one person, only mine, one handset, one desk, nur bei
        mein telefon, meinem telefon, eine kollegin, ein kollege, bei mir, nur mein, einem telefon, eines unserer
        un seul, une seule, mon poste, mon telephone, une collegue, un collegue, chez moi, seulement, solo un*
        solo me, mi telefono, mi extension, un companero, una companera, a mi, uno de nuestros, so um, apenas um*
        so a mim, meu telefone, meu ramal, um colega, uma colega, so no meu, um dos nossos, only this one
        this one phone, nur diese eine, nur dieses, seulement celui, solo esta, solo este, so este, so esta
        extension n, her phone, his phone, my app, my headset, my calls, mein headset, ihr telefon, sein telefon
        son telephone, su telefono, telefone dela, telefone dele, he gets, she gets, she hears, he hears, mailed to me
        from home, work from home, homeoffice, home office, teletravail, trabajo en casa, trabalho em casa, his calls
        her calls, new headset, em casa, who started today, who started this week, who starts, my wife, mein handy
        mon portable, mi movil, meu telemovel
        my desk, my desk phone, my handset, nur eines, nur einer, nur eine, nur einen, the phone at, the phone in
        das telefon am, das telefon im, das telefon in, le telephone de, le poste de, el telefono de la
        el telefono del, o telefone da, o telefone do, my talk, my call with, of my call, meines gesprachs
        mein gesprach mit, mon appel avec, mi llamada con, minha chamada com, the fax from, the fax of, das fax aus
        das fax von, le fax de, el fax de, o fax de, the recording of, die aufnahme meines
        """,
    ),
    sense(
        "own cause",
        Role.EXTENT,
        1.0,
        """
        firmware, update, updated, after the update, since the update, moved the desk, since we moved, after we moved
        after moving, my router, our router, router restart*, our it, quarantine, firewall, wiring, socket, cable
        cables, plugged, new phone, new headset, new device, new laptop, new router, new internet, new provider
        new e-mail address, new email address, new address, new number, typed in, installed, unplugged, swapped
        replaced, since i changed, after i changed, we changed, every night, country is blocked
        country is not allowed, country is, not allowed, lack the right, permission*, account manager, power cut
        thunderstorm, lightning, plug, adapter, battery, charger, broken display, spilled, dropped it, only when
        when he uses, when she uses, when i turn, when i walk, whenever, neues telefon, neues headset, neue gerat
        neues gerat, das neue, neuen router, neuer router, unser router, nach dem umzug, umzug, umgezogen
        netzwerkdose, kabel, stecker, akku, netzteil, unsere it, unserer it, jede nacht, land ist gesperrt, gesperrt
        berechtigung, gewitter, stromausfall, immer wenn, wenn er, wenn ich, seit dem update, nach dem update
        nach update, eingetippt, umgesteckt, mise a jour, demenage, prise reseau, notre routeur, chaque nuit
        pays est bloque, droits, orage, batterie, chargeur, nouveau routeur, nouveau casque, nouveau telephone
        depuis que j'ai, quand je, actualizacion, enchufe, roseta, nuestro router, cada noche, pais esta bloqueado
        permiso*, tormenta, bateria, cargador, nuevo router, nuevo telefono, nuevos auriculares, desde que cambi*
        cuando uso, cambiamos de, atualizacao, cabo, tomada, nosso router, cada noite, permiss*, trovoada, carregador
        novo router, novo telefone, auscultadores novos, desde que mud*, quando uso, depois de mudar, when i use
        when i put, when he puts, when she, when he, wenn ich den, wenn sie den, quand j'utilise, cuando yo
        not charge any, not charging, wrong address, wrong e-mail address, wrong email address, falsche mailadresse
        falschen mailadresse, falsche adresse, mauvaise adresse, direccion esta mal, direccion equivocada
        endereco esta errado, endereco errado, on our account, sur notre compte, auf unserem konto
        """,
    ),
)
"""All of them, in the order in which they are named."""

_IN_AND_OUT = ("outgoing calls", "incoming calls")
TOGETHER = ((("down", "phones"), "total outage"),)
"""What two of these mean in one clause."""
IMPLIED = (
    (_IN_AND_OUT, "total outage"),
    (("offline",), "registration"),
    (("registration",), "phones"),
    *(((one,), "calls") for one in (*_IN_AND_OUT, "cut off", "no sound", "bad sound", "busy tone")),
)
"""What is meant, too, where all of these are, the one after the other."""

PART_OF = {
    **dict.fromkeys(("mobile phones", "calls abroad", "emergency calls", "other carriers"), ("total outage",)),
    "tones": ("no sound", "cut off"),
    "music on hold": ("calls", "queue", *_IN_AND_OUT),
    "ring groups": ("calls", "phones"),
    "forwarding": ("calls", "mobile phones", "opening hours", *_IN_AND_OUT),
    "conferences": ("calls", *_IN_AND_OUT),
    "transferring": ("calls", *_IN_AND_OUT),
    "clock": ("phones", "numbers"),
    "door phone": ("calls", "phones", *_IN_AND_OUT),
    "presence": ("calls", "keys of the phone", "phones", "busy tone"),
    "do not disturb": ("calls", "phones"),
    "total outage": _IN_AND_OUT,
    "caller ID": (*_IN_AND_OUT, "numbers"),
    "voicemail": _IN_AND_OUT,
    "menu": (*_IN_AND_OUT, "greeting", "keys of the phone"),
    "queue": _IN_AND_OUT,
    "fax": (*_IN_AND_OUT, "numbers", "calls", "portal"),
    "text messages": (*_IN_AND_OUT, "numbers"),
    "toll-free numbers": ("total outage", *_IN_AND_OUT, "numbers"),
    "recordings": (*_IN_AND_OUT, "phones"),
    "no sound": _IN_AND_OUT,
    "bad sound": _IN_AND_OUT,
}
"""What says nothing of its own beside one of these: callers who wait in a menu are no trouble with incoming calls."""

WELL = phrases(
    """
    works, working, is fine, are fine, is ok, are ok, ok, okay, works fine, is possible, all good, they are there
    can dial out, can call out, can receive, able to take calls, take calls, can take calls, calls come in
    calling in works, konnen angerufen werden, werden angerufen, pouvons recevoir, podemos recibir
    conseguimos receber, podemos receber, can hear the messages, hear them fine, go through fine, was fine, is good
    funktioniert, funktionieren, geht, gehen, klappt, klappen, lauft, ist in ordnung, sind da, war alles gut
    fonctionne, fonctionnent, marche, marchent, passent, va bien, est bon, si, funciona, funcionan, van bien
    si llegan, todo bien, funcionam, esta bem, estao bem, tudo bem, work, go through, we can call, unaffected
    not affected, ca passe, ca va, iba bien, ging noch, ging es noch, geht noch, no problem, sin problema*
    sans probleme*, issue solved, issue resolved, outage solved, is solved, is resolved, been solved, been resolved
    been fixed, is fixed, was fixed, was resolved, was solved, ist behoben, wurde behoben, ist gelost, wurde gelost
    est resolu, a ete resolu, est repare, esta resuelto, se resolvio, se soluciono, esta solucionado
    esta resolvido, foi resolvido, do reach us, can reach us, still reach us, do call us, can call us, erreichen uns
    kommen durch, nous joignent, nos llaman, nos contactan, ligam-nos, conseguem ligar
    """
)
"""Words of a clause that says that something works, unless one of `NOT` stands there, too."""
NOT = compared(
    """
    aucun aucune comment como fails hardly how if imposible impossible impossivel jamais kein keine keiner
    keines longer nada nadie nao ne nem nenhum nenhuma never nicht nichts nie niemand ninguem ningun ninguna no
    nobody none not nothing nunca nur only pas personne plus quand rien sem sin stopped until wenn wie without
    after cuando once quando wann when
    """
)
DENIED = NOT - compared(
    "after comment como cuando hardly how if once only quand quando stopped until wann wenn when wie without"
)
"""Words of a clause that denies: something is not done, not there, or done by none."""
NEEDLESS = compared(
    """
    know sure need want mind hurry worry remember think brauche brauchen weiss wissen sicher eilt mochten besoin sais
    savons presse necesito necesitamos necesita sabemos preciso precisamos sei pressa
    """
)
"""Words of a clause that denies no more than a need or a knowledge."""
ONE = compared("extension ext nebenstelle durchwahl apparat poste extension anexo interno ramal extensao")
"""Behind these, digits name one phone."""

_OUT, _IN, _MAILED, _OFF = (
    ("outgoing calls",),
    ("incoming calls",),
    ("voicemail", "e-mail", "not arriving"),
    ("offline",),
)
BY_RULE = {
    "outbound": _OUT,
    "outbound-of-many": _OUT,
    "outbound-fails": _OUT,
    "callers-turned-away": _IN,
    "voicemail-not-mailed": _MAILED,
    "voicemail-no-mail": _MAILED,
    "voicemail-nothing-comes": _MAILED,
    "voicemail-e-mail": _MAILED,
    "caller-id-out": ("caller ID",),
    "they-see": ("caller ID",),
    "registration": _OFF,
    "not-registered": _OFF,
    "registration-fails": _OFF,
    "phone-offline": _OFF,
    "many-down": ("down",),
    "place-down": ("down",),
    "plainly-down": ("down",),
    "outage": ("down",),
    "none-works": ("not working",),
    "nobody-can": ("not working",),
    "many-cannot-call": ("not working",),
    "calls-impossible": ("not working",),
    "many-without-access": ("not working",),
    "no-service": ("down",),
}
"""What the shipped rules of severities and common issues, which hit by words of their own, say in senses."""
