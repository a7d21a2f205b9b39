"""What sounds alike in Japanese: kana that are often confused, and kanji that are read the same."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

__all__ = ["JapaneseSounds"]

_KANA = """
かが きぎ くぐ けげ こご さざ しじ すず せぜ そぞ ただ てで とど はばぱ ひびぴ ふぶぷ へべぺ
ほぼぽ なま にみ ぬむ ねめ のも らだ りに るう れね ろと いえ おう やあ ゆう よお わあ んむ
つす しひ しす ちし てと はあ をお かた きち けて ゃや ゅゆ ょよ ぁあ ぃい ぅう ぇえ ぉお
"""
_SWALLOWED = "ーっッ"
"""Heard or not: long vowels and doubled consonants."""
_READ_ALIKE = """
公広光高校工行交口康向効航港構考更講 商章少小消招紹象承勝正称賞焼 四市子始使指紙私士止試資司視誌姉思刺詩紫
時自地次事字持治児辞璽 火家花化科可歌課加果価貨夏過箇 画我賀雅芽 会海開回介階界解改快懐 外害街概
館間感管観関完簡看漢監官韓慣控 元願岩丸眼顔玩 気機期記帰希季危基寄企規器起喜祈 議技義疑儀
九休急救究球給求級吸 教京強協橋境共供驚郷 業行形仰 金近禁均緊筋 区苦句駆 具愚 訓君勲 群軍郡
計経警景携形系係軽契慶啓 血決欠結潔 見件健券県研検験険権建 現原言減限源 古故固個庫呼枯 五語後誤御午
国告谷黒 今婚混根 左差査作詐 最済災歳細際催菜採再祭 在材財剤 作策昨索 札撮察冊刷 三山産参散算賛
室質失疾 車社者写舎 主首手取種酒守 州週集終習秀周衆就 十重住中従渋充 術述 準順純巡 所書初暑処
女助序除 場上情常乗城状条定 食職色植触飾 心新進真深信親神伸申身津晨寝針 人仁陣迅 水推吹酔
生成西青声性静政制製世誠晴盛請星 席石赤責績積 説設節接雪切 千先専選線船洗泉扇戦宣 全前善然 蘇組素祖
早走相総送操装想窓争 造像増象蔵 速足側息即 族続属 多他太 体対待帯退態泰滞 大代題台第 宅択拓託
担単短探端淡 男団段談断暖 地知値池置遅 中注昼駐虫 長朝町張調超鳥蝶 珍賃陳 通痛 定低停提程庭 鉄哲徹
天店点展転典 電伝田殿 都登途図 度土努 東当到答冬頭島統投糖届 動道同働堂導 特得徳督 南何難軟 人認任忍
年念然 農能脳 派波破 配敗拝背 売買倍梅 発髪初 半飯販版犯班帆 番万晩板 費非比疲悲飛被 美備尾鼻 必筆
表標票評氷 不付夫府布普 部武分無舞 服福複腹復 物仏 分文聞紛 平並閉兵 変返辺編 弁便勉 保歩補捕
母募墓 方法報放訪包豊宝邦鵬 忘防望帽貿亡 毎枚米妹埋 万満漫 民眠 無夢務六 名明命迷盟 面免綿 目木黙
門問紋 屋夜野矢 薬約訳役躍 輸油湯 友遊有優勇 予余世 用要曜様洋葉陽容 来頼雷 覧乱蘭藍 理利里 立律率
流留龍隆 旅慮 料量両療領了漁 礼例冷零令 歴暦 連練聯恋 路炉露 六録緑 話和輪 医衣位以意移違威維偉
育行幾 員印院飲引陰因 英営映栄泳衛鋭永影 駅易益疫液 円園遠演煙塩援炎 往王応欧横 音温恩 行言居入射
買書描欠 聞切着来 連着付突 取撮止解 食立建経 飲乗載 待舞増 持盛漏 呼読 知閉敷 会合空開 早速 下舌
見店 手出 日火 足明 口国 前舞 後跡 北来喫 本奔翻 百白 角格拡較確 客 着機 案安暗 亜阿 雲運
数巣 朝浅 夕言 室質湿執 急旧宮 誰垂 歌詠 何難 君気味 寒貫 忙謀 靴屈掘 箱運 鈴涼 傘笠 雨飴
橋箸端 一市位 乳入丹 二荷似 佳家 修集 借尺積 兄警敬 兆頂 内無 列烈裂 刻穀 創倉 力陸 叫狭 史姿
号豪剛 品瓶 好硬 学額楽岳 宏洪 実日 宿祝縮 川河皮 己湖 弟低 折接 拾汁 替耐 李裏 束測 欲翌浴
残惨 環艦 症証詔 的適敵 皆界 直職 示耳二 粧床 緒諸 膏香 臓象 致痴 華荷 融雄 覚各 識式 護娯
達辰 郎労浪 銀吟 隔確 離裏 鼎程 落絡 楽落
"""


class JapaneseSounds:
    """Kana by their neighbours, kanji by a common reading, all with the same weight."""

    def alike(self, units: Sequence[str], at: int) -> Sequence[tuple[str, float]]:
        """What the character at `at` may be heard as; the empty text where it may not be heard at all."""
        unit = units[at]
        if unit in _SWALLOWED:
            return (("", 1.0),)
        return [(other, 1.0) for other in _table().get(unit, ())]


@cache
def _table() -> dict[str, tuple[str, ...]]:
    kana = _KANA.split()
    found: dict[str, dict[str, None]] = {}
    for group in (*kana, *(_katakana(group) for group in kana), *_READ_ALIKE.split()):
        for char in group:
            found.setdefault(char, {}).update({other: None for other in group if other != char})
    return {char: tuple(others) for char, others in found.items()}


def _katakana(group: str) -> str:
    return "".join(chr(ord(char) + 0x60) for char in group)
