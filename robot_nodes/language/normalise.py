"""Sentences to comparable text, and the languages a sentence may be in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from robot_nodes.language.intent import LANGUAGES

__all__ = ["LONGEST", "clean", "compact", "languages_of", "strip_skipped"]

LONGEST = 200
"""Characters; longer than any request. What is longer is not searched for meaning."""

_TRADITIONAL = str.maketrans(
    "帶請問廁間處務專題區館廳櫃臺檯詢訊電樓車場鐵進離開門飲機餐飯餓體學術產業險銀錢證員醫療護緊傷幫須這個嗎們與為"
    "從過邊裡裏邊樣麼時間點鐘會議講論壇衛國際貿動運遊覽導關於聽說話語讓對錯沒謝見應該現發展覽紀無線網絡殘礙嬰"
    "領導攜聯繫廣東華龍滬綠藍紅黃陽陰雲氣風飛馬鳥魚億萬號廠設計軟腦財經濟環貨報達遠連選邁製級縣區劉張陳楊趙吳",
    "带请问厕间处务专题区馆厅柜台台询讯电楼车场铁进离开门饮机餐饭饿体学术产业险银钱证员医疗护紧伤帮须这个吗们与为"
    "从过边里里边样么时间点钟会议讲论坛卫国际贸动运游览导关于听说话语让对错没谢见应该现发展览纪无线网络残碍婴"
    "领导携联系广东华龙沪绿蓝红黄阳阴云气风飞马鸟鱼亿万号厂设计软脑财经济环货报达远连选迈制级县区刘张陈杨赵吴",
)
"""Traditional to simplified, the characters of requests and of common names; names are also compared by sound."""

_HAN = re.compile(r"[\u3400-\u9fff]")
_HANGUL = re.compile(r"[\uac00-\ud7a3\u1100-\u11ff\u3130-\u318f]")
_LATIN = re.compile(r"[a-z]")
_APOSTROPHES = str.maketrans({"\u2019": "'", "\u2018": "'", "\u00b4": "'", "`": "'"})


def clean(text: str) -> str:
    """`text` in lower case, NFKC, simplified, words parted by one space; letters, digits and apostrophes only.

    At most `LONGEST` + 1 characters are kept, so that length can still be told.
    """
    head = unicodedata.normalize("NFKC", text[: 4 * LONGEST]).translate(_APOSTROPHES)
    kept = (_letter(character) for character in head.lower().translate(_TRADITIONAL))
    return " ".join("".join(kept).split())[: LONGEST + 1].strip()


def _letter(character: str) -> str:
    """The character if it carries meaning, a space if it parts words, nothing if it is a mark without width."""
    if character == "'":
        return character
    category = unicodedata.category(character)
    if category[0] in "LN":
        return character
    return "" if category in ("Cf", "Cs", "Mn", "Cn", "Co") else " "


def compact(text: str) -> str:
    """`text` without spaces: how Chinese and Korean are compared, since nobody agrees where the spaces go."""
    return text.replace(" ", "")


def languages_of(cleaned: str, hint: str | None = None) -> tuple[str, ...]:
    """Languages to try, the likeliest first.

    The scripts in the text decide; a hint goes first if its script is there, and is the only guess where no
    letter tells.
    """
    counts = {
        "zh": 2 * len(_HAN.findall(cleaned)),
        "ko": 2 * len(_HANGUL.findall(cleaned)),
        "en": len(_LATIN.findall(cleaned)) // 4 + bool(_LATIN.search(cleaned)),
    }
    order = sorted((language for language in LANGUAGES if counts[language]), key=lambda it: -counts[it])
    if hint in LANGUAGES and (hint in order or not order):
        order = [str(hint), *(language for language in order if language != hint)]
    return tuple(order)


def strip_skipped(text: str, skipped: Iterable[str], *, spaced: bool) -> str:
    """`text` without the fillers and politeness at both its ends, repeatedly.

    :param skipped: cleaned, longest first.
    :param spaced: a filler must be a whole word (English); else any run of characters.
    """
    fillers, gap = tuple(skipped), " " if spaced else ""
    shorter = text
    while True:
        # The longest first after every cut, or "请问" would lose its first half.
        cut = next((rest for filler in fillers if (rest := _without(shorter, filler, gap)) != shorter), None)
        if cut is None:
            return shorter
        shorter = cut


def _without(text: str, filler: str, gap: str) -> str:
    """`text` with one leading and one trailing `filler` less; a text that is nothing else becomes empty."""
    if text == filler:
        return ""
    return text.removeprefix(filler + gap).removesuffix(gap + filler).strip()
