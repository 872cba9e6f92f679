"""What ails a thing, in words of five languages."""

from __future__ import annotations

from mailbot.deciding.likeness.sense import Role, Sense, sense

TROUBLES: tuple[Sense, ...] = (
    sense(
        "not working",
        Role.TROUBLE,
        0.7,
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
        avaria*, deixou de, deixaram de, nao da, nenhum, nenhuma, not respond, not answer, no responde, nao responde
        ne repond*, reagiert nicht, not react, not transmit, not go, goes through, go through, not open, not send
        not sent, not reach, geht nicht raus, nicht raus, nicht rein, nicht durch, nichts passiert, rien ne se passe
        no pasa nada, nada acontece, not find, not get into, gibt keine, rein keine, beeps, keep failing
        keeps failing, fails immediately, does not do anything, not come up, ignores, ignored, gives up, quit working
        stopped responding, acting up, messed up, not function*, out of action, seems broken, malfunction*, gone wrong
        not accepted, not accept, invalid, not transmitted, nicht moglich, geht bei uns nicht
        funktioniert bei uns nicht, spinnt, streikt, fallt aus, hangt, hangen fest, nimmt keine, nimmt nicht
        nicht mehr moglich, bleiben stehen, scheitert, scheitern, versagt, versagen, bewirkt, bloque*, ne reagit*
        n'accepte*, ne va plus, ne va pas, hors d'usage, dysfonctionne*, rien ne, bugge, no responde*, no deja
        no permite, se queda*, atascad*, no hace nada, no acepta, no marcha, estropead*, fallando, dando error
        no logra*, no consigu*, nao responde*, nao deixa, nao permite, fica pres*, presos, nao faz nada, nao aceita
        avariad*, a falhar, dando erro, estragad*, nao faz, ficam pres*, rejected, rejects, refused, refuse
        nothing happens when, klappt nirgends, nirgends, abgelehnt, rejete*, rechaza*, rejeitad*, stuck, jammed
        steckt fest, fige, vergeblich, in vain, en vain, en vano, em vao, parado, dejado de, ha dejado, han dejado
        deixou, deixaram, quit, cannot be, are stuck, gives an error, come back as failed, comes back as failed
        bouncing, bounce, bounces, nothing gets, greift nicht, greifen nicht, ne se font, ne se fait, no se hace
        no se efectua, defective, faulty
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
        sem servico, indisponivel, mudo*, fora de servico, parado*, inoperante, kein ton auf, went out, out completely
        completely dead, system is out, not reachable, knocked out, no telephony, no phones, no phone service
        all dead, total failure, complete failure, nothing works at all, not usable, disconnected number, gone dead
        phones are out, lines are out, no lines, komplett tot, lahm, nichts mehr, alles aus, komplettausfall
        kein telefon, keine telefonie, stillstand, telefonie ist, ausgefallene, tombe*, est tombee, plus de telephone
        plus de ligne, plus de telephonie, plus de service, inaccessible*, totalement coupe, plus rien ne marche
        inaccesible*, sin telefono*, sin telefonia, nada funciona, se cayo, esta caida, inoperativ*, no hay servicio
        caido, inacessivel, inacessiveis, sem telefone*, sem telefonia, nao ha servico, esta em baixo, not in service
        nicht vergeben, pas attribue, non attribue, no existe, nao existe, number does not exist, nao atribuido
        not assigned, out of use
        """,
    ),
    sense(
        "total outage",
        Role.TROUBLE,
        3.0,
        """
        total outage, nothing in or out, in or out, in and out, neither in nor out, no phone service
        no telephone service, no telephony, complete outage, phone outage, no phones at all, everything is down
        all down, all dead, nichts rein, nichts raus, weder rein noch raus, rein noch raus, totalausfall
        komplettausfall, telefonie ist ausgefallen, telefonanlage tot, anlage ist tot, geht gar nichts
        keine telefonie, ni entrant, rien n'entre, rien ne sort, tout est en panne, plus de telephonie
        telephonie est tombee, telephonie est en panne, ni entrants ni sortants, plus aucune telephonie
        ni entra ni sale, entra ni sale, caido todo, todo caido, telefonia caida, telefonia esta caida, sin telefonia
        se ha caido todo, nem entra nem sai, entra nem sai, tudo em baixo, telefonia em baixo, sem telefonia
        telefonia esta em baixo, tudo parado, packed up, telephony is gone, gone entirely, no tone, not one of the
        phone system is, phone system has, system has packed, no phones, all sets are, not a single phone
        none of the phones work, phones do not work, phones are not working, kein einziges telefon, anlage steht
        telefonie ist weg, telefonie ist an allen, telefonie weg, telefone gehen nicht, telefone funktionieren nicht
        nichts geht mehr am telefon, keine telefone, plus aucun telephone, telephones ne marchent
        telephones ne fonctionnent, no hay telefonia, sin telefonos, los telefonos no funcionan
        ningun telefono funciona, nao ha telefonia, sem telefones, os telefones nao funcionam
        nenhum telefone funciona
        """,
    ),
    sense(
        "offline",
        Role.TROUBLE,
        2.0,
        """
        unregistered, unregister*, offline, deregister*, not register*, lost registration, lost its registration
        lost their registration, registration failed, registration fail*, fail* to register, no registration
        not in sync, not sync, lost connection to the server, no service on the display, nicht registriert, abgemeldet
        keine registrierung, registrierung verloren, registrierung fehlgeschlagen, melden sich nicht an
        meldet sich nicht an, keines ist registriert, nicht angemeldet, hors ligne, non enregistre*, desenregistre*
        pas enregistre*, plus enregistre*, aucun n'est enregistre, perdu leur enregistrement, perdu son enregistrement
        ne s'enregistre*, sin registrar, desconectad*, fuera de linea, no registrad*, no se registra*, sin registro
        perdido el registro, perdieron el registro, pierde el registro, sem registro, sem registo, nao registad*
        nao registrad*, nenhum esta registad*, nao se regist*, perderam o registro, perderam o registo
        perdeu o registo, perdeu o registro, dropped off, greyed, grey, marked offline, show as offline, logged off
        no service, melden sich nicht mehr an, melden sich ab, hat sich abgemeldet, offline angezeigt, als offline
        injoignables sur le, hors connexion, no registradas, fora da rede, signed itself off, signed off
        logged itself off, register failed, sip error, registration error, red icon, lost the server
        lost contact with the server, not connected to the server, server not found, not logged in to the server
        anmeldung fehlgeschlagen, registrierungsfehler, vom server verabschiedet, vom server getrennt
        verbindung zum server, nicht am server, keine anmeldung, sip fehler, offline gegangen, gehen offline
        erreur d'enregistrement, erreur sip, perdu le serveur, ne se connectent plus, non connecte*, error de registro
        error sip, no se conectan, perdieron la conexion, erro de registo, erro de registro, erro sip
        nao se ligam ao servidor, perderam a ligacao, perderam a conexao
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
        cai, cortad*, se cortam, desliga sozinho, desligam, cortam, hang up, hang up on, hung up, dropping out
        call terminat*, terminat*, cuts us off, cut us off, get disconnected, got disconnected, disconnected from
        disconnected in the middle, lost mid, mid sentence, mid call, mid conversation, middle of the call
        end by themselves, ends by itself, stops after, after 30 seconds, after half a minute, verbindung ist weg
        abgeschnitten, abbricht, beendet sich, legt auf, aufgelegt, fliegen raus, fliegt raus
        nach einer halben minute, nach 30 sekunden, nach wenigen sekunden, verbindung verloren, tombe toute seule
        se fait raccrocher, raccrocher, au bout de, au milieu, s'arrete*, sont interrompu*, fin de l'appel
        deconnecte apres, se cuelga sola, se nos cuelga, cuelga*, al poco de, a los pocos segundos, a los 30 segundos
        a mitad, a la mitad, interrumpid*, cortaron, caen las llamadas, pierde la llamada, desliga-se, desligam-se
        desliga sozinha, a meio, ao fim de, depois de 30 segundos, passado pouco tempo, interrompid*, vai abaixo
        vao abaixo, caindo, perde a chamada, thrown out, kicked out of the call, no conversation lasts
        lasts longer than, longer than thirty, click and, call is over, get cut short, cut short, calls do not last
        calls stop, line goes dead, goes dead, dies after, die after, call dies, calls die, ring back because
        halt langer als, dauert langer als, halten nicht, fliegen aus, aus den telefonaten, aus dem gesprach
        mitten im gesprach, ist schluss, plotzlich weg, verbindung weg, telefonat bricht, gesprach bricht
        ne tient plus, puis ca coupe, tombe au bout, dura mas de, se pierde la llamada, luego se corta, dura mais de
        depois cai, perde-se a chamada
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
        ninguem ouve, nos ouvem, nao nos ouve*, hear a word, hear our, hear you, cannot hear, can hear our, other end
        other side, other party, hears a thing, hears us, hears nothing, not a word, mute, muted, lost its voice
        both ways, no speech, voice is missing, one-sided, inaudible, verstehen uns nicht, versteht uns nicht
        totenstille, hort nichts, horen uns die, horen die kunden, niemand hort, gegenseite, gegenuber, sprache fehlt
        tonlos, kein gerausch, nur stille, bleibt stumm, ohne ton, nous entend, n'entend rien, entend rien
        aucun bruit, aucune voix, il n'y a aucun son, sans son, muet*, nous entendent, l'interlocuteur
        no nos escuchan, no escucha nada, escucha nada, no se nos oye, mudo, muda, sin voz, no nos oye, oye nada
        interlocutor, nao nos escuta*, escuta nada, ouve nada, ouvem nada, nao nos ouvem, nao ouve nada, sem voz
        mudas, hear our voice, no audio whatsoever, audio whatsoever, stays mute, hear a sound, hears a sound
        completely silent, stays silent, bleibt still, bleibt es still, vollig still, hort keinen von uns, hort keinen
        horen keinen, gegenstelle, entend pas un mot, entend un mot, no se oye ni, no oye ni, nao se ouve uma
        ouve uma palavra, oye ni una
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
        cortada, distorc*, calidad de la voz, robotiz*, qualidade da voz, sound like, sounds like, robots, under water
        underwater, stuttering, swallowed, words get, break up, breaks up, audio quality, voice cuts, hissing, humming
        buzzing, tinny, fuzzy, unintelligible, hardly understand, barely understand, barely hear, terrible sound
        bad sound, sound is terrible, sound is bad, distortion, bad line, poor sound, bad audio, tonqualitat*
        sprachqualitat*, qualitat, brummt, brummen, krachzt, verschluckt, wortfetzen, kaum zu verstehen, versteht kaum
        schlecht zu verstehen, gestorter ton, undeutlich, stottern, mies*, hakt, kratzt, voix de robot, voix robot
        coupures de son, coupures dans, gresillement*, crachote*, bruit*, inaudible, on comprend mal, son est mauvais
        friture, hachees, metallique, voz de robot, voces de robot, se oye fatal, se oye mal, se escucha mal
        se oye muy mal, ruidos, interferencia*, mala la calidad, se entiende, pesim* calidad, chasquido*, entrecortad*
        voz de robo, ouve-se mal, ouve-se muito mal, ouvem-se mal, ma a qualidade, estatic*, qualidade pessima
        qualidade da chamada, estalido*, robotica, a cortar, terrible audio, gaps, crackle, crackles, speech
        darth vader, alien, repeat each, repeat everything, versteht kein wort, kein wort, hakt es, knistert
        wort verstehen, son saute, saute, tout repeter, a saltos, hay que repetir, aos saltos, e preciso repetir
        son horrible, awful sound, sounds awful, sounds terrible, klingt furchtbar, klingt schrecklich, suena fatal
        soa mal
        """,
    ),
    sense(
        "busy tone",
        Role.TROUBLE,
        2.5,
        """
        busy, busy tone, busy signal, fast busy, engaged tone, all circuits, engaged, circuits are busy, besetzt*
        besetztton, besetztzeichen, leitungen belegt, tonalite occupee, occupe*, sonne occupe, ocupado*, comunica
        comunicando, tono de ocupado, senal de ocupado, tom de ocupado, sinal de ocupado, impedido, beeps quickly
        beeps at us, beeping, tutet, nur besetzt, occupe direct, suena ocupado, suena como ocupado, da ocupado
        toca a ocupado, toca logo a ocupado, esta ocupado, ocupadas
        """,
    ),
    sense(
        "error message",
        Role.TROUBLE,
        1.0,
        """
        error*, error message*, 403, 404, 408, 480, 486, 488, 500, 502, 503, 504, 603, forbidden, timeout, timed out
        exception, fehler*, fehlermeldung*, zeituberschreitung, verboten, erreur*, message d'erreur, delai depasse
        interdit, mensaje de error, errores, tiempo de espera agotado, prohibido, erro, erros, mensagem de erro
        tempo esgotado, proibido, bad gateway, fault code, error code, failed with, meldung, codigo de error
        codigo de erro, times out, message disant
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
        demora*, atras*, horas depois, slowing down, slows down, slow down, slowed down
        """,
    ),
    sense(
        "wrong",
        Role.TROUBLE,
        0.7,
        """
        wrong, incorrect, not right, instead of, someone else, somebody else, falsch*, falsche, stattdessen, verkehrt*
        faux, mauvais, incorrect*, au lieu, equivocad*, en lugar de, errad*, em vez de, incorret*, hour behind
        hour ahead, hour off, geht nach, geht vor, stunde nach, stunde vor, heure de retard, heure d'avance
        hora menos, hora de mas, hora de menos, hora a menos, hora a mais, esta mal, mal puesta, statt, plutot que
        en vez de, stimmt nicht, atrasado, adelantado, adiantado, somebody else's, someone else's, irgendeine andere
        not ours, off by one, slow by, fast by
        """,
    ),
    sense(
        "not arriving",
        Role.TROUBLE,
        1.5,
        """
        not arriv*, never arriv*, nothing arrives, not receiv*, nothing comes, not deliver*, missing, undelivered
        no longer get, not sent, no more emails, not being sent, not getting, not received, stuck, lost, kommt nicht
        kommen nicht, kommen keine, kommt nichts, nicht an, erhalten keine, erhalte keine, fehlt, fehlen
        bekommen keine, kommen nicht an, nicht zugestellt, bekomme keine, nicht versendet, nicht gesendet, bleiben aus
        ne recoi*, ne recev*, pas recu, plus recu, rien recu, manque*, ne partent, pas envoye*, n'est pas arrive
        no llega*, no recib*, no lleg*, falta*, no se envia*, no nos llega*, no entra*, dejaron de llegar, sin llegar
        nao cheg*, nao receb*, nao est* chegando, nao envia*, nao sao enviad*, nao entra*, deixaram de chegar
        sem chegar, not delivered, no more, never shows, kommt keine, bleibt aus, zugestellt, n'arrivent plus
        n'arrivent pas, n'arrive pas, n'arrive plus, delivered, entregad*, distribue*, dried up, ran dry
        no longer come, not come through, stopped coming, stopped arriving, not reaching, never reach*, not appear*
        not show up, shows nothing, show nothing, is empty, empty, no file, no trace, disappeared, vanished
        gone missing, not there, kein einziges, leer, liste ist leer, erreichen niemanden, erreichen heute
        erreicht niemanden, bleiben bei uns, keine mails, keine e-mails, gibt es keine, nicht da, verschwunden
        ist nicht gekommen, plus aucun mail, plus aucun, non distribue*, disparu*, vide, il n'y a aucun, plus de mail
        vacia, vacio, no aparece*, ya no llega*, no entregad*, desaparec*, como no entregad*, vazia, vazio
        nao aparece*, ja nao chega*, nao entregu*, sumiu, sumiram, aparece nenhuma, no mail about, has reached any
        reached any of us, zero mails, not coming, not one mail, no copies, warten vergeblich, noch keine
        ni un mensaje, nem uma mensagem, not made it, made it to, nothing we send, nicht angekommen, keine einzige
        keinem angekommen, kommt bei niemandem, bei niemandem an, n'arrivent a personne, no le llega a nadie
        no llegan a nadie, nao chegam a ninguem, nothing has been stored, has been stored, nothing stored, gespeichert
        existieren keine, rien n'a ete conserve, no se ha guardado, nao ficou guardada, is gone, are gone
        nothing there
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
        no timbra*, ni suena*, nao toca*, sem tocar, nem toca*, direto para, nothing rings, not rings
        nothing is ringing, stay silent, stays silent, remain silent, klingelt es bei kein*, klingelt bei kein*
        klingelt nirgends, suena nada, no les suena, rien ne sonne, sonne nulle part, toca nada, nao tocam
        only rings when, rings only when, bleiben stumm, bleibt stumm, bleibt still, reste muet, restent muets
        """,
    ),
    sense(
        "crash",
        Role.TROUBLE,
        2.0,
        """
        crash*, freez*, frozen, frezes, closes itself, hangs, blank screen, white page, blank page, white screen
        not load, not open, not loading, sturzt ab, absturz*, abgesturzt, eingefroren, hangt sich, weisse seite
        ladt nicht, offnet nicht, lasst sich nicht offnen, plante*, se fige*, fige*, page blanche, ne s'ouvre*
        ne charge*, ecran blanc, se ferme, se cierra, se bloquea, se congela, pantalla en blanco, pagina en blanco
        no carga*, no abre*, colgad*, trava*, fecha sozinh*, tela branca, pagina em branco, ecra branco, nao carrega*
        nao abre*, bloqueia, congela*, not opening, not open*, not load*, stays blank, blank, bleibt weiss
        bleibt leer, ladt ewig, keeps loading, bad gateway, 502, spinning, not reachable, times out, page does not
        not come up, loading, tourne, charge sans fin, se queda cargando, cargando, a carregar, fica a carregar
        carga eternamente, nicht erreichbar, inaccessible*, not respond, not accessible, not access, server error
        serverfehler, gives up, browser gives up, not aufrufbar, aufrufbar, manages to open, n'est plus accessible
        plus accessible, no se puede abrir, nao se consegue abrir, internal error, http 500, maintenance page
        schliesst sich, geht sofort wieder zu, shuts itself, shut itself, shuts down, keeps closing, closing itself
        closing by, closes by, close by, closes on, closes as soon, closes right, closes immediately, quits
        s'arrete des, se ferme des, se ferme toute, fecha logo, fecha-se, fecha assim, fecha ao, cierra al
        cierra nada mas, cierra sola, beendet sich sofort, startet nicht, demarre plus, ne demarre*, ne se lance*
        no arranca, nao arranca, nao inicia, not start, not launch, not starting, crashea
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
)
"""What may ail it."""
