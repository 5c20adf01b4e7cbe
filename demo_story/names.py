"""Names to draw people from, each Han name beside the letters its owner uses in an address."""

from typing import Final


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    return tuple((word.split("/")[0], word.split("/")[1]) for word in text.split())


SURNAMES: Final = _pairs(
    "陳/chen 林/lin 黃/huang 張/chang 李/lee 王/wang 吳/wu 劉/liu 蔡/tsai 楊/yang 許/hsu 鄭/cheng 謝/hsieh "
    "郭/kuo 洪/hung 曾/tseng 邱/chiu 廖/liao 賴/lai 周/chou 徐/hsu 蘇/su 葉/yeh 莊/chuang 呂/lu 江/chiang 何/ho "
    "蕭/hsiao 羅/lo 高/kao 潘/pan 簡/chien 朱/chu 鍾/chung 彭/peng 游/yu 詹/chan 胡/hu 施/shih 沈/shen 歐陽/ouyang"
)
WOMEN: Final = _pairs(
    "淑芬/shufen 淑惠/shuhui 美惠/meihui 雅雯/yawen 怡婷/yiting 佳穎/chiaying 欣怡/hsinyi 詩涵/shihhan 宜蓁/yichen "
    "郁婷/yuting 思妤/szuyu 佩珊/peishan 惠如/huiju 心怡/hsinyi 婉婷/wanting 靜宜/chingyi 秀英/hsiuying "
    "玉珍/yuchen 麗華/lihua 素貞/suchen 雅琪/yachi 筱涵/hsiaohan 品妤/pinyu 芷晴/chihching 子涵/tzuhan "
    "若瑜/joyu 鈺婷/yuting 慧君/huichun 曉薇/hsiaowei 馨儀/hsinyi 瑋婷/weiting 書瑜/shuyu 采潔/tsaichieh "
    "秋月/chiuyueh 桂香/kueihsiang 千惠/chienhui 孟潔/mengchieh 筠庭/yunting 羽彤/yutung 明珠/mingchu"
)
MEN: Final = _pairs(
    "志明/chihming 俊傑/chunchieh 建宏/chienhung 家豪/chiahao 冠宇/kuanyu 柏翰/pohan 宗翰/tsunghan 彥廷/yenting "
    "承恩/chengen 信宏/hsinhung 文雄/wenhsiung 國華/kuohua 明哲/mingche 俊宏/chunhung 偉倫/weilun 智凱/chihkai "
    "哲瑋/chewei 育誠/yucheng 浩然/haojan 子翔/tzuhsiang 宇軒/yuhsuan 品睿/pinjui 嘉文/chiawen 耀仁/yaojen "
    "金水/chinshui 正雄/chenghsiung 榮華/junghua 添財/tientsai 銘鴻/minghung 世賢/shihhsien 仁傑/jenchieh "
    "崇文/chungwen 維哲/weiche 祐誠/yucheng 敬堯/chingyao 立群/lichun 昱廷/yuting 振宇/chenyu 啟明/chiming"
)
ENGLISH_FIRST: Final = _words(
    "Sarah James Hannah Oliver Grace Thomas Claire Daniel Megan Patrick Laura Michael Rachel Peter Alice Simon "
    "Kate Andrew Sophie Martin Helen Matthew Nora Colin Ruth Ian Amelia Gareth Priya Rohan Aisha Lukas Ingrid "
    "Mateo Camille Anja Bronwyn Declan Fiona Malcolm"
)
ENGLISH_LAST: Final = _words(
    "Hughes Campbell Fletcher Morgan Doyle Bennett Sinclair Porter Walsh Turner Ellis Novak Barnes Chambers Reid "
    "Holloway Mercer O'Brien Patel Singh Keller Lindqvist Moreau Dawson Whitfield Abbott Ferreira Marsh Griffiths "
    "Okafor Brandt Haines Carver Stone Lockwood Pryce Sutton Vaughan Weaver Yates"
)
JAPANESE: Final = (
    ("佐藤 美咲", "misaki.sato", "佐藤"),
    ("鈴木 健太", "kenta.suzuki", "鈴木"),
    ("高橋 由美子", "yumiko.takahashi", "高橋"),
    ("田中 翔", "sho.tanaka", "田中"),
    ("渡辺 直子", "naoko.watanabe", "渡辺"),
    ("山本 拓也", "takuya.yamamoto", "山本"),
    ("中村 さくら", "sakura.nakamura", "中村"),
    ("小林 誠", "makoto.kobayashi", "小林"),
    ("斎藤 恵", "megumi.saito", "斎藤"),
    ("カトウ ユリ", "yuri.kato", "カトウ"),
)
HOMES_ZH: Final = (
    "mail.example",
    "mail.example",
    "hinet.example",
    "hinet.example",
    "post.example",
    "yam.example",
)
HOMES_EN: Final = ("mail.example", "mail.example", "expat.example", "post.example")
ORGANIZATIONS: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "school": (
        ("溪洲國小", "xizhou.school.example"), ("河濱國小", "hebin.school.example"),
        ("江南國中", "jiangnan.school.example"), ("島頭國小", "daotou.school.example"),
        ("北城大學社工系", "beicheng.school.example"), ("柳岸高中", "liuan.school.example"),
    ),
    "company": (
        ("晴川科技", "qingchuan.example"), ("大榕樹銀行", "banyanbank.example"), ("海風設計", "seabreeze.example"),
        ("聯安保險", "lianan.example"), ("好米食品", "goodrice.example"), ("北辰電子", "beichen.example"),
        ("小春日和咖啡", "koharu.example"),
    ),
    "press": (
        ("晨光日報", "morninglight.press.example"), ("島嶼週刊", "islandweekly.press.example"),
        ("城市電台", "cityradio.press.example"), ("水文誌", "shuiwen.press.example"),
    ),
    "partner": (
        ("清溪行動聯盟", "clearstream.example"), ("河川管理處", "rivers.gov.example"),
        ("北區社福中心", "welfare.gov.example"), ("暖屋頂基金會", "warmroof.example"),
        ("溪洲里辦公處", "xizhou.gov.example"), ("綠頭鴨生態協會", "mallard.example"),
    ),
}  # fmt: skip
ORGANIZATIONS_EN: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "school": (
        ("Harbour International School", "harbour.school.example"),
        ("Leeside Primary", "leeside.school.example"),
    ),
    "company": (("Northgate Software", "northgate.example"), ("Pacific Freight", "pacificfreight.example")),
    "press": (
        ("The Formosa Review", "formosareview.press.example"),
        ("World Rivers", "worldrivers.press.example"),
    ),
    "partner": (
        ("The Alder Trust", "aldertrust.example"),
        ("Rivers Together", "riverstogether.example"),
        ("Fund for Children's Learning", "fcl.example"),
    ),
}
ORGANIZATIONS_JA: Final = (
    ("川の学校ネットワーク", "kawa.example"),
    ("子ども学習支援センター", "kodomo.example"),
)
PLACES: Final = ("大稻埕碼頭", "關渡水岸", "華江橋下", "景美溪右岸", "社子島頭", "新店溪腳踏車道", "雙溪口")
PLACES_EN: Final = (
    "Dadaocheng Wharf",
    "the Guandu bank",
    "Huajiang Bridge",
    "the Jingmei bank",
    "Shezi Point",
)
SCHOOLS: Final = ("溪洲國小", "河濱國小", "島頭國小")
SCHOOLS_EN: Final = ("Xizhou Primary", "Hebin Primary", "Daotou Primary")
CHILDREN: Final = ("小宇", "阿凱", "小晴", "安安", "小傑", "語彤", "阿浩", "小魚")
CHILDREN_EN: Final = ("Hsiao-yu", "Kai", "Ching", "An-an", "Yu-tung", "Hao")
