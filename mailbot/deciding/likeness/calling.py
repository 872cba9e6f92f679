"""Calls and what happens to them, in words of five languages."""

from __future__ import annotations

from mailbot.deciding.likeness.sense import Role, Sense, sense

CALLING: tuple[Sense, ...] = (
    sense(
        "outgoing calls",
        Role.THING,
        4.0,
        """
        outgoing, outbound, call out, calling out, calls out, dial out, dialing out, dialling out, make calls
        make a call, make any calls, making calls, place calls, place a call, placing calls, ring out, ring anyone
        ring customers, call anyone, call anybody, call customers, call clients, call external*, call outside
        external number*, outside line, outside number*, outside world, when we dial, when i dial, i dial, we dial
        dial any*, dialing, dialling, phone out, calling mobiles, call mobiles, call landlines, reach our customers
        reach customers, call a customer, ausgehend*, nach draussen, nach aussen, raustelefonieren, rauswahlen
        rausrufen, rauskommen, anrufen konnen, anrufe tatigen, anwahlen, gewahlt, wahlen wir, wenn wir wahlen
        kunden anrufen, niemanden anrufen, hinaustelefonieren, kunden mehr anrufen, externe nummer*, externe anruf*
        jemanden anrufen, externen nummern, appels sortants, appel sortant, sortant*, passer d'appel*
        passer des appels, passer un appel, passer aucun appel, emettre d'appel*, emettre des appels
        appeler l'exterieur, appeler vers l'exterieur, appeler nos clients, appeler personne, appeler a l'exterieur
        joindre nos clients, composons, compose un numero, numerotons, appeler qui que ce soit
        appels vers l'exterieur, llamadas salientes, llamada saliente, salientes, llamar fuera, llamar al exterior
        llamar hacia fuera, hacer llamadas, realizar llamadas, llamar a nadie, llamar a clientes
        llamar a nuestros clientes, marcamos, al marcar, marcar, emitir llamadas, hacer ninguna llamada
        llamar hacia el exterior, chamadas de saida, ligacoes de saida, ligar para fora, fazer chamadas
        fazer ligacoes, efetuar chamadas, realizar chamadas, ligar para ninguem, ligar para clientes
        ligar aos clientes, discamos, ao discar, fazer nenhuma ligacao, efetuar ligacoes, chamadas para fora
        ligar a ninguem, ao marcar, ligar para os clientes, outside calls, any number, numbers we dial, number we dial
        number i dial, every number, nach dem wahlen, jeder nummer, jede nummer, gewahlte nummer, rausgehend*
        telefonieren nach, a chaque numero, quelque numero, appeler, joindre quelqu'un, appels vers, llamar a ningun
        cualquier numero, hacia fuera, llamar a cualquier, qualquer numero, para fora, ligar a nenhum
        ligar a qualquer, ring any*, ring a customer, ring our customers, ring clients, phone any*
        phone our customers, phone customers, phone clients, their dials, dials, dialled, dialed, outward*
        external calls, calls to anyone, call our customers, call our clients, call any*, calls to customers
        to call customers, all circuits, reach any customer, reach any client, reach anybody outside, nach extern
        extern telefonieren, extern, abgehend*, rausruf*, kunden angerufen, kunden mehr angerufen, kunden zuruckrufen
        zuruckrufen, hinaus, raustelefonier*, anrufe raus, anrufe hinaus, rauszuwahlen, rufnummer wahlen
        nummer wahlen, on appelle, nous appelons, compose, composer, rappeler nos clients, appeler un client
        appeler les clients, vers l'exterieur, a l'exterieur, joindre qui que, joindre les clients, joindre un client
        appels sortent, appels externes, llamar a ningun cliente, llamar a los clientes, llamar a un cliente
        llamar a cliente*, contactar con clientes, llamada externa, hacia el exterior, al exterior, llamamos
        devolver llamadas, sacar llamadas, ligar a nenhum cliente, ligar a clientes, ligar a um cliente
        ligar para nenhum cliente, ligar aos nossos clientes, ligamos, chamada externa, devolver chamadas
        ligacoes externas, chamar clientes, efetuar nenhuma, refuse to dial, refuses to dial, dial, placing one
        place one, key in, take calls but, receive but not, number we try, number i try, numbers we try
        each call attempt, call attempt, call attempts, attempt is rejected, every attempt, rings nowhere
        call is rejected, calls are rejected, rejected immediately, calling anyone, call somebody, ring somebody
        niemanden mehr anrufen, niemand mehr anrufen, nicht mehr anrufen, mehr anrufen, anrufen geht nicht, rufaufbau
        verbindungsaufbau, kunden erreichen wir, anwahl, anrufversuch*, rauszutelefonieren, wir niemanden
        keinen anrufen, selbst anrufen, mais plus appeler, plus appeler, pas appeler, ne pouvons appeler
        tentative d'appel, chaque tentative, aucun numero, n'importe quel numero, emettre un appel, passer nos appels
        recevoir mais, pero no llamar, no llamar, cada intento, ningun numero, intento de llamada, recibir pero
        no podemos llamar, no se puede llamar, sacar una llamada, mas nao ligar, nao ligar, cada tentativa
        nenhum numero, tentativa de chamada, receber mas, nao conseguimos ligar, nao podemos ligar
        nao se consegue ligar, calls to, we can not call, i can not call, not call out, can not call, unable to call
        not able to call, can not reach any, we can not reach, i can not reach, we can call, we can not ring
        can not ring any, can not phone, we can not call our, i can not call our, we can not ring our
        we can not reach our, we can not dial, not dial, can not dial, trying to call, when we call, if we call
        we call out, calls we make, call to, calls we place, wir erreichen, wir erreichen kein*, erreichen wir
        anrufe auf, anrufe zu, anrufe ins, anrufe in, anrufe nach, anrufen wir, rufen wir, wenn wir anrufen
        konnen wir anrufen, wir konnen nicht anrufen, anrufe an handys, wenn wir jemanden, wenn wir kunden
        anrufe an mobil*, telefonate ins, gesprache ins, anrufe zum, appels a destination, appels aux
        on ne peut plus appeler, ne pouvons plus appeler, ne pouvons pas appeler, appels sur, quand on appelle
        lorsque nous appelons, joindre aucun, plus joindre, pouvons joindre, podemos llamar, puedo llamar
        conseguimos llamar, logramos llamar, deja llamar, permite llamar, se puede llamar, llamadas a, cuando llamamos
        si llamamos, llamar a, conseguimos ligar, consigo ligar, ligar para, ligar a, chamadas para, ligacoes para
        quando ligamos, podemos ligar, da para ligar, us can call, staff can call, here can call, can call any
        nobody here can call, can call from, not get through to, calls towards, not get hold of, not be dialled
        not be dialed, not reach clients, not reach customers, not reach suppliers, passer un appel vers
        """,
    ),
    sense(
        "incoming calls",
        Role.THING,
        4.0,
        """
        incoming, inbound, inbound external call*, incoming external call*, external inbound, external incoming
        receive calls, receiving calls, receive a call, receive any calls, get calls, can call us
        call us, calls us, ring us, calling us, reach us, get through to us, callers, people calling in, calls come in
        calls coming in, phone us, callers get, our customers get, answer calls, calls reach, eingehend*, anrufer
        uns an, uns erreich*, erreicht uns, uns anruf*, anrufe rein, anrufe herein, hereinkommen, reinkommen
        kommt niemand durch, kommen keine anrufe, bei uns anruf*, uns telefonisch, wer uns anruft, appels entrants
        appel entrant, entrant*, recevoir d'appel*, recevoir des appels, recevons, nous joindre, recoit, joignable*
        injoignable*, appelants, correspondants, nos clients nous, recevoir les appels, recoivent, llamadas entrantes
        llamada entrante, entrantes, recibir llamadas, recibimos llamadas, nos llam*, llamarnos, quien nos llama
        contactarnos, entran llamadas, entran las llamadas, recibe llamadas, localizarnos, chamadas recebidas
        chamadas de entrada, receber chamadas, receber ligacoes, recebemos chamadas, nos liga*, ligam para nos
        recebemos ligacoes, quem nos liga, ligar para nos, ligar-nos, liga para nos, entram chamadas, contactar-nos
        receive, get through, rings us, ring our, call our, calls our, rang us, called us, phoning us
        reach me by phone, ringing us, be called, inbound calls, erreichen uns, erreicht mich, uns kann, anruf rein
        anrufe an, anrufe bei uns, unter unserer nummer, zu uns durch, von aussen an, recevons aucun appel
        recevons plus aucun appel, aucun appel n'arrive, appels n'arrivent, nous contacter, recevoir, recibimos
        recibir, entra ninguna llamada, comunicarse con nosotros, llamarme, recebemos, receber, entra nenhuma chamada
        falar connosco, falar conosco, contactar, ligam, rings in, whoever rings, who rings, no one gets through
        reach us by phone, calls arrive, calls from outside, from outside, phone line seems, our number seems
        our line seems, our phone number, our line is, number is dead, line is dead, number is disconnected
        number disconnected, not ringing in, call to our number, when people call, when customers call
        when clients call, anrufe von aussen, von aussen, anruf durch, kunden kommen nicht durch, kunden durch
        niemand durch, teilnehmer, nicht zu erreichen, niemand zu erreichen, erreichbarkeit, erreichbar
        angerufen werden, uns angerufen, kein anruf mehr, keine anrufe mehr, appels de l'exterieur, notre standard
        notre ligne, notre numero ne, aucun appel, etre appele*, appels arrivent, arrive ici, plus joignable
        llamadas de fuera, desde fuera, comunicarse, ninguna llamada, ser llamados, entra ni sale, nuestra linea
        nuestro numero no, entrando ninguna, chamadas de fora, de fora, nenhuma chamada, nenhuma ligacao
        ser contactad*, nossa linha, nosso numero nao, entrar nenhuma, entra nem sai, falar conn*, nous appelle
        nous appellent, nous appeler, nous telephon*, unreachable from outside, not pick up, single call has come
        no call has come, come through for, hotline is, our hotline, call from my mobile, called from my mobile
        test call, rang from my cell, from my cell, from my mobile, subscriber, dead quiet, strangely quiet
        phones are quiet, phone is quiet, phone is silent, phones are silent, quiet all, no one calls
        nobody is calling, calls to our, voice says the number, number does not exist, not in service
        no longer in service, cannot be reached by phone, reach us by telephone, telefonisch nicht
        nicht mehr erreichbar, nicht telefonisch, kein anschluss unter, kein anschluss, bleibt das telefon still
        telefon bleibt still, telefone bleiben still, telefon schweigt, meldung dass, kommt kein anruf
        kommen anrufe nicht, vom handy, testanruf, rufnummer nicht vergeben, nicht vergeben, keiner ruft, niemand ruft
        anrufe kommen nicht, tombent sur, n'est pas attribue, numero n'est pas, n'existe pas, ne sonne plus du tout
        aucun appel ne, telephone reste muet, personne n'appelle, depuis mon portable, numero no existe, no existe
        el telefono no suena, los telefonos no suenan, nadie llama, desde mi movil, no entra nadie, numero nao existe
        nao existe, o telefone nao toca, os telefones nao tocam, ninguem liga, do meu telemovel, calls to us
        calls to our number*, calls to our office, calls to me, not call us, can not call us, can not call me
        can not call our number*, can not call our office, can not call our line*, can not call in, unable to call us
        can not reach us, not reach us, can not ring us, can not ring our number*, can not phone us
        customers can not call, clients can not call, customers can not ring, patients can not call, callers can not
        trying to call us, customers unable to, calls to extension*, when they call us, dial our, dialing our
        dialling our, anrufe zu uns, anrufe an uns, anrufe auf unsere*, anrufe auf unserer, wer bei uns anruft
        kunden konnen nicht anrufen, niemand kann uns, appels vers nous, appels vers notre, appels sur notre
        ne peuvent plus nous, ne peuvent pas nous, ne peuvent nous, plus nous joindre, nos pueden llamar
        puede llamarnos, llamadas a nuestro*, llamadas a nuestra*, llamar a nuestro numero, llamar a nuestra oficina
        llamadas que recibimos, quien llama, nao nos conseguem, conseguem ligar-nos, ligar para o nosso
        chamadas para o nosso, chamadas para a nossa, ligar para a nossa, ligar ao nosso, can reach our
        reach our number*, reach our office, reach our line*, ring our number*, ring our office, call to our
        get hold of us, customers can not reach, clients can not reach, patients can not reach, callers hear
        callers say, dialing our number*, dialling our number*, dial our number*
        """,
    ),
    sense(
        "calls",
        Role.THING,
        0.7,
        """
        call, calls, calling, conversation*, phone calls, anruf*, gesprach*, telefonat*, telefonieren, telefoniert
        appel, appels, communication*, appeler, llamada*, conversacion*, llamar, chamada*, ligacao, ligacoes
        conversa*, ligar
        """,
    ),
    sense(
        "phones",
        Role.THING,
        0.7,
        """
        phone, phones, telephone*, handset*, desk phone*, device*, extension*, line, lines, yealink*, polycom*, snom*
        grandstream*, cisco*, gigaset*, telephony, voip, telefon*, apparat*, endgerat*, nebenstelle*, durchwahl*
        leitung*, tischtelefon*, gerat, gerate, poste, postes, combine*, ligne, lignes, appareil*, telefono*, linea
        lineas, terminal*, aparato*, telefone*, ramal, ramais, linha*, aparelho*, extensao, extensoes, terminais
        telephonie, telefonia, telefonie, telefonanlage, phone system, pbx, centralita, central telefonica
        standard telephonique, extensions, apparate, grandstreams, polycoms, desk sets
        """,
    ),
    sense(
        "registration",
        Role.THING,
        3.0,
        """
        registered, register, registering, registration*, registrierung*, registrieren, registriert
        anmeldung am server, enregistr*, registrar, registrad*, registro, registad*, registo, registr*, sip
        """,
    ),
    sense(
        "caller ID",
        Role.THING,
        4.0,
        """
        caller id*, callerid*, cnam, number shows, number that shows, name that shows, name shown, number shown
        display name, company name, our name, wrong name, wrong number shows, displayed number, they see, people see
        customers see, rufnummernanzeige, angezeigt*, anzeige, rufnummer angezeigt, absenderrufnummer, anzeigename
        firmenname, numero affiche*, nom affiche*, identifiant d'appelant, presentation du numero, s'affiche
        nom qui s'affiche, identificador, numero que aparece, nombre que aparece, aparece nuestro
        identificacion de llamada*, sale el numero, identificador de chamadas, nome que aparece, aparece o
        identificacao de chamada*, bina, number on their display, see a wrong number, see an unknown number
        see another number, unknown number, not our number, not our main number, number instead of ours
        numero qui s'affiche, mauvais numero, s'affiche chez, numero que sale, aparece un numero, aparece otro numero
        aparece el numero, sale un numero, numero no es el nuestro, aparece um numero, aparece outro numero
        numero nao e o nosso, sai um numero, fremde nummer, falsche nummer, andere nummer, nummer wird angezeigt
        fremde rufnummer, falsche rufnummer, number on display, shows the wrong number, shows a wrong number
        shows another number, strange number, different number, number that isn't ours, number that is not ours
        isn't ours, not ours, comes up, foreign name, wrong caller, nummer die gar nicht, nicht unsere
        nicht unsere nummer, fremde*, unterdruckt, rufnummernubermittlung, nummer angezeigt, nummer sehen
        sehen eine nummer, sieht eine, anonym, n'est pas le notre, pas le notre, voient un numero, voient s'afficher
        numero inconnu, numero affiche, autre numero, no es nuestro, no es el nuestro, ven un numero, les sale un
        otro numero, numero desconocido, numero ajeno, nao e o nosso, nao e nosso, veem um numero, outro numero
        numero desconhecido, numero estranho, recognise us, recognize us, number presented, presented on
        we do not own, do not own, some number in, show some number, show a number, another state, nummer die wir
        gar nicht besitzen, nicht besitzen, ubermittelte rufnummer, rufnummer stimmt, gesendete nummer
        angerufene sehen, angerufenen, ne possedons pas, que nous ne possedons, que no tenemos, que nao temos
        numero que no, numero que nao e
        """,
    ),
    sense(
        "menu",
        Role.THING,
        4.0,
        """
        auto attendant*, ivr, phone menu, voice menu, menu, press 1, press 2, option 1, option 2, press one
        receptionist, sprachmenu, ansagemenu, taste 1, taste 2, drucken sie, telefonmenu, standard automatique
        serveur vocal, svi, menu vocal, tapez 1, touche 1, menu de voz, operadora automatica, pulse 1, pulsa 1
        opcion 1, atendimento automatico, ura, tecla 1, opcao 1, pre-atendimento, taste drucken, key presses
        pressing a key, ninguna tecla, nenhuma tecla, aucune touche, les touches ne, la touche, keine taste
        greeting menu, choose an option, option*, attendant, voice prompts, every key, any key, keine eingabe, eingabe
        menupunkt, menuauswahl, menu de la centralita, menu da central, opciones, opcao, pulsar, carregar em, auswahl
        sprachsteuerung, choix, selection, press the digits, presses the digits, digits, automatische ansage, ziffern
        tapent les chiffres, chiffres, pulsan las cifras, cifras, digitos, sprachansage, menu d'accueil
        menu principal, press a digit, press digits, digit, ziffer*, chiffre*, digito*, per taste, tastendruck*
        tasteneingabe*, tastenwahl, key press*, keypress*, tastenton*, dtmf, marcan el, opcion*, touches, teclado
        """,
    ),
    sense(
        "queue",
        Role.THING,
        3.5,
        """
        queue*, ring group*, hunt group*, call group*, warteschlange*, warteschleife*, rufgruppe*, sammelruf*
        gruppenruf
        file d'attente, groupe d'appel*, cola, cola de llamadas, grupo de llamada*, grupo de timbre, fila
        fila de espera, grupo de chamada*, grupo de toque, waiting line, wait in line, callers waiting, warteliste
        agents logged, file d'appels, cola de espera, fila de atendimento
        """,
    ),
    sense(
        "music on hold",
        Role.THING,
        3.5,
        """
        hold music, music on hold, on hold music, wartemusik, warteschleifenmusik, musik in der warteschleife
        musik warteschleife, warteschleife musik, musique d'attente
        musica de espera, musica en espera, musica em espera
        """,
    ),
    sense(
        "transferring",
        Role.THING,
        3.5,
        """
        transfer a call, transfer calls, transferring, transfer the call, transferred, weiterverbinden, verbinden
        durchstellen, transferer, transfert d'appel, transferir, pasar llamadas, passar chamadas, transferencia
        transfer*, transfere*, transferi*, transferim*, beim verbinden, verbindet, verbinden wir, weiterzuverbinden
        durchzustellen, pasar una llamada, pasar la llamada, pasamos una llamada, passar uma chamada, passar a chamada
        passer un appel a, pass a call, pass calls, put callers through, put calls through
        """,
    ),
    sense(
        "forwarding",
        Role.THING,
        3.0,
        """
        forward calls, forwarding, call forward*, forwarded to, divert*, redirect calls, forward our, forward my
        weiterleit*, rufumleitung*, umleitung*, umleiten, umgeleitet, renvoi*, renvoyer, redirection, rediriger
        desvio*, desviar, reenvio, desviamos, desviadas, redireccion*, encaminhamento, encaminhar, redirecion*
        reencaminh*
        """,
    ),
    sense(
        "conferences",
        Role.THING,
        3.0,
        """
        conference*, three way call*, konferenz*, dreierkonferenz, conferencia*, videokonferenz, visio, reunion
        meeting room, audioconference*, audiokonferenz*, telefonkonferenz*, videoconferencia*, audioconferencia*
        bridge, conference bridge, pont de conference, sala de reunioes
        """,
    ),
    sense(
        "emergency calls",
        Role.THING,
        3.5,
        """
        911, e911, 112, 999, emergency address, emergency call*, notruf*, urgences, appels d'urgence, emergencia*
        """,
    ),
    sense(
        "calls abroad",
        Role.THING,
        2.5,
        """
        international, abroad, overseas, foreign number*, foreign countr*, ausland*, international*, etranger
        a l'etranger, internacional*, extranjero, exterior do pais, estrangeiro, mexico, mexiko, mexique, india
        indien, inde, brasil, brasilien, brazil, uk numbers, switzerland, schweiz, suisse, suiza, suica
        other countries, another country, foreign countries, autres pays, autre pays, otros paises, otro pais
        outros paises, outro pais, anderes land, andere lander, cualquier pais, tout pays, outside the country
        nach osterreich, in die schweiz, en suisse
        """,
    ),
    sense(
        "greeting",
        Role.THING,
        2.5,
        """
        greeting*, announcement*, recorded message, prompt*, ansage*, begrussung*, begrussungstext, annonce*
        enregistrer une annonce, enregistrer une nouvelle annonce, message d'accueil, locucion*, saludo
        mensaje de bienvenida, saudacao, mensagem de boas vindas, anuncio*, annonce d'accueil, recording says
        recording that, recording saying, a recording, service recording, recorded announcement, tonband*
        """,
    ),
)
"""What is about calls."""
