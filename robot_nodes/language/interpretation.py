"""A sentence in one language to what it means: the catalogue's sentences first, then cues and names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial

from maps.venue import Venue
from robot_nodes.language.booths import Booths
from robot_nodes.language.catalogue import languages, name_words
from robot_nodes.language.classifier import Label, classifier
from robot_nodes.language.context import pointers
from robot_nodes.language.cues import Cues, Finding, cues
from robot_nodes.language.features import Evidence
from robot_nodes.language.intent import IntentName
from robot_nodes.language.judging import GUESSED, Interpretation, evidence_of, judged
from robot_nodes.language.lexicon import Lexicon, Mention
from robot_nodes.language.names import SpokenName
from robot_nodes.language.normalise import clean, without_doubles, without_repetitions
from robot_nodes.language.rules import Rule
from robot_nodes.language.slots import Named, Spots, filled, kind_of
from robot_nodes.language.spelling import Codes, Spelling
from robot_nodes.language.templates import Meaning, Templates, templates
from robot_nodes.language.wordlist import WordList

__all__ = ["Interpretation", "Interpreter"]

_DOUBT = 0.25
"""What a word of stories ("yesterday", "he said") takes from a sentence's cover."""
_ASKED = 0.7
"""Factor on the cover a rule needs, in a sentence that asks or wishes and tells no story."""
_TOLD, _MOST_NEEDED = 0.25, 0.9
"""What a sentence that neither asks nor speaks of the speaker needs more, and the most that is needed."""
_GUESS_COVER = 0.75
"""Cover below which nothing is understood of which every part was only heard somehow."""
_EXPLAINED = 0.92
"""Cover from which nothing is left in a sentence that might be a misheard cue."""
_BARE = 0.8
"""Confidence of a name alone: it may be a question or a wish, so the harmless reading is taken."""
_UNSURE = 0.8
"""Confidence under which it is tried whether something was misheard."""
_REMEMBERED = 16
"""Sentences whose names and cues are remembered: rules and classifier take each apart, with and without its fillers."""
_AGAIN = 0.75
"""Confidence from which what is understood only without the words that may be strays is believed."""
_ANSWERS = frozenset({"yes", "no"})
"""Nobody says them by pointing at something, whatever the classifier makes of so short a sentence."""
_CERTAIN = 0.7
"""Confidence from which something is understood in what else is a wish to go to an unknown place."""
_SAFE: frozenset[IntentName] = frozenset({"stop", "emergency"})
"""What the rules hear is done, though the classifier doubts it: rather once too often."""
_ABSURD = 0.01
"""Probability under which even that is not believed: "something urgent came up" is no emergency."""


@dataclass(frozen=True, slots=True)
class _Read:
    """A sentence taken apart."""

    key: str
    spots: Spots
    classes: Mapping[str, Finding]
    named: bytearray
    """Of every letter of `key`, whether it belongs to a name."""
    light: bytearray
    """Of every letter, whether it belongs to a word without meaning of its own."""
    doubts: int
    own: bool
    """Whether the speaker speaks of themselves."""
    asks: bool
    """Whether it has a word of questions or wishes, and none of stories."""


class Interpreter:
    """Reads sentences about one venue. Stateless once built."""

    def __init__(self, venue: Venue, lexicon: Lexicon, names: Iterable[SpokenName]) -> None:
        self._lexicon = lexicon
        self._booths = Booths(venue)
        self._mentions = lru_cache(_REMEMBERED)(self._found)
        self._apart = lru_cache(_REMEMBERED)(self._taken)
        self._halls = frozenset(venue.halls)
        english = (*cues("en").vocabulary, *(it.key for it in templates("en").skeletons))
        numbers = (form for forms in name_words("en").digits.values() for form in forms)
        called = (name.text for name in names if name.language == "en")
        self._spelling = Spelling((*english, *numbers, *called))
        self._codes = Codes(name.text for name in names if name.slot == "place" and not name.booth)
        self._stands = {
            language: WordList(((clean(word), word) for word in name_words(language).stand), spaced=language == "en")
            for language in languages()
        }

    def interpret(self, cleaned: str, language: str) -> Interpretation | None:
        """What `cleaned` means, or None if it is nothing for the robot."""
        spelt = self._spelt(cleaned, language)
        found = self._heard_as(spelt, language) or self._without_strays(spelt, language)
        if found and spelt != cleaned:
            return replace(found, confidence=round(GUESSED * found.confidence, 3))
        return found

    def _without_strays(self, cleaned: str, language: str) -> Interpretation | None:
        """What a sentence that says nothing says without what got into it unasked."""
        fewer = templates(language).without_strays(cleaned)
        found = self._heard_as(fewer, language) if fewer and fewer != cleaned else None
        if found is None or found.confidence < _AGAIN:
            return None
        return replace(found, confidence=round(GUESSED * found.confidence, 3))

    def _spelt(self, cleaned: str, language: str) -> str:
        coded = self._codes.corrected(cleaned)
        return self._spelling.corrected(coded) if templates(language).spaced else coded

    def _heard_as(self, cleaned: str, language: str) -> Interpretation | None:
        ruled = self.ruled(cleaned, language)
        judge = classifier(language)
        if judge is None or (ruled and ruled.confidence >= 1.0):
            return ruled
        denies = templates(language).denies(cleaned)
        if ruled and denies and ruled.intent == "cancel":
            return ruled
        label = Label.of(ruled.intent, dict(ruled.slots)) if ruled else None
        read = self._read(cleaned, language)
        evidence = evidence_of(read.key, language, read.spots, read.classes)
        if ruled and ruled.intent in _SAFE and judge.probability(evidence, ruled.intent) >= _ABSURD:
            return ruled
        found = judged(ruled, label, judge, evidence, read.spots, partial(self._wider, read, language))
        if found and found.learned:
            refused = denies and found.intent in ("guide_to", "stop")
            doubtful = ruled is None and found.guessed and found.confidence < _CERTAIN
            elsewhere = doubtful and self.lacks_name(cleaned, language)
            points = found.intent in _ANSWERS and pointers(language).substituted(read.key, "") == ""
            return ruled if refused or elsewhere or points else found
        return found

    def _wider(self, read: _Read, language: str, slots: frozenset[str]) -> Spots | None:
        """The names of a sentence with the likeliest of `slots` that nobody heard clearly."""
        found = self._lexicon.guessed(read.key, language, slots)
        if found is None:
            return None
        apart = [it for it in read.spots.mentions if it.end <= found.start or found.end <= it.start]
        mentions = sorted((*apart, found), key=lambda it: it.start)
        return Spots(mentions, read.key, cues(language), name_words(language), self._halls, self._booths)

    def evidence(self, cleaned: str, language: str) -> Evidence:
        """What the classifier is to know of a sentence."""
        read = self._read(self._spelt(cleaned, language), language)
        return evidence_of(read.key, language, read.spots, read.classes)

    def _read(self, cleaned: str, language: str) -> _Read:
        catalogue = templates(language)
        return self._apart(without_repetitions(catalogue.key(cleaned), spaced=catalogue.spaced), language)

    def _taken(self, key: str, language: str, nearly: bool = False) -> _Read:
        catalogue, book = templates(language), cues(language)
        written = book.written(key)
        mentions = self._mentions(key, language)
        names = [(it.start, it.end) for it in mentions if it.score == 1.0 and not it.name.weak]
        found = book.heard(key, written, nearly=nearly, named=names)
        return self._taken_apart(key, mentions, catalogue, book, found)

    def ruled(self, cleaned: str, language: str) -> Interpretation | None:
        """What catalogue and cues alone say."""
        catalogue, book = templates(language), cues(language)
        key = without_repetitions(catalogue.key(cleaned), spaced=catalogue.spaced)
        for sentence in dict.fromkeys((catalogue.key(cleaned), key, catalogue.without_fillers(key))):
            meaning = catalogue.match(sentence)
            if meaning:
                sure = 1.0 if 2 * len(sentence) > len(key) else GUESSED  # "thanks okay" is more than "okay"
                return Interpretation(meaning.intent, meaning.topic, dict(meaning.slots), sure, source=sentence)
        best = self._wording(key, catalogue, book)
        again = key if catalogue.spaced else without_doubles(key)
        if again == key or best:
            return best
        other = self._wording(again, catalogue, book)
        if other is None:
            return None
        return replace(other, confidence=round(GUESSED * other.confidence, 3))

    def _wording(self, key: str, catalogue: Templates, book: Cues) -> Interpretation | None:
        """With its greetings and politeness, or without."""
        stripped = catalogue.without_fillers(key) or key
        best = self._interpreted(key, catalogue, book)
        if stripped != key and (best is None or best.confidence < 1.0):
            other = self._interpreted(stripped, catalogue, book)  # a greeting is a filler, unless it is all there is
            best = other if other and (best is None or other.confidence > best.confidence) else best
        return self._corrected(best, key, catalogue, book)

    def _corrected(
        self, found: Interpretation | None, key: str, catalogue: Templates, book: Cues
    ) -> Interpretation | None:
        """What is said after a correction, if it is a wish of its own: "tourism, no, take me to finance"."""
        ends = [end for _, end in book.corrections.spans(key)]
        tail = key[max(ends) :].strip() if ends and found else ""
        again = self._interpreted(tail, catalogue, book) if tail else None
        wished = again is not None and again.intent not in ("locate", "ask_exhibitor") and bool(again.slots)
        return again if wished and found and found.intent == "locate" else found

    def _interpreted(self, key: str, catalogue: Templates, book: Cues) -> Interpretation | None:
        read = self._apart(key, book.language)
        exact = self._of_catalogue(read, catalogue)
        if exact:
            return exact
        best, cover = self._best(read, book)
        if best is None or (cover < _EXPLAINED and best.confidence < _UNSURE):
            nearer, _ = self._best(self._apart(key, book.language, nearly=True), book)
            best = nearer if nearer and (best is None or nearer.confidence >= best.confidence) else best
        return best or self._alike(read, catalogue)

    def lacks_name(self, cleaned: str, language: str) -> bool:
        """Whether it is a wish to go somewhere the venue does not know."""
        catalogue, book = templates(language), cues(language)
        key = catalogue.without_fillers(catalogue.key(cleaned))
        found = book.written(key)
        return any(
            rule.intent in ("guide_to", "locate")
            and any(item.slots and not item.absent for item in rule.items)
            and all(
                bool(item.slots) or _class_quality(item.classes, found) > 0 for item in rule.items if not item.absent
            )
            and len(rule.items) > 1
            for rule in book.rules
        )

    def _found(self, key: str, language: str) -> tuple[Mention, ...]:
        book = cues(language)
        numbers = tuple(self._booths.find(key, language))
        return tuple(self._lexicon.mentions(key, language, book.known(key, book.written(key)), numbers))

    def _taken_apart(
        self,
        key: str,
        mentions: Sequence[Mention],
        catalogue: Templates,
        book: Cues,
        found: Mapping[str, Finding],
    ) -> _Read:
        classes = _outside(found, mentions)
        kept = [it for it in mentions if not _inside_cue(it, classes)]
        words = name_words(book.language)
        named = _marked(key, ((it.start, it.end) for it in kept))
        lists = (book.light, catalogue.fillers, book.corrections, self._stands[book.language])
        light = _marked(key, (span for words_of in lists for span in words_of.spans(key)))
        spots = Spots(kept, key, book, words, self._halls, self._booths)
        doubts = book.doubts(key)
        return _Read(key, spots, classes, named, light, doubts, book.own(key), not doubts and book.asks(key))

    def _of_catalogue(self, read: _Read, catalogue: Templates) -> Interpretation | None:
        """A sentence of the catalogue with the names found put in."""
        if len(read.spots.mentions) != 1 or read.spots.booth_in_doubt:
            return None
        mention = read.spots.mentions[0]
        for slot in dict.fromkeys(name.slot for name in mention.names):
            sentence = catalogue.with_token(read.key, mention.start, mention.end, slot)
            meaning = catalogue.match(sentence)
            if meaning is None:
                continue
            named = Named.of(next(name for name in mention.names if name.slot == slot), mention)
            alone = sentence == catalogue.tokens[slot]
            confidence = (_BARE if alone else 1.0) * mention.score
            return self._settled(meaning, read.spots.only(named), confidence, sentence)
        return None

    def _best(self, read: _Read, book: Cues) -> tuple[Interpretation | None, float]:
        best: tuple[float, float, Rule, float] | None = None
        heard = read.classes.keys()
        for rule, needs in zip(book.rules, book.needs, strict=True):
            if any(map(heard.isdisjoint, needs)):
                continue
            quality, written = self._quality(rule, read, book)
            if quality <= 0:
                continue
            cover = self._cover(rule, read, book)
            needed = _needed(rule.cover, read)
            if cover < (needed if written else max(needed, _GUESS_COVER)):
                continue
            positive = sum(not item.absent for item in rule.items)
            score = rule.weight - positive + quality
            if best is None or (score, cover) > best[:2]:
                best = score, cover, rule, quality / max(positive, 1)
        if best is None:
            return None, 0.0
        _, cover, rule, quality_mean = best
        bare = all(item.slots and not item.classes for item in rule.items)
        confidence = (_BARE if bare else GUESSED) * quality_mean * (0.6 + 0.4 * min(cover, 1.0))
        meaning = Meaning(rule.intent, rule.slots, rule.topic)
        return self._settled(meaning, read.spots, confidence, rule.source), cover

    def _quality(self, rule: Rule, read: _Read, book: Cues) -> tuple[float, bool]:
        """The sum of how well the rule's items are heard, 0 if one is not, or is there and should not be; and whether
        any of them is written as it should be."""
        denied = not read.spots.withdrawn and any(it in read.classes for it in book.unless.get(rule.intent, ()))
        if denied:  # unless what is denied is only the place that was withdrawn
            return 0.0, False
        total, written = 0.0, False
        for item in rule.items:
            quality = max(_class_quality(item.classes, read.classes), read.spots.quality(item.slots))
            if item.absent and quality == 1.0:  # what is only guessed to be there forbids nothing
                return 0.0, False
            if not item.absent and quality == 0:
                return 0.0, False
            if not item.absent:
                total += quality
                written = written or quality == 1.0
        return total, written

    def _cover(self, rule: Rule, read: _Read, book: Cues) -> float:
        """The share of the letters with a meaning that names and cues of the rule's intent explain, less the doubts."""
        explained = bytearray(read.named)
        for name in book.classes_of[rule.intent]:
            for span in read.classes[name].spans if name in read.classes else ():
                _mark(explained, span)
        letters = [
            told
            for letter, told, light in zip(read.key, explained, read.light, strict=True)
            if letter != " " and (told or not light)
        ]
        return sum(letters) / max(len(letters), 1) - _DOUBT * read.doubts

    def _settled(self, meaning: Meaning, spots: Spots, confidence: float, source: str) -> Interpretation | None:
        slots, named = filled(meaning.intent, spots)
        said = named is not None and named.slot == "facility" and named.score == 1.0
        said = said and ("facility", "accessible_toilet") not in meaning.slots  # a toilet, but not any
        slots = {**slots, **{slot: value for slot, value in meaning.slots if not (said and slot == "facility")}}
        return Interpretation(
            intent=kind_of(meaning.intent, slots),
            topic=meaning.topic,
            slots=slots,
            confidence=round(min(confidence, 1.0), 3),
            lead=meaning.intent == "guide_to",
            facility_id=named.facility_id if named else "",
            choices=spots.choices(slots),
            source=source,
        )

    def _alike(self, read: _Read, catalogue: Templates) -> Interpretation | None:
        """The catalogue's nearest sentence, for what no rule explains."""
        sentence, spots = read.key, read.spots
        if len(spots.mentions) == 1:
            mention = spots.mentions[0]
            sentence = catalogue.with_token(read.key, mention.start, mention.end, mention.name.slot)
        elif spots.mentions:
            return None
        close = catalogue.alike(sentence)
        if close is None or read.doubts:
            return None
        found = self._settled(close[0].meaning, spots, GUESSED * close[1], close[0].text)
        return replace(found, confidence=round(GUESSED * close[1], 3)) if found else None


def _needed(cover: float, read: _Read) -> float:
    """The cover a rule needs in this sentence."""
    if read.asks:
        return cover * _ASKED
    return cover if read.own else min(max(cover, _MOST_NEEDED), cover + _TOLD)


def _class_quality(classes: Iterable[str], found: Mapping[str, Finding]) -> float:
    return max((found[name].quality for name in classes if name in found), default=0.0)


def _mark(explained: bytearray, span: tuple[int, int]) -> None:
    for index in range(span[0], min(span[1], len(explained))):
        explained[index] = 1


def _marked(key: str, spans: Iterable[tuple[int, int]]) -> bytearray:
    marks = bytearray(len(key))
    for span in spans:
        _mark(marks, span)
    return marks


def _outside(found: Mapping[str, Finding], mentions: Sequence[Mention]) -> dict[str, Finding]:
    """The classes not merely part of a name: the "help" of "help desk" is no cry for help."""
    names = [(it.start, it.end) for it in mentions if not it.name.weak]
    kept: dict[str, Finding] = {}
    for owner, finding in found.items():
        spans = [it for it in finding.spans if not any(_within(it, name) for name in names)]
        if spans:
            kept[owner] = Finding(finding.quality, spans)
    return kept


def _within(span: tuple[int, int], name: tuple[int, int]) -> bool:
    return name[0] <= span[0] and span[1] <= name[1] and span != name


def _inside_cue(mention: Mention, classes: Mapping[str, Finding]) -> bool:
    """Whether a theme or a facility's name is only part of a cue: the "robot" of "are you a robot"."""
    if mention.name.slot not in ("facility", "language") and not mention.name.weak:
        return False
    return any(
        start <= mention.start and mention.end <= end and end - start > mention.end - mention.start
        for finding in classes.values()
        if finding.quality == 1.0
        for start, end in finding.spans
    )
