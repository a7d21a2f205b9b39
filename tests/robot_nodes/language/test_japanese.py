from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_nodes.language.japanese import has_kana, kana_of, number_words, reading, sound_of, sounds
from robot_nodes.language.normalise import clean


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("金融館", "きんゆう館"),
        ("金融館", "キンユウ間"),  # a homophone
        ("トイレ", "トーイレ"),  # length
        ("コーヒー", "コヒ"),
        ("フォーラム", "フォラム"),
        ("きって", "きて"),  # a geminate
        ("どこですか", "とこてすか"),  # voicing
        ("ヴァイオリン", "バイオリン"),
        ("ティッシュ", "チィッシュ".replace("チィ", "ティ")),
        ("出口", "でぐち"),
        ("お土産", "おみやげ"),
        ("何時", "なんじ"),
        ("十二分野", "12分野"),
        ("ファイブジー", "ファイブジ"),
        ("スケジュール", "スケジュル"),
        ("会場", "開場"),
        ("東京", "とうきょう"),
    ],
)
def test_what_sounds_alike_has_one_key(one: str, other: str) -> None:
    assert sound_of(clean(one)) == sound_of(clean(other))


@pytest.mark.parametrize(
    ("one", "other"), [("金融", "教育"), ("観光", "健康"), ("出口", "入口"), ("はい", "いいえ"), ("きゃく", "かく")]
)
def test_what_sounds_different_has_different_keys(one: str, other: str) -> None:
    assert sound_of(clean(one)) != sound_of(clean(other))


@given(st.text(alphabet="金融館出口トイレきゃっューン 5g12ab龘!々", max_size=20))
def test_the_parts_are_in_order_and_make_up_the_key(text: str) -> None:
    parts = sounds(text)
    places = [place for place, _ in parts]
    assert "".join(letters for _, letters in parts) == sound_of(text)
    assert places == sorted(places)
    assert all(0 <= place < len(text) and text[place] != " " for place in places)


@pytest.mark.parametrize(
    ("text", "katakana"),
    [
        ("金融館はどこですか", "キンユウカンハドコデスカ"),
        ("水を飲みたい", "ミズヲノミタイ"),
        ("人が倒れました", "ヒトガタオレマシタ"),
        ("atmはどこ", "エーティーエムハドコ"),
        ("37度", "サンジュウナナ度"),
        ("megvii", "megvii"),
    ],
)
def test_sentences_are_read(text: str, katakana: str) -> None:
    assert reading(clean(text)) == katakana.replace("度", reading("度"))


def test_kana_tell_japanese_from_chinese() -> None:
    assert has_kana("金融館はどこ")
    assert has_kana("トイレ")
    assert not has_kana("金融館")
    assert not has_kana("金融馆在哪里 where")


@pytest.mark.parametrize(
    ("digits", "words"),
    [("0", "ゼロ"), ("12", "ジュウニ"), ("2020", "ニセンニジュウ"), ("105", "ヒャクゴ"), ("09", "ゼロキュウ")],
)
def test_numbers_are_read(digits: str, words: str) -> None:
    assert number_words(digits) == words


@pytest.mark.parametrize(
    ("syllables", "katakana"),
    [
        ("bei jing", "ベイジン"),
        ("shang hai", "シャンハイ"),
        ("xing he", "シンホー"),
        ("lan hai", "ランハイ"),
        ("jia cheng", "ジアチェン"),
        ("? li", "リー"),
    ],
)
def test_chinese_names_are_transcribed(syllables: str, katakana: str) -> None:
    assert kana_of(syllables.split()) == katakana
