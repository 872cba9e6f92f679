"""What an automatic answer offers, as its templates say it, and the form that goes with it."""

from __future__ import annotations

from dataclasses import replace

from mailbot.deciding.articles.offered import Offer
from mailbot.deciding.compose import Content, File
from mailbot.desk import Desk
from mailbot.render.offers import ArticleLink, OfferFacts
from mailbot.rules import Playbook

_NOTED = frozenset({Playbook.CALLER_ID_NAME, Playbook.PORT_IN, Playbook.PORT_OUT})


def offer_facts(desk: Desk, offer: Offer, token: str) -> OfferFacts:
    """Return what templates may say of the offer in a mail whose recipient has that token.

    An article that was taken away since, or became a draft, is left out.
    """
    rules = desk.rules
    known = {article.id: article for article in rules.articles if not article.draft}
    articles = [known[name] for name in offer.articles if name in known]
    links = tuple(ArticleLink(one.title, rules.article_url(one)) for one in articles if rules.article_url(one))
    items = (*(f"ask.{one}" for one in offer.asked), *(f"papers.{one}" for one in offer.papers.missing))
    reply_to = desk.reply_to(token) if links else None
    needs_form = offer.papers.needs_form
    return OfferFacts(
        note=f"note.{offer.about}" if offer.about in _NOTED else "",
        intro=("papers.unsure" if offer.papers.may_be else "ask.intro") if items else "",
        items=items,
        form=rules.port_in.loa_link if needs_form else "",
        form_attached=needs_form and rules.form is not None,
        articles=links,
        solved_to=reply_to.address if reply_to else "",
    )


def with_form(desk: Desk, content: Content, offer: OfferFacts) -> Content:
    """Return what a mail says, with the form where it is said to be attached."""
    form = desk.rules.form
    if form is None or not offer.form_attached:
        return content
    return replace(content, files=(*content.files, File(form.name, form.type, form.octets)))
