"""What customers of a telephone company write about, in words of five languages."""

from __future__ import annotations

from mailbot.deciding.likeness.sense import Role, Sense, sense

THINGS: tuple[Sense, ...] = (
    sense(
        "outgoing calls",
        Role.THING,
        3.0,
        """
        outgoing, outbound, call out, calling out, calls out, dial out, dialing out, dialling out, make calls
        make a call, make any calls, making calls, place calls, place a call, placing calls, ring out, ring anyone
        ring customers, call anyone, call anybody, call customers, call clients, call external*, call outside
        external number*, dial, outside line, outside number*, outside world, when we dial, when i dial, i dial
        we dial, dial any*, dialing, dialling, phone out, calling mobiles, call mobiles, call landlines
        reach our customers, reach customers, call a customer, ausgehend*, nach draussen, nach aussen
        raustelefonieren, rauswahlen, rausrufen, rauskommen, anrufen konnen, anrufe tatigen, anwahlen, gewahlt
        wahlen wir, wenn wir wahlen, kunden anrufen, niemanden anrufen, hinaustelefonieren, kunden mehr anrufen
        externe nummer*, externe anruf*, jemanden anrufen, externen nummern, appels sortants, appel sortant, sortant*
        passer d'appel*, passer des appels, passer un appel, passer aucun appel, emettre d'appel*, emettre des appels
        appeler l'exterieur, appeler vers l'exterieur, appeler nos clients, appeler personne, appeler a l'exterieur
        joindre nos clients, composons, compose un numero, numerotons, appeler qui que ce soit
        appels vers l'exterieur, llamadas salientes, llamada saliente, salientes, llamar fuera, llamar al exterior
        llamar hacia fuera, hacer llamadas, realizar llamadas, llamar a nadie, llamar a clientes
        llamar a nuestros clientes, marcamos, al marcar, marcar, emitir llamadas, hacer ninguna llamada
        llamar hacia el exterior, chamadas de saida, ligacoes de saida, ligar para fora, fazer chamadas
        fazer ligacoes, efetuar chamadas, realizar chamadas, ligar para ninguem, ligar para clientes
        ligar aos clientes, discamos, ao discar, fazer nenhuma ligacao, efetuar ligacoes, chamadas para fora
        ligar a ninguem, ao marcar, ligar para os clientes
        """,
    ),
    sense(
        "incoming calls",
        Role.THING,
        3.0,
        """
        incoming, inbound, receive calls, receiving calls, receive a call, receive any calls, get calls, calls in
        can call us, call us, calls us, ring us, calling us, reach us, get through to us, callers, people calling in
        calls come in, calls coming in, call in, phone us, callers get, our customers get, answer calls, calls reach
        eingehend*, anrufer, uns an, uns erreich*, erreicht uns, uns anruf*, anrufe rein, anrufe herein, hereinkommen
        reinkommen, kommt niemand durch, kommen keine anrufe, bei uns anruf*, uns telefonisch, wer uns anruft
        appels entrants, appel entrant, entrant*, recevoir d'appel*, recevoir des appels, recevons, nous appel*
        nous joindre, recoit, joignable*, injoignable*, appelants, correspondants, nos clients nous
        recevoir les appels, recoivent, llamadas entrantes, llamada entrante, entrantes, recibir llamadas
        recibimos llamadas, nos llam*, llamarnos, quien nos llama, contactarnos, entran llamadas, entran las llamadas
        recibe llamadas, localizarnos, chamadas recebidas, chamadas de entrada, receber chamadas, receber ligacoes
        recebemos chamadas, nos liga*, ligam para nos, recebemos ligacoes, quem nos liga, ligar para nos, ligar-nos
        liga para nos, entram chamadas, contactar-nos
        """,
    ),
    sense(
        "calls",
        Role.THING,
        1.0,
        """
        call, calls, calling, conversation*, phone calls, anruf*, gesprach*, telefonat*, telefonieren, telefoniert
        appel, appels, communication*, appeler, llamada*, conversacion*, llamar, chamada*, ligacao, ligacoes
        conversa*, ligar
        """,
    ),
    sense(
        "phones",
        Role.THING,
        1.0,
        """
        phone, phones, telephone*, handset*, desk phone*, device*, extension*, line, lines, yealink*, polycom*, snom*
        grandstream*, cisco*, gigaset*, telephony, voip, telefon*, apparat*, endgerat*, nebenstelle*, durchwahl*
        leitung*, tischtelefon*, gerat, gerate, poste, postes, combine*, ligne, lignes, appareil*, telefono*, linea
        lineas, terminal*, aparato*, telefone*, ramal, ramais, linha*, aparelho*, extensao, extensoes, terminais
        """,
    ),
    sense(
        "registration",
        Role.THING,
        3.0,
        """
        registered, register, registering, registration*, unregistered, unregister*, offline, deregister*, sync
        synced, not registered, lost connection to the server, no service on the display, show offline
        showing offline, nicht registriert, registrierung*, registrieren, registriert, abgemeldet, anmeldung am server
        enregistr*, hors ligne, deconnecte*, non enregistre*, desenregistre*, registrar, registrad*, registro
        sin registrar, desconectad*, fuera de linea, registad*, registo, registr*, sem registro, sem registo
        """,
    ),
    sense(
        "voicemail",
        Role.THING,
        3.0,
        """
        voicemail*, voice mail*, vm, vms, voice message*, answering machine, leaves a message, left a message, mailbox
        anrufbeantworter*, sprachnachricht*, sprachbox, voicebox, mailboxnachricht*, messagerie vocale, message vocal
        messages vocaux, repondeur, messagerie, boite vocale, buzon de voz, mensaje de voz, mensajes de voz
        contestador*, buzon, correio de voz, mensagem de voz, mensagens de voz, caixa postal, caixa de voz, atendedor
        """,
    ),
    sense(
        "e-mail",
        Role.THING,
        1.5,
        """
        email*, mail, mails, inbox, postfach, per mail, notification*, courriel*, boite de reception, mel, correo*
        correos, benachrichtigung*, notificacion*, notificacao, notificacoes
        """,
    ),
    sense(
        "fax",
        Role.THING,
        3.5,
        """
        fax, faxes, faxing, telefax*, telecopie*, faxen, gefaxt, faxe, efax, t38
        """,
    ),
    sense(
        "text messages",
        Role.THING,
        3.5,
        """
        sms, text message*, texting, texts, mms, kurznachricht*, texto, textos, mensaje* de texto, torpedo*
        """,
    ),
    sense(
        "app",
        Role.THING,
        2.0,
        """
        app, apps, softphone*, mobile app, desktop app, web phone, webphone, application, push, aplicacion, appli
        aplicativo, aplicacao, android, iphone, ios
        """,
    ),
    sense(
        "portal",
        Role.THING,
        2.5,
        """
        portal*, portail*, dashboard*, verwaltungsseite, page stays, admin page, web page, website, web site
        admin panel, console, control panel, user interface, url, site, web interface, kundenportal, webseite
        oberflache, verwaltung, espace client, interface web, tableau de bord, page web, area de cliente*, panel
        pagina web, painel, area do cliente, pagina
        """,
    ),
    sense(
        "signing in",
        Role.THING,
        2.5,
        """
        log in, login, logging in, log into, log on, sign in, signing in, sign on, sign into, logged out, kicked out
        einloggen, anmelden, anmeldung, login*, eingeloggt, ausgeloggt, kommt keiner rein, se connecter, connexion au
        identifiant*, me connecter, nous connecter, connectez, iniciar sesion, entrar en, entrar al, inicio de sesion
        acceder, iniciar sessao, fazer login, entrar no, aceder, logar, acessar, entrar na
        """,
    ),
    sense(
        "password",
        Role.THING,
        3.5,
        """
        password*, passcode*, passwort*, kennwort*, zugangsdaten, mot de passe, mots de passe, contrasena*, clave
        senha*, palavra passe, palavra-passe, credentials, locked out, pin, codigo pin, code pin
        """,
    ),
    sense(
        "internet",
        Role.THING,
        2.0,
        """
        internet*, wifi, wi-fi, wlan, router*, modem*, broadband, network, netzwerk, reseau, la red, rede, firewall*
        vpn, box
        """,
    ),
    sense(
        "caller ID",
        Role.THING,
        3.5,
        """
        caller id*, callerid*, cnam, number shows, number that shows, name that shows, name shown, number shown
        display name, company name, our name, wrong name, wrong number shows, displayed number, they see, people see
        customers see, rufnummernanzeige, angezeigt*, anzeige, rufnummer angezeigt, absenderrufnummer, anzeigename
        firmenname, numero affiche*, nom affiche*, identifiant d'appelant, presentation du numero, s'affiche
        nom qui s'affiche, identificador, numero que aparece, nombre que aparece, aparece nuestro
        identificacion de llamada*, sale el numero, identificador de chamadas, nome que aparece, aparece o
        identificacao de chamada*, bina
        """,
    ),
    sense(
        "menu",
        Role.THING,
        3.0,
        """
        auto attendant*, ivr, phone menu, voice menu, menu, press 1, press 2, option 1, option 2, press one
        receptionist, sprachmenu, ansagemenu, taste 1, taste 2, drucken sie, telefonmenu, standard automatique
        serveur vocal, svi, menu vocal, tapez 1, touche 1, menu de voz, operadora automatica, pulse 1, pulsa 1
        opcion 1, atendimento automatico, ura, tecla 1, opcao 1, pre-atendimento
        """,
    ),
    sense(
        "queue",
        Role.THING,
        3.0,
        """
        queue*, ring group*, hunt group*, call group*, warteschlange*, rufgruppe*, sammelruf*, gruppenruf
        file d'attente, groupe d'appel*, cola, cola de llamadas, grupo de llamada*, grupo de timbre, fila
        fila de espera, grupo de chamada*, grupo de toque
        """,
    ),
    sense(
        "music on hold",
        Role.THING,
        3.5,
        """
        hold music, music on hold, on hold music, wartemusik, warteschleifenmusik, warteschleife, musique d'attente
        musica de espera, musica en espera, musica em espera
        """,
    ),
    sense(
        "recordings",
        Role.THING,
        3.5,
        """
        recording*, recorded, record calls, call recording, gesprachsaufzeichnung, aufgezeichnet, aufzeichnung*
        aufnahme*, enregistrements d'appel*, enregistrement d'appel*, enregistrement des appels
        enregistrements des appels, enregistrer les appels, grabacion*, grabar, gravacao, gravacoes, gravar
        mitschnitt*
        """,
    ),
    sense(
        "transferring",
        Role.THING,
        3.5,
        """
        transfer a call, transfer calls, transferring, transfer the call, transferred, weiterverbinden, verbinden
        durchstellen, transferer, transfert d'appel, transferir, pasar llamadas, passar chamadas, transferencia
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
        meeting room
        """,
    ),
    sense(
        "bringing numbers",
        Role.THING,
        3.0,
        """
        port our, port my, porter notre, porter un, porting in, port in, porting, ported, port a number
        transfer our number*, bring our number*, keep our number*, bring over, portier*, rufnummernmitnahme
        nummer mitnehmen, nummer mitbringen, nummern mitbringen, behalten, porter, portabilite, garder notre numero
        garder nos numeros, conserver, portage, rio, portar, portabilidad, traer nuestro numero
        traer nuestros numeros, conservar nuestro, portabilidade, trazer nosso numero, trazer o nosso
        manter nosso numero, manter o nosso
        """,
    ),
    sense(
        "numbers",
        Role.THING,
        1.0,
        """
        number, numbers, did, dids, nummer*, rufnummer*, numero*, telefonnummer*, toll free, 0800, freecall
        """,
    ),
    sense(
        "invoice",
        Role.THING,
        3.0,
        """
        invoice*, bill, bills, billing, billed, charge*, payment*, receipt*, rechnung*, abrechnung, berechnet
        lastschrift, facture*, facturation, prelevement*, paiement*, factura*, cobro*, pago*, recibo*, fatura*
        cobranca*, pagamento*, boleto*
        """,
    ),
    sense(
        "headset",
        Role.THING,
        2.5,
        """
        headset*, headphone*, microphone, bluetooth, jabra, plantronics, kopfhorer, mikrofon, casque*, micro
        auriculares, cascos, microfono, fone*, auscultador*, microfone, poly
        """,
    ),
    sense(
        "keys of the phone",
        Role.THING,
        3.0,
        """
        blf, speed dial*, busy lamp, line keys, keys on, kurzwahl*, funktionstaste*, tasten, touches de
        touche programm*, numerotation abregee, teclas, marcacion rapida, discagem rapida, teclas de
        """,
    ),
    sense(
        "contacts",
        Role.THING,
        3.0,
        """
        phone book, phonebook, directory, contacts, contact list, telefonbuch, adressbuch, kontakte, annuaire
        repertoire, agenda, libreta, directorio, lista telefonica, contactos, contatos
        """,
    ),
    sense(
        "other programs",
        Role.THING,
        2.5,
        """
        salesforce, hubspot, crm, teams, outlook plugin, integration, zapier, api, webhook*, schnittstelle
        integracion, integracao, zoho, tapi, anbindung
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
        """,
    ),
    sense(
        "greeting",
        Role.THING,
        3.0,
        """
        greeting*, announcement*, recorded message, prompt*, ansage*, begrussung*, begrussungstext, annonce*
        enregistrer une annonce, enregistrer une nouvelle annonce, message d'accueil, accueil, locucion*, saludo
        mensaje de bienvenida, saudacao, mensagem de boas vindas, anuncio*
        """,
    ),
    sense(
        "opening hours",
        Role.THING,
        3.0,
        """
        business hours, opening hours, holiday*, night mode, after hours, schedule, closed on, time condition*
        offnungszeit*, geschaftszeit*, feiertag*, nachtschaltung, nachtmodus, betriebsferien, horaires, jour ferie
        jours feries, heures d'ouverture, mode nuit, horario*, festivo*, dia festivo, modo noche, fuera de horario
        feriado*, modo noturno
        """,
    ),
    sense(
        "reports",
        Role.THING,
        3.0,
        """
        report, reports, statistic*, call log*, call history, cdr, statistik*, auswertung*, anrufliste*, statistique*
        rapport*, historique, informe*, estadistica*, historial, relatorio*, estatistica*, historico
        """,
    ),
    sense(
        "users",
        Role.THING,
        2.0,
        """
        user, users, new employee*, new colleague*, new starter*, new hire*, new extension*, another extension
        staff member, benutzer, mitarbeiter, mitarbeiterin, neue nebenstelle, neuen nebenstelle*, weitere nebenstelle
        neuen kollegen, utilisateur*, nouvel employe, nouveau collaborateur, nouveau poste, collaboratrice
        nouvelle extension, usuario*, nuevo empleado, nueva extension, empleada, nueva companera, usuaria*
        utilizador*, novo funcionario, novo ramal, nova extensao, funcionaria, novo colaborador
        """,
    ),
    sense(
        "contract",
        Role.THING,
        2.5,
        """
        contract*, subscription*, plan, plans, licence*, license*, vertrag*, tarif*, lizenz*, contrat*, abonnement*
        forfait, contrato*, licencia*, suscripcion, licenca*, assinatura, plano
        """,
    ),
)
"""The things, the likeliest first."""
