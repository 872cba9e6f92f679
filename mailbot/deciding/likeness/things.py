"""What customers of a telephone company write about beside calls, in words of five languages."""

from __future__ import annotations

from mailbot.deciding.likeness.sense import Role, Sense, sense

THINGS: tuple[Sense, ...] = (
    sense(
        "voicemail",
        Role.THING,
        3.5,
        """
        voicemail*, voice mail*, vm, vms, voice message*, answering machine, leaves a message, left a message, mailbox
        anrufbeantworter*, sprachnachricht*, sprachbox, voicebox, mailboxnachricht*, messagerie vocale, message vocal
        messages vocaux, repondeur, messagerie, boite vocale, buzon de voz, mensaje de voz, mensajes de voz
        contestador*, buzon, correio de voz, mensagem de voz, mensagens de voz, caixa postal, caixa de voz, atendedor
        voice mails, voicemails, new message*, left messages, leave us messages, leave messages, wav, callers leave
        nouveau message, nouveaux messages, messages laisses, mensaje nuevo, nuevo mensaje, nuevos mensajes
        nova mensagem, novas mensagens, neue nachricht*, nachrichten auf der mailbox, recado*, messages pile up
        messages on the phone, voice to email, voice to mail, message light, messages waiting, sprachdatei*
        nachrichten auf den telefonen
        """,
    ),
    sense(
        "e-mail",
        Role.THING,
        1.5,
        """
        email*, mail, mails, inbox, postfach, per mail, notification*, courriel*, boite de reception, mel, correo*
        correos, benachrichtigung*, notificacion*, notificacao, notificacoes, e-mailed, alert*, mailed, avis
        """,
    ),
    sense(
        "fax",
        Role.THING,
        4.0,
        """
        fax, faxes, faxing, telefax*, telecopie*, faxen, gefaxt, faxe, efax, t38, fax*, telecop*
        """,
    ),
    sense(
        "text messages",
        Role.THING,
        4.0,
        """
        sms, text message*, texting, texts, mms, kurznachricht*, texto, textos, mensaje* de texto, torpedo*, sms*
        texts to, our texts, appointment texts, reminder*, textnachricht*, terminerinnerung*, rappels par
        recordatorio*, lembrete*
        """,
    ),
    sense(
        "app",
        Role.THING,
        3.0,
        """
        softphone*, mobile app, desktop app, web phone, webphone, android, iphone, ios, appli, application, aplicacion
        aplicacao, aplicativo, apps, app, smartphones got logged
        """,
    ),
    sense(
        "portal",
        Role.THING,
        4.0,
        """
        portal*, portail*, dashboard*, verwaltungsseite, admin page, web page, website, web site, admin panel
        control panel, user interface, your site, the site, this site, web interface, kundenportal, webseite
        oberflache, verwaltung
        espace client, interface web, tableau de bord, page web, area de cliente*, panel, pagina web, painel
        area do cliente, pagina, page, the page, seite, la page, la pagina, kundenbereich, dashboards, web portal
        portalseite, verwaltungsportal, management console, admin console, admin site, online portal, portals
        webportal, kundencenter, oficina virtual, area cliente, backoffice, panel web, konsole
        plateforme web, customer site, customer page, serverfehler, online account, kundenseite, support site
        self service, self-service, management site, management page, management interface
        configuration page, settings page, status site, login site, service site, site load*, site will not load
        site not load*, site not open*, le site, votre site, o site, no site, vosso site, seu site
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
        acceder, iniciar sessao, fazer login, entrar no, aceder, logar, acessar, entrar na, log us in, logon
        credentials, login screen, sign-in, sign-on, anmelde*, zugangsdaten, identifiants, ecran de connexion
        reconnecter, pantalla de inicio, credenciales, credenciais, ecra de inicio, tela de login, sesion, sessao
        logs out, logged us, logged all, threw us out, throws us out, threw all of us out, kicks us out, logged off
        session expired, log back in, sign back in, lets nobody in, let anybody back in, won't let
        lasst keinen mehr rein, keinen mehr rein, abgemeldet, meldet alle ab, deconnectes, laisse plus personne entrer
        cerro la sesion, deja entrar, terminou a sessao, deixa entrar, session expiree, sesion caducada
        sessao expirada
        """,
    ),
    sense(
        "password",
        Role.THING,
        3.5,
        """
        password*, passcode*, passwort*, kennwort*, mot de passe, mots de passe, contrasena*, clave, senha*
        palavra passe, palavra-passe, locked out, pin, codigo pin, code pin, le code, el codigo, o codigo
        access code*, zugangscode*, einwahlcode*, code d'acces, codigo de acceso, codigo de acesso
        """,
    ),
    sense(
        "internet",
        Role.THING,
        2.0,
        """
        internet*, wifi, wi-fi, wlan, router*, modem*, broadband, network, netzwerk, reseau, la red, rede, firewall*
        vpn, la box, notre box, box internet, routeur*, connectivity, connectivite, conectividad, conectividade
        """,
    ),
    sense(
        "recordings",
        Role.THING,
        4.0,
        """
        recording*, recorded, record calls, call recording, gesprachsaufzeichnung, aufgezeichnet, aufzeichnung*
        aufnahme*, enregistrements d'appel*, enregistrement d'appel*, enregistrement des appels
        enregistrements des appels, enregistrer les appels, grabacion*, grabar, gravacao, gravacoes, gravar
        mitschnitt*, mitgeschnitten, mitgeschnitt*, gesprachsaufnahme*, aufgenommen, recorder, recording stopped
        no file for any call, enregistrement pour les appels, enregistrements pour les appels, aucun enregistrement
        grabad*, gravad*, aufzeichn*, obliged to record, recorded today, nothing recorded, aufzeichnen
        obligados a grabar, obrigados a gravar, obligation to record, appel enregistre*, appels enregistre*
        plus d'enregistrement*, calls recorded, call recorded
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
        number, numbers, did, dids, nummer*, rufnummer*, numero*, telefonnummer*
        """,
    ),
    sense(
        "toll-free numbers",
        Role.THING,
        4.0,
        """
        toll free, tollfree, free phone, freephone, freecall, 0800, 0 800, 800 number, 1 800, 888 number, 800 line
        888 line
        877 number, 866 number, servicenummer*, service rufnummer*, hotlinenummer, gebuhrenfrei*, kostenlose nummer
        kostenfreie nummer, numero vert, numeros verts, numero gratuit, numero gratuito, linea gratuita
        linea 900, numero 900, linha gratuita, linha verde, numero verde, chamada gratis, 800er nummer, 0800er
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
        "opening hours",
        Role.THING,
        3.0,
        """
        business hours, opening hours, holiday*, night mode, after hours, schedule, closed on, time condition*
        offnungszeit*, geschaftszeit*, feiertag*, nachtschaltung, nachtmodus, betriebsferien, horaires, jour ferie
        jours feries, heures d'ouverture, mode nuit, horario*, festivo*, dia festivo, modo noche, fuera de horario
        feriado*, modo noturno, horaire
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
"""What is about messages, programs, accounts and papers."""
