"""Telephones, what stands beside them, whom they reach, and what ails them alone, in words of five languages."""

from __future__ import annotations

from mailbot.deciding.likeness.sense import Role, Sense, sense

TELEPHONES: tuple[Sense, ...] = (
    sense(
        "mobile phones",
        Role.THING,
        2.5,
        """
        mobiles, mobile phones, mobile numbers, mobile network*, to mobile, to a mobile, call mobile, any mobile
        cell phones, cellphone*, cells, cell numbers, cell phone, cellular, handys, handynummer*, mobilfunk*
        mobiltelefon*, kein handy, handy anrufen, einziges handy, auf handy, telephones portables, portables
        les mobiles, numeros mobiles, numeros de portable*, moviles, telefonos moviles, numeros moviles, celulares
        telefonos celulares, telemoveis, numeros moveis, redes moveis, numeros de telemovel, um telemovel, um celular
        a movil, un movil, un celular, un portable
        """,
    ),
    sense(
        "landlines",
        Role.THING,
        1.0,
        """
        landline*, land lines, fixed lines, festnetz*, les fixes, fixes, telephones fixes, fijos, telefonos fijos
        lineas fijas, fixos, telefones fixos, rede fixa
        """,
    ),
    sense(
        "ring groups",
        Role.THING,
        1.5,
        """
        ring group*, hunt group*, call group*, rufgruppe*, sammelruf*, gruppenruf, groupe d'appel*, groupement*
        grupo de llamada*, grupo de timbre, grupo de chamada*, grupo de toque, grupo de salto, hunt order, ring order
        hunting
        """,
    ),
    sense(
        "door phone",
        Role.THING,
        4.0,
        """
        door phone*, doorphone*, intercom*, doorbell*, door bell*, door station*, buzz people in, buzz anyone in
        entry phone*, turklingel*, tursprech*, klingelanlage, gegensprech*, turoffner, turstation*, interphone*
        visiophone*, portier video, gache, portero automatico, portero, videoportero*, telefonillo*, interfono*
        portero electronico, porteiro eletronico, campainha*, videoporteiro*, intercomunicador*, interfone*
        """,
    ),
    sense(
        "presence",
        Role.THING,
        3.5,
        """
        presence, busy lamp*, presence light*, status light*, status lamp*, prasenz*, besetztlampe*, statusanzeige*
        presence status, voyant*, presencia, luces, presenca, estado dos colegas, estado de los companeros
        availability status, shown as available, shown as away, blf lamp*, blf light*, lamps, lampen, besetztanzeige*
        lights red, luces rojas, luces en rojo, luzes, status of colleagues, status der kollegen, prasenzstatus
        statut des collegues, statut de presence, blf red
        """,
    ),
    sense(
        "do not disturb",
        Role.THING,
        3.5,
        """
        dnd, do not disturb, not disturb, nicht storen, ruhe vor dem telefon, anrufschutz, ne pas deranger
        no molestar, nao perturbar, nao incomodar, nao perturbe, nicht stoeren
        """,
    ),
    sense(
        "clock",
        Role.THING,
        3.5,
        """
        clock*, wrong time, time on the phone*, time on our phone*, time shown, time displayed, time zone*
        hour behind, hour ahead, hour off, hour slow, hour fast, time is off, uhrzeit*, uhren, stunde nach, stunde vor
        zeitzone*, sommerzeit, winterzeit, heure affichee, heure des telephones, heure des postes, heure de retard
        heure d'avance, mauvaise heure, fuseau*, horloge*, reloj*, hora incorrecta, hora equivocada, hora menos
        hora de mas, hora de menos, huso horario, zona horaria, hora en las pantallas, hora de los telefonos, relogio*
        hora errada, hora a menos, hora a mais, fuso horario, hora dos telefones, summer time, winter time
        daylight saving, zeit auf, zeit stimmt, uhr geht, die uhr, uhr auf, uhr der, uhr am, hora en, hora de los
        hora del telefono, hora en los, hora nos telefones, time on display*, time on the display*, time is wrong
        time is an hour, atrasad* una hora, l'heure sur, l'heure des, l'heure affichee, a l'heure d'ete
        changement d'heure
        """,
    ),
    sense(
        "other carriers",
        Role.THING,
        1.5,
        """
        carrier*, network operator*, other networks, one network, one provider, netzbetreiber*, einem netz
        in ein netz, operateur*, operador*, operadora*, otras companias, otra compania, una compania
        """,
    ),
    sense(
        "restarting",
        Role.TROUBLE,
        3.0,
        """
        reboot loop, boot loop, boot themselves, reboot themselves, reboot by, reboot every, reboot all
        keep restarting, keeps restarting, keep rebooting, restarting by, restarting every, restarting all, restart by
        restart every, restarts by, restarts every, restarts itself, restart themselves, restarting themselves
        constantly restart*, rebooted by, booten, bootet, standig neu, dauernd neu, von selbst neu, von allein neu
        minuten neu, starten alle, startet alle, redemarrent, redemarre tout, redemarre sans, redemarre toute
        redemarrages, en boucle, se reinicia*, reinician, reinicios, reiniciam, reinicia-se, reinicia sozinh*
        a reiniciar, reiniciando, rebooting every, rebooting by, rebooting all, rebooting on, rebooting themselves
        are rebooting, is rebooting, reboots every, reboots by, reboots itself, reboots all, reboots again
        starten neu, startet neu, starten sich, startet sich, restart on, restarts on, restarting on
        """,
    ),
    sense(
        "no power",
        Role.TROUBLE,
        2.5,
        """
        no power, poe, black screen*, screens black, screen is black, screens are black, screen black, screens dark
        screens are dark, screens off, screens are off, screens all off, no lights, no light, without power
        powered off, have no display, not power*, not turn on, not switch on, not come on, dark phones, ohne strom
        kein strom, keinen strom, kein display, kein licht, sind dunkel, bleibt dunkel, bleiben dunkel
        display schwarz, displays schwarz, displays dunkel, alle dunkel, gehen nicht an, eteint*, ecran noir
        ecrans noirs, plus de courant, pas de courant, pas d'alimentation, plus d'alimentation, ne s'allum*, apagados
        apagadas, pantalla negra, pantallas negras, sin corriente, sin luz, no enciend*, desligados, ecra preto
        ecras pretos, tela preta, telas pretas, sem energia, sem corrente, nao liga, nao ligam, nao acende*
        """,
    ),
    sense(
        "out of sequence",
        Role.TROUBLE,
        2.5,
        """
        wrong order, ring order, hunt order, order wrong, wrong sequence, out of sequence, reihenfolge, desordre
        dans l'ordre, mauvais ordre, ordre de sonnerie, l'ordre, otro orden, orden de timbre, mal orden
        orden equivocado, en orden, ordem errada, ordem de toque, outra ordem, order in which
        """,
    ),
    sense(
        "not recognised",
        Role.TROUBLE,
        2.0,
        """
        recogni*, not detect*, detected, nicht erkannt, erkannt, erkenn*, reconnu*, reconnai*, detecte*, reconoc*
        no detecta*, reconhec*, detetad*, nao detet*, not register key*, ne reconnait*
        """,
    ),
    sense(
        "refused",
        Role.TROUBLE,
        1.5,
        """
        invalid, not valid, not accept*, refused, rejected, denied, not take, wrong password, ungultig*, abgelehnt*
        verweigert*, refuse*, non valide, pas valide, invalide*, rejete*, no es valid*, no valid*, rechaz*, denegad*
        incorrecta*, incorrecto*, credenciais erradas, recusad*, rejeitad*, invalid*, negad*
        """,
    ),
    sense(
        "tones",
        Role.TROUBLE,
        1.5,
        """
        tones, three tones, three beeps, beeps, beep, piept, piepst, piepton*, pieptone*, dreimal, tutet, bips, bip
        trois tons, tonos, tres tonos, pitido*, tres tons, bipes, apitos, sinais sonoros
        """,
    ),
    sense(
        "stuck",
        Role.TROUBLE,
        1.5,
        """
        stuck, hangs, hanging, hang fest, hangen, hangt, festhangen, bloque, bloques, bloquee, bloquees
        restent bloque*, reste bloque*, coince*, atascad*, retenid*, presos, presas, pending, ausstehend, pendiente*
        pendente*, not switch off, not turn off, not disable, not get rid, not go away, nicht ausschalten
        nicht abschalten, nicht deaktivieren, nicht weg, impossible de l'enlever, impossible de desactiver
        no se quita*, no se puede quitar, no se desactiva, nao se desativa, nao sai do
        not hang up, unable to hang up, not able to hang up, not disconnect, not able to disconnect
        unable to disconnect
        not end the call, nicht auflegen, nicht mehr auflegen, pas raccrocher, plus raccrocher, no puedo colgar
        no podemos colgar, no se puede colgar, nao consigo desligar, nao conseguimos desligar
        """,
    ),
    sense(
        "only one rings",
        Role.TROUBLE,
        2.0,
        """
        only rings one, rings only one, rings one phone, rings the first, rings only the first, only rings the first
        only one phone rings, just one phone rings, klingelt nur ein*, klingelt nur noch ein*, nur noch ein apparat
        sonner qu'un, sonne qu'un, fait sonner qu'un, solo suena un*, solo hace sonar, sonar un telefono, so toca um*
        toca so um*, apenas um toca
        """,
    ),
)
"""What is about telephones, and how calls to some of them end."""
