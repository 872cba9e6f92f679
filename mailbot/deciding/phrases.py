"""Finding the operator's phrases in a customer's sentences.

A phrase is words that follow each other; up to two small words of `PASSED_OVER`, or numbers, may
stand between them. All phrases are looked up at once: they make up an automaton that goes from
state to state by the words of a sentence, so that the time a mail takes grows with its length
and not with the number of rules. Its states are made when a mail first needs them, because all
that could occur are far too many, and are kept within bounds.
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import itemgetter
from typing import NamedTuple

from mailbot.deciding.words import clean, comparable_words, compared

PASSED_OVER = compared(
    """
    a an the any of our at all still currently completely totally entirely really actually simply suddenly
    also just even being been their properly correctly constantly
    der die das den dem ein eine einen unser unsere unseren unserer unserem noch immer derzeit aktuell momentan
    gerade leider komplett vollig ganz total auch einfach plotzlich mehr uberhaupt richtig standig
    le la les l un une des de d nos notre toujours encore actuellement completement totalement vraiment plus
    du tout correctement
    el los las una unos unas nuestro nuestra nuestros nuestras aun todavia actualmente totalmente ya
    correctamente
    o os as um uma nosso nossa nossos nossas ainda atualmente completamente mais corretamente
    """
)
_MOST_PASSED_OVER = 2

# Steps kept in memory, of some 200 octets; a desk's mails take a few thousand.
_MOST_STEPS = 50_000


class Hit(NamedTuple):
    """A phrase found: its words from `start` to before `end`, and the bits of all to whom it belongs."""

    start: int
    end: int
    owners: int


class _Node:
    """The phrases that go on from here: by the whole next word, by its beginning; and those that end here."""

    __slots__ = ("beginnings", "lengths", "owners", "words")

    def __init__(self) -> None:
        self.words: dict[str, _Node] = {}
        self.beginnings: dict[str, _Node] = {}
        self.lengths: tuple[int, ...] = ()
        self.owners = 0

    def grow(self, word: str, *, any_ending: bool) -> _Node:
        if not any_ending:
            return self.words.setdefault(word, _Node())
        node = self.beginnings.setdefault(word, _Node())
        self.lengths = tuple(sorted({len(beginning) for beginning in self.beginnings}))
        return node

    def after(self, word: str) -> list[_Node]:
        nodes = [node] if (node := self.words.get(word)) else []
        for length in self.lengths:
            if length > len(word):
                break
            if node := self.beginnings.get(word[:length]):
                nodes.append(node)
        return nodes


# Phrases begun and not yet ended: how many words ago, by where they stand, and after how many small words.
_Begun = tuple[tuple[int, tuple[tuple[_Node, int], ...]], ...]


class _State(dict[str, "_State"]):
    """What the words of a sentence so far have begun; the state after each next word is made when it is asked for.

    `found` are the phrases that end here, by how many words ago they began, and `owners` all of theirs.
    """

    __slots__ = ("_begun", "_states", "found", "owners")

    def __init__(self, begun: _Begun, states: _States) -> None:
        super().__init__()
        self._begun = begun
        self._states = states
        self.found = tuple(
            (ago, node.owners) for ago, waiting in begun for node, passed in waiting if node.owners and not passed
        )
        self.owners = 0
        for _, owners in self.found:
            self.owners |= owners

    def __missing__(self, word: str) -> _State:
        may_be_passed = word in PASSED_OVER or word.isdigit()
        begun: list[tuple[int, tuple[tuple[_Node, int], ...]]] = []
        for ago, waiting in self._begun:
            following = {child: 0 for node, _ in waiting for child in node.after(word)}
            if may_be_passed:
                for node, passed in waiting:
                    if passed < _MOST_PASSED_OVER and (node.words or node.beginnings):
                        following.setdefault(node, passed + 1)
            if following:
                begun.append((ago + 1, tuple(following.items())))
        if first := self._states.root.after(word):
            begun.append((1, tuple((node, 0) for node in first)))
        state = self._states.at(tuple(begun))
        self[word] = state
        return state


class _States:
    """The states made so far, each once."""

    def __init__(self, root: _Node) -> None:
        self.root = root
        self.steps = 0
        self._made: dict[_Begun, _State] = {}
        self.start = self.at(())

    def at(self, begun: _Begun) -> _State:
        """Return the state in which these phrases are begun."""
        self.steps += 1
        state = self._made.get(begun)
        if state is None:
            state = self._made[begun] = _State(begun, self)
        return state


class PhraseBook:
    """All phrases of all rules, to be looked up together. Whom a phrase belongs to is said in bits of an int."""

    def __init__(self, most_steps: int = _MOST_STEPS) -> None:
        self._root = _Node()
        self._states = _States(self._root)
        self._most_steps = most_steps

    def add(self, phrase: str, owners: int) -> None:
        """Add a phrase; `*` at a word's end stands for any ending. One without words is never found."""
        node = self._root
        for written in clean(phrase).split():
            words = comparable_words(written)
            for word in words:
                any_ending = written.endswith("*") and word is words[-1]
                node = node.grow(word, any_ending=any_ending)
        if node is not self._root:
            node.owners |= owners
        self._states = _States(self._root)

    @property
    def steps_kept(self) -> int:
        """How many steps of the automaton are in memory."""
        return self._states.steps

    def walk(self, words: Iterable[str]) -> Walk:
        """Look a sentence's words up."""
        if self._states.steps > self._most_steps:
            self._states = _States(self._root)
        states: list[_State] = []
        owners = 0
        state = self._states.start
        for word in words:
            state = state[word]
            states.append(state)
            owners |= state.owners
        return Walk((states,), owners)


class Walk:
    """What was found in a sentence, by the states that its words have led to; `owners` are the bits of all."""

    __slots__ = ("_ways", "owners")

    def __init__(self, ways: tuple[list[_State], ...], owners: int) -> None:
        self._ways = ways
        self.owners = owners

    def beside(self, other: Walk) -> Walk:
        """Return what was found in the same sentence by either; the same bits are the same owners."""
        return Walk((*self._ways, *other._ways), self.owners | other.owners)

    def hits(self, owners: int) -> list[Hit]:
        """Return the hits of phrases that belong to any of these, by first word, shorter ones first."""
        hits = [
            (end - ago, end, found)
            for states in self._ways
            for end, state in enumerate(states, 1)
            if state.owners & owners
            for ago, found in state.found
            if found & owners
        ]
        hits.sort(key=itemgetter(0, 1))
        return [Hit(*hit) for hit in hits]
