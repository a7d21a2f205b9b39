"""What the guide says: acts put into words, and the last of them remembered."""

from __future__ import annotations

from dataclasses import replace

from robot_nodes.guiding import words
from robot_nodes.guiding.effects import Effect, Say
from robot_nodes.guiding.geography import Geography
from robot_nodes.guiding.status import Meaning, Status
from robot_nodes.language.phrases import phrase


class Voice:
    """Appends `Say` effects to the guide's list."""

    def __init__(self, effects: list[Effect], geography: Geography) -> None:
        self._effects = effects
        self._geography = geography
        self._last: Say | None = None

    def say(self, act: str, language: str, utterance_id: str, *, interrupt: bool = False) -> None:
        """A plain act."""
        text = phrase(act, language)
        self._speak(Say(act=act, text=text, language=language, utterance_id=utterance_id, interrupt=interrupt))

    def answer(self, act: str, intent: Meaning, utterance_id: str) -> None:
        """The understanding's own reply, or the act's plain words."""
        text = intent.reply or phrase(act, intent.language)
        self._speak(Say(act=act, text=text, language=intent.language, utterance_id=utterance_id))

    def sorry(self, why: str, language: str, utterance_id: str) -> None:
        """An apology with its reason."""
        text = phrase("sorry", language, reason=why)
        self._speak(Say(act="sorry", text=text, language=language, utterance_id=utterance_id))

    def journey(self, act: str, status: Status, /, **slots: object) -> None:
        """An act about the present journey, in its visitor's language."""
        name = self._geography.name(status.place, status.language) if status.place else ""
        self.tell(act, phrase(act, status.language, place=name, **slots), status)

    def text(self, act: str, key: str, status: Status, /, **slots: object) -> None:
        """A sentence of guiding's own texts, in the present visitor's language."""
        self.tell(act, words.text(key, status.language, **slots), status)

    def tell(self, act: str, text: str, status: Status) -> None:
        """`text` to the present visitor."""
        self._speak(
            Say(
                act=act,
                text=text,
                language=status.language,
                utterance_id=status.utterance_id,
                task_id=status.task_id,
            )
        )

    def announce(self, text: str, language: str, *, interrupt: bool = False) -> None:
        """Something staff wants said; `repeat` does not repeat it."""
        self._effects.append(Say(act="inform", text=text, language=language, interrupt=interrupt))

    def repeat(self, utterance_id: str) -> bool:
        """Say the last thing again; whether there was one."""
        if self._last is not None:
            self._effects.append(replace(self._last, utterance_id=utterance_id))
        return self._last is not None

    def _speak(self, say: Say) -> None:
        self._last = say
        self._effects.append(say)
