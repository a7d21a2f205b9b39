from __future__ import annotations

from robot_nodes.hearing.vocabulary import VocabularyReport, check_vocabulary


def test_what_cannot_be_recognised_is_named() -> None:
    phrases = ("go to zzyzx", "go to gate one", "where is zzyzx", "where is qux")
    known = {"go", "to", "gate", "one", "where", "is"}
    report = check_vocabulary("en", phrases, ("go to zzyzx", "where is zzyzx"), known.__contains__)
    assert report.words == ("zzyzx",)
    assert not report.complete
    assert not report.wrong_language
    assert report.line == "2 of 4 phrases cannot be recognised in 'en', for the model lacks: zzyzx"


def test_a_model_that_lacks_most_is_of_another_language() -> None:
    phrases = ("带我去 金融", "你好", "stop")
    report = check_vocabulary("zh", phrases, phrases[:2], lambda word: False)
    assert report.wrong_language
    assert "another language" in report.line
    assert "\n" not in report.line


def test_nothing_missing_is_no_line() -> None:
    assert VocabularyReport("ko", 5).line == ""
    assert not VocabularyReport("ko").wrong_language
