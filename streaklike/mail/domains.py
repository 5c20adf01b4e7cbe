"""Public mail domains (R12), which can never be a team's."""

import re
from typing import Final

_PUBLIC: Final = frozenset(
    """
    gmail.com googlemail.com
    ymail.com rocketmail.com myyahoo.com kimo.com kimo.com.tw yahoomail.com
    msn.com passport.com windowslive.com hotmail.com.tw
    icloud.com me.com mac.com
    hinet.net seed.net.tw so-net.net.tw so-net.tw giga.net.tw tfn.net.tw kbronet.com.tw pchome.com.tw pchome.tw
    url.com.tw mail2000.com.tw yam.com sinamail.com xuite.net apol.com.tw ethome.net.tw ethome.com.tw anet.net.tw
    ms.aidatw.com.tw ksmail.seed.net.tw titan.seed.net.tw tpts1.seed.net.tw tcts1.seed.net.tw ficnet.net.tw
    tbcnet.net.tw twngsm.com.tw myfone.com cm1.ethome.net.tw umail.hinet.net fetnet.net email.fetnet.net
    netvigator.com hknet.com hongkong.com biznetvigator.com ctimail.com
    qq.com foxmail.com 163.com 163.net 126.com 188.com yeah.net sina.com sina.cn sina.com.cn sohu.com tom.com
    139.com 189.cn 21cn.com 263.net aliyun.com wo.cn
    docomo.ne.jp ezweb.ne.jp au.com softbank.ne.jp i.softbank.jp nifty.com ocn.ne.jp biglobe.ne.jp excite.co.jp
    infoseek.jp goo.jp so-net.ne.jp plala.or.jp dion.ne.jp ybb.ne.jp
    naver.com hanmail.net daum.net nate.com kakao.com korea.com
    proton.me protonmail.com protonmail.ch pm.me tutanota.com tutanota.de tuta.io tuta.com hushmail.com
    fastmail.com fastmail.fm zoho.com zohomail.com mail.com email.com usa.com inbox.com hey.com duck.com
    web.de freenet.de t-online.de arcor.de posteo.de mailbox.org
    aim.com aol.com verizon.net comcast.net att.net sbcglobal.net bellsouth.net cox.net charter.net
    earthlink.net juno.com optonline.net rr.com shaw.ca rogers.com sympatico.ca telus.net
    mail.ru inbox.ru list.ru bk.ru rambler.ru ya.ru
    orange.fr wanadoo.fr free.fr laposte.net sfr.fr neuf.fr libero.it virgilio.it tiscali.it alice.it tin.it
    btinternet.com ntlworld.com sky.com talktalk.net virginmedia.com
    bigpond.com bigpond.net.au optusnet.com.au xtra.co.nz
    rediffmail.com singnet.com.sg pacific.net.sg terra.com.br uol.com.br bol.com.br ig.com.br
    telenet.be skynet.be ziggo.nl kpnmail.nl planet.nl bluewin.ch wp.pl o2.pl onet.pl interia.pl seznam.cz
    privaterelay.appleid.com users.noreply.github.com
    """.split()  # noqa: SIM905 - a list of words reads better than a column of quotes
)
_COUNTRY_FORMS: Final = re.compile(
    r"(?:yahoo|hotmail|outlook|live|gmx|aol|yandex)\.(?:com|net|[a-z]{2}|(?:com|co)\.[a-z]{2})"
)


def is_public_domain(domain: str) -> bool:
    """Whether anybody can register an address at this domain, including country variants and sub-domains
    (R12).
    """
    labels = domain.strip().rstrip(".").lower().split(".")[-8:]
    names = (".".join(labels[start:]) for start in range(len(labels) - 1))
    return any(name in _PUBLIC or _COUNTRY_FORMS.fullmatch(name) is not None for name in names)
