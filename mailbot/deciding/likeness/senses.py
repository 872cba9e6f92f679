"""What customers of a telephone company write about, and by which words of five languages it is known.

"Fast busy", "Besetztzeichen" and "tono de ocupado" are one sense, so that what two customers say can be compared
whatever they speak. Phrases are found as those of the rules are (`deciding.phrases`): without case and accents, small
words between theirs passed over, `*` for any ending.
"""

from __future__ import annotations

from mailbot.deciding.likeness.sense import Role, Sense, phrases, sense
from mailbot.deciding.likeness.things import THINGS

SENSES: tuple[Sense, ...] = (
    *THINGS,
    sense(
        "not working",
        Role.TROUBLE,
        1.0,
        """
        not work*, doesnt work, stopped working, no longer work*, not working, broken, fail, fails, failed, failing
        failure, not possible, impossible, unable, can not, could not, problem*, issue, issues, trouble, nothing works
        not go through, will not, refuses, does nothing, nothing happens, no way to, stopped, not able, not go out
        not connect, not complete, funktioniert nicht, funktionieren nicht, geht nicht, gehen nicht, klappt nicht
        defekt*, kaputt, fehlgeschlagen, kann nicht, konnen nicht, kein*, geht nichts, nichts geht, nicht mehr
        unmoglich, storung*, gestort, schlagen fehl, ne fonctionne*, ne marche*, ne passe*, impossible*, ne peut
        ne pouvons, ne peux, n'arriv*, plus possible, probleme*, en erreur, echou*, plus rien, ne fonctionnent
        ne part, ne partent, aucun, aucune, no funciona*, no va, no puedo, no podemos, no se puede, imposible, falla*
        no salen, no sale, problema*, averia*, no logramos, no conseguimos, no consigo, dejo de, dejaron de, ningun
        ninguna, nao funciona*, nao consigo, nao conseguimos, nao e possivel, impossivel, falha*, nao sai, nao saem
        avaria*, deixou de, deixaram de, nao da, nenhum, nenhuma
        """,
    ),
    sense(
        "down",
        Role.TROUBLE,
        1.5,
        """
        down, outage, dead, out of service, no service, offline since, no dial tone, no tone, no connection
        unreachable, out of order, dark, blackout, unavailable, nothing in or out, not available, ausgefallen, ausfall
        totalausfall, tot, geht gar nichts, kein freizeichen, nichts raus, nichts rein, ausser betrieb
        nicht erreichbar, keine leitung, stromlos, en panne, panne, hors service, pas de tonalite, aucune tonalite
        indisponible*, a l'arret, mort, morts, muettes, caid*, sin servicio, sin linea, sin tono, fuera de servicio
        incomunicad*, muerto*, no hay linea, se ha caido, cayo, caio, caiu, em baixo, fora do ar, sem linha, sem tom
        sem servico, indisponivel, mudo*, fora de servico, parado*, inoperante
        """,
    ),
    sense(
        "cut off",
        Role.TROUBLE,
        3.0,
        """
        drop, drops, dropped, dropping, cut off, cuts off, cut out, cutting out, disconnect, disconnects
        disconnected after, hang up by themselves, hangs up, call ends, calls end, ends after, end after, get cut
        gets cut, lose the call, lose calls, brechen, bricht ab, abgebroch*, abbruch*, abbrechen, unterbrochen
        reissen ab, reisst ab, weg nach, getrennt, se coup*, coupe*, coupent, coupees, coupure*, raccroch*, interromp*
        s'interrompent, est coupe, sont coupes, se cort*, cortan, se corta, corte*, se cuelga*, se interrump*, caem
        cai, cortad*, se cortam, desliga sozinho, desligam, cortam
        """,
    ),
    sense(
        "no sound",
        Role.TROUBLE,
        3.0,
        """
        not hear, hear nothing, hear anything, silence, silent, no audio, no sound, one way audio, one-way audio
        dead air, no voice, hear us, hear me, hear them, hear anybody, only one side, hear the other, nobody hears
        hore nichts, horen nichts, nichts zu horen, kein ton, stille, hort man nichts, horen uns nicht
        horen wir nichts, horen uns, horen mich, hort uns, hort mich, nicht horen, einseitig*, stumm, keinen ton
        nichts horen, n'entend*, ne nous entend*, pas de son, aucun son, pas d'audio, entendons pas, entendent pas
        sens unique, plus de son, no se oye, no oye*, no oimos, no escuch*, sin audio, sin sonido, silencio
        no se escucha, no nos oyen, no nos escucha*, nao se ouve, nao ouv*, sem audio, sem som, nao escut*
        ninguem ouve, nos ouvem, nao nos ouve*
        """,
    ),
    sense(
        "bad sound",
        Role.TROUBLE,
        3.0,
        """
        choppy, crackl*, static, echo, robotic, garbled, distort*, jitter*, breaking up, bad quality, poor quality
        call quality, sound quality, voice quality, noise*, muffled, metallic, every third word, stutter*, robot
        knackt, knacken, rauscht, rauschen, knistern, verzerrt, abgehackt, hallt, schlechte qualitat, sprachqualitat
        roboter*, tonqualitat, blechern, stottert, aussetzer, abgehackt*, jedes dritte wort, gresill*, hache*, saccad*
        mauvaise qualite, qualite des appels, qualite du son, qualite audio, deforme*, robotique, parasite*
        entrecorta*, ruido*, eco, mala calidad, calidad de las llamadas, calidad de audio, calidad de sonido, metalic*
        distorsion*, picot*, chiado*, ma qualidade, qualidade das chamadas, qualidade de audio, qualidade do som
        cortada, distorc*, calidad de la voz, robotiz*, qualidade da voz
        """,
    ),
    sense(
        "busy tone",
        Role.TROUBLE,
        2.5,
        """
        busy, busy tone, busy signal, fast busy, engaged tone, all circuits, engaged, circuits are busy, besetzt*
        besetztton, besetztzeichen, leitungen belegt, tonalite occupee, occupe*, sonne occupe, ocupado*, comunica
        comunicando, tono de ocupado, senal de ocupado, tom de ocupado, sinal de ocupado, impedido
        """,
    ),
    sense(
        "error message",
        Role.TROUBLE,
        1.5,
        """
        error*, error message*, 403, 404, 408, 480, 486, 488, 500, 502, 503, 504, 603, forbidden, timeout, timed out
        exception, fehler*, fehlermeldung*, zeituberschreitung, verboten, erreur*, message d'erreur, delai depasse
        interdit, mensaje de error, errores, tiempo de espera agotado, prohibido, erro, erros, mensagem de erro
        tempo esgotado, proibido, bad gateway, gateway
        """,
    ),
    sense(
        "slow",
        Role.TROUBLE,
        2.5,
        """
        slow, slowly, delay*, late, lag, lags, takes forever, takes ages, minutes later, hours later, hours late
        seconds delay, langsam*, verspatet*, verzoger*, dauert ewig, spat, stunden spater, lahm, minuten spater, lent*
        retard*, tard, delai*, met des heures, heures plus tard, tarda*, retraso*, con retraso, horas despues, tarde
        demora*, atras*, horas depois
        """,
    ),
    sense(
        "wrong",
        Role.TROUBLE,
        1.0,
        """
        wrong, incorrect, not right, instead of, someone else, somebody else, falsch*, falsche, stattdessen, verkehrt*
        faux, mauvais, incorrect*, au lieu, equivocad*, en lugar de, errad*, em vez de, incorret*
        """,
    ),
    sense(
        "not arriving",
        Role.TROUBLE,
        2.0,
        """
        not arriv*, never arriv*, nothing arrives, not receiv*, not get, not come, nothing comes, not deliver*
        missing, undelivered, no longer get, not sent, not go out, no more emails, not being sent, not getting
        not received, stuck, lost, kommt nicht, kommen nicht, kommen keine, kommt nichts, nicht an, erhalten keine
        erhalte keine, fehlt, fehlen, bekommen keine, kommen nicht an, nicht zugestellt, bekomme keine
        nicht versendet, nicht gesendet, bleiben aus, n'arriv*, ne recoi*, ne recev*, pas recu, plus recu, rien recu
        manque*, ne partent, pas envoye*, n'est pas arrive, recevons plus, no llega*, no recib*, no lleg*, falta*
        no se envia*, no nos llega*, no entra*, dejaron de llegar, sin llegar, nao cheg*, nao receb*
        nao est* chegando, nao envia*, nao sao enviad*, nao entra*, deixaram de chegar, sem chegar
        """,
    ),
    sense(
        "not ringing",
        Role.TROUBLE,
        2.5,
        """
        not ring*, never rings, no ring, does not ring, without ringing, straight to voicemail, directly to voicemail
        klingelt nicht, klingeln nicht, klingelt nichts, klingelt es nicht, lautet nicht, ohne klingeln
        klingelt kein*, ne sonne*, sans sonner, aucune sonnerie, sonne pas, directement sur, no suena*, sin sonar
        no timbra*, ni suena*, nao toca*, sem tocar, nem toca*, direto para
        """,
    ),
    sense(
        "crash",
        Role.TROUBLE,
        3.0,
        """
        crash*, freez*, frozen, frezes, closes itself, hangs, blank screen, white page, blank page, white screen
        not load, not open, not loading, sturzt ab, absturz*, abgesturzt, eingefroren, hangt sich, weisse seite
        ladt nicht, offnet nicht, lasst sich nicht offnen, plante*, se fige*, fige*, page blanche, ne s'ouvre*
        ne charge*, ecran blanc, se ferme, se cierra, se bloquea, se congela, pantalla en blanco, pagina en blanco
        no carga*, no abre*, colgad*, trava*, fecha sozinh*, tela branca, pagina em branco, ecra branco, nao carrega*
        nao abre*, bloqueia, congela*
        """,
    ),
    sense(
        "twice",
        Role.TROUBLE,
        2.5,
        """
        twice, double, duplicate*, doppelt*, zweimal, en double, deux fois, duplicad*, dos veces, doble, em dobro
        duas vezes, dobro
        """,
    ),
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
        zusatzlich*, neu, neue, neuen, neuer, neues, installieren, lege, richte, ajouter, ajout, creer, installer
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
        annuler, cancelar, dar de baja, eliminar, borrar, rescindir, apagar, remover, excluir
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
        "many",
        Role.EXTENT,
        1.0,
        """
        all, everybody, everyone, whole office, entire office, nobody, no one, none of us, none of our, several
        every phone, all our, all of our, any of our, company wide, all phones, whole company, anyone, alle, niemand
        keiner, ganze firma, ganzes buro, gesamte, samtliche, mehrere, bei allen, keines, im ganzen, tous, toutes
        tout le monde, personne, plusieurs, l'ensemble, tout le bureau, aucun de nos, todos, todas, nadie
        toda la oficina, toda la empresa, varios, ninguno, varias, ninguem, toda a empresa, todo o escritorio
        todo o mundo, toda a gente, nenhum dos
        """,
    ),
    sense(
        "one alone",
        Role.EXTENT,
        1.0,
        """
        only one, just one, one user, one phone, one extension, my phone, my extension, one of our, a colleague
        one colleague, only me, for me, single phone, one person, only mine, one handset, one desk, nur ein*, nur bei
        mein telefon, meinem telefon, eine kollegin, ein kollege, bei mir, nur mein, einem telefon, eines unserer
        un seul, une seule, mon poste, mon telephone, une collegue, un collegue, chez moi, seulement, solo un*
        solo me, mi telefono, mi extension, un companero, una companera, a mi, uno de nuestros, so um, apenas um*
        so a mim, meu telefone, meu ramal, um colega, uma colega, so no meu, um dos nossos
        """,
    ),
)
"""All of them, in the order in which they are named."""

IMPLIED = {
    "outgoing calls": "calls",
    "incoming calls": "calls",
    "cut off": "calls",
    "no sound": "calls",
    "bad sound": "calls",
    "busy tone": "calls",
    "registration": "phones",
}
"""What is meant, too, where one of these is."""

WELL = phrases(
    """
    works, working, is fine, are fine, is ok, are ok, ok, okay, works fine, is possible, all good, they are there
    can dial out, can call out, can hear the messages, hear them fine, go through fine, was fine, is good
    funktioniert, funktionieren, geht, gehen, klappt, klappen, lauft, ist in ordnung, sind da, war alles gut
    fonctionne, fonctionnent, marche, marchent, passent, passe, va bien, est bon, si, funciona, funcionan, van bien
    si llegan, todo bien, funcionam, esta bem, estao bem, tudo bem
    """
)
"""Words of a clause that says that something works, unless one of `NOT` stands there, too."""
NOT = frozenset(
    """
    aucun aucune can comment como fails hardly how if imposible impossible impossivel jamais kein keine keiner
    keines longer nada nadie nao ne nem nenhum nenhuma never nicht nichts nie niemand ninguem ningun ninguna no
    nobody none not nothing nunca nur only pas personne plus quand rien sem sin stopped until wenn wie without
    """.split()
)
