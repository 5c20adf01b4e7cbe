"""Delivery reports as programs write them: their From, their subject, their fixed phrases, their listing of addresses.

Each form tells one program in one language. Between the phrases nothing of any real mail stands.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Form:
    """How a program reports. `each` is repeated for every recipient that failed.

    `{a}` is the address, `{r}` the reason, `{s}` the subject of what came back, `{me}` who sent it. `copy` is how it gives
    our mail back: as a message, its headers, quoted in the prose, or not at all. `report` says that there is a machine's
    half, `html` that the prose is HTML alone.
    """

    program: str
    language: str
    sender: str
    subject: str
    text: str
    each: str = "{a}"
    after: str = ""
    copy: str = "message"
    report: bool = False
    html: bool = False
    charset: str = "utf-8"
    empty_path: bool = True

    @property
    def name(self) -> str:
        return f"{self.program} {self.language}"


GMAIL: Final = "Mail Delivery Subsystem <mailer-daemon@googlemail.com>"
EXCHANGE: Final = "Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@school.example>"
OFFICE: Final = "Microsoft Outlook <postmaster@outlook.example>"
FAILURE: Final = "Delivery Status Notification (Failure)"


def _gmail(language: str, title: str, line: str) -> Form:
    return Form(
        "Gmail",
        language,
        GMAIL,
        FAILURE,
        f"** {title} **\n\n",
        line + "\n\n{r}\n",
        copy="headers",
        report=True,
    )


def _gmail_prose(language: str, title: str, line: str) -> Form:
    return Form(
        "Gmail without a report",
        language,
        GMAIL,
        FAILURE,
        f"** {title} **\n\n",
        line + "\n\n{r}\n",
        copy="none",
    )


def _exchange(
    language: str, subject: str, text: str, diagnosis: str, mark: str, *, report: bool, charset: str = "utf-8"
) -> Form:
    program, sender = ("Exchange", EXCHANGE) if report else ("Exchange without a report", OFFICE)
    after = f"\n\n{diagnosis}\n\nGenerating server: mail.school.example\n\n{mark}\n\nReceived: from mail.school.example\nMessage-ID: <{{id}}>\n"
    each = "{a} ({a})\n{r}\n\n"
    copy = "message" if report else "none"
    return Form(
        program,
        language,
        sender,
        subject + " {s}",
        text + "\n\n",
        each,
        after,
        copy,
        report=report,
        charset=charset,
    )


_GMAIL_TEXTS: Final = (
    ("en", "Address not found", "Your message wasn't delivered to {a} because the address couldn't be found, or is unable to receive mail."),
    ("zh-TW", "找不到地址", "找不到「{a}」這個地址，或對方無法接收郵件，因此系統未能傳送您的郵件。"),
    ("zh-CN", "找不到地址", "由于找不到相应的地址或其无法接收邮件，您的邮件未能送达 {a}。"),
    ("ja", "アドレスが見つかりません", "アドレス不明、または受信できないため、{a} に配信されませんでした。"),
    ("fr", "Adresse introuvable", "Votre message n'est pas parvenu à {a}, car l'adresse est introuvable."),
    ("de", "Adresse nicht gefunden", "Ihre Nachricht wurde nicht an {a} zugestellt, weil die Adresse nicht gefunden wurde."),
    ("es", "No se encontró la dirección", "Tu mensaje no se entregó a {a} porque no se encontró la dirección."),
    ("ko", "주소를 찾을 수 없음", "주소를 찾을 수 없어 메일이 {a}에게 전송되지 않았습니다."),
    ("it", "Indirizzo non trovato", "Il messaggio non è stato recapitato a {a} perché l'indirizzo non esiste."),
    ("pt", "Endereço não encontrado", "Sua mensagem não foi entregue a {a} porque o endereço não foi encontrado."),
)  # fmt: skip
_EXCHANGE_TEXTS: Final = (
    ("en", "Undeliverable:", "Delivery has failed to these recipients or groups:", "Diagnostic information for administrators:", "Original message headers:", "utf-8"),
    ("zh-TW", "無法傳遞:", "無法傳遞給這些收件者或群組:", "系統管理員的診斷資訊:", "原始郵件標頭:", "big5"),
    ("zh-CN", "未送达:", "未能向以下收件人或组传递邮件:", "供管理员使用的诊断信息:", "原始邮件头:", "gb2312"),
    ("ja", "配信不能:", "次の受信者またはグループに配信できませんでした:", "管理者向けの診断情報:", "元のメッセージ ヘッダー:", "iso-2022-jp"),
    ("fr", "Non remis :", "Échec de la remise à ces destinataires ou groupes :", "Informations de diagnostic pour les administrateurs :", "En-têtes de message d'origine :", "iso-8859-1"),
    ("de", "Unzustellbar:", "Fehler bei der Nachrichtenzustellung an folgende Empfänger oder Gruppen:", "Diagnoseinformationen für Administratoren:", "Ursprüngliche Nachrichtenkopfzeilen:", "iso-8859-1"),
    ("es", "No se puede entregar:", "Error de entrega a estos destinatarios o grupos:", "Información de diagnóstico para administradores:", "Encabezados de mensajes originales:", "iso-8859-1"),
    ("it", "Recapito non riuscito:", "Recapito non riuscito per i seguenti destinatari o gruppi:", "Informazioni di diagnostica per gli amministratori:", "Intestazioni messaggio originale:", "iso-8859-1"),
    ("ko", "배달되지 않음:", "다음 받는 사람이나 그룹에 배달하지 못했습니다:", "관리자용 진단 정보:", "원래 메시지 헤더:", "euc-kr"),
    ("nl", "Onbestelbaar:", "Bezorging mislukt bij deze ontvangers of groepen:", "Diagnostische gegevens voor beheerders:", "Oorspronkelijke berichtkoppen:", "utf-8"),
    ("pl", "Nie można dostarczyć:", "Nie można dostarczyć do następujących adresatów lub grup:", "Informacje diagnostyczne:", "Oryginalne nagłówki:", "utf-8"),
    ("ru", "Не удалось доставить:", "Не удалось доставить следующим получателям или группам:", "Диагностические сведения:", "Исходные заголовки:", "koi8-r"),
    ("sv", "Olevererbart:", "Det gick inte att leverera till följande mottagare:", "Diagnostik:", "Ursprungliga rubriker:", "utf-8"),
    ("pt", "Não entregue:", "Falha na entrega para estes destinatários ou grupos:", "Informações de diagnóstico:", "Cabeçalhos de mensagem originais:", "utf-8"),
)  # fmt: skip
_COPY_BELOW: Final = "--- Below this line is a copy of the message."

PROGRAMS: Final = (
    # With a machine's half
    Form("Postfix", "en", "Mail Delivery System <MAILER-DAEMON@mx.example>", "Undelivered Mail Returned to Sender",
         "This is the mail system at host mx.example.\n\nI'm sorry to have to inform you that your message could not\nbe delivered to one or more recipients. It's attached below.\n\nFor further assistance, please send mail to postmaster.\n\n                   The mail system\n\n",
         "<{a}>: host mx.far.example[192.0.2.7] said: {r}\n    (in reply to RCPT TO command)\n\n", report=True),
    Form("Zimbra", "en", "MAILER-DAEMON@zimbra.example (Mail Delivery System)", "Undelivered Mail Returned to Sender", "This is the mail system at host zimbra.example.\n\n",
         "<{a}>: {r}\n\n", copy="headers", report=True),
    Form("sendmail", "en", "Mail Delivery Subsystem <MAILER-DAEMON@ms.example>", "Returned mail: see transcript for details",
         "The original message was received at Mon, 2 Mar 2026 10:00:00 +0800\nfrom mail.ngo.example [192.0.2.9]\n\n   ----- The following addresses had permanent fatal errors -----\n",
         "<{a}>\n    (reason: {r})\n", "\n   ----- Transcript of session follows -----\n... while talking to mx.far.example.:\n>>> DATA\n<<< 550 5.1.1 unknown\n", report=True),
    Form("Exim", "en", "Mail Delivery System <Mailer-Daemon@host.example>", "Mail delivery failed: returning message to sender",
         "This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n",
         "  {a}\n    host mx.far.example [192.0.2.7]\n    SMTP error from remote mail server after RCPT TO:<{a}>:\n    {r}\n", report=True),
    Form("Courier", "en", '"Courier mail server at mx.example" <@>', "NOTICE: mail delivery status.",
         "This is a delivery status notification from mx.example,\nrunning the Courier mail server.\n\nUNDELIVERABLE MAIL\n\nYour message to the following recipients cannot be delivered:\n\n", "<{a}>:\n    mx.far.example [192.0.2.7]:\n<<< {r}\n\n", report=True),
    Form("SES", "en", "MAILER-DAEMON@amazonses.example", "Delivery Status Notification (Failure)", "An error occurred while trying to deliver the mail to the following recipients:\n", "{a}\n", report=True),
    Form("Barracuda", "en", "MAILER-DAEMON <>", "**Message you sent blocked by our bulk email filter**", "Your message to: ", "{a}\n", "was blocked by our Spam Firewall.\n", copy="headers", report=True),
    Form("Mimecast", "en", "postmaster@mimecast.example", "[Postmaster] Email Delivery Failure", "This is an automatic message. Your email could not be delivered.\n\n", "{a}: {r}\n", report=True),
    Form("iCloud", "en", "Mail Delivery System <MAILER-DAEMON@icloud.example>", "Undelivered Mail Returned to Sender", "Your message could not be delivered.\n\n", "<{a}>: {r}\n", copy="headers", report=True),
    Form("Domino", "en", "Postmaster <postmaster@domino.example>", "DELIVERY FAILURE: User not listed in Domino Directory", "Your message\n\n  Subject: {s}\n\nwas not delivered to:\n\n", "  {a}\n\n", "because:\n\n  not listed in Domino Directory\n", report=True),
    Form("GroupWise", "en", "Mailer-Daemon@gw.example", "Message status - undeliverable", "The message that you sent was undeliverable to the following:\n", "\t{a} ({r})\n", report=True),
    Form("PowerMTA", "en", "postmaster@pmta.example", "Delivery report", "Hello, this is the mail server on pmta.example.\n\nYour message cannot be delivered to the following recipients:\n\n", "<{a}> ({r})\n", report=True),
    Form("Coremail", "zh-CN", "Postmaster@163.example", "系统退信", "抱歉，您的邮件被退回来了……\n原邮件信息：\n主　题： {s}\n", "收件人：{a}\n退信原因：{r}\n", report=True, charset="gbk"),
    Form("Hinet", "zh-TW", "Mail Delivery Subsystem <MAILER-DAEMON@msr.hinet.example>", "Returned mail: 郵件無法送達", "您的郵件無法送達下列收件人\n\n", "<{a}>\n    (原因: {r})\n", report=True, charset="big5"),
    Form("MDaemon", "en", "MDaemon at far.example <MDaemon@far.example>", "Delivery Status Notification (Failure)", "The attached message had PERMANENT fatal delivery errors!\n\n", "< {a} >: {r}\n", report=True),
    Form("AOL", "en", "Mail Delivery Subsystem <MAILER-DAEMON@aol.example>", "Mail Delivery Failure", "Your message could not be delivered.\n", "{a}: {r}\n", report=True),
    # In prose alone
    Form("qmail", "en", "MAILER-DAEMON@qmail.example", "failure notice", "Hi. This is the qmail-send program at qmail.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n",
         "<{a}>:\n192.0.2.7 does not like recipient.\nRemote host said: {r}\nGiving up on 192.0.2.7.\n\n", _COPY_BELOW, "quoted"),
    Form("Exim without a report", "en", "Mail Delivery System <Mailer-Daemon@host.example>", "Mail delivery failed: returning message to sender",
         "A message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n", "  {a}\n    {r}\n",
         "\n------ This is a copy of the message, including all the headers. ------\n", "quoted"),
    Form("Yahoo", "en", "MAILER-DAEMON@yahoo.example", "Failure Notice", "Sorry, we were unable to deliver your message to the following address.\n\n", "<{a}>:\n{r}\n\n", "--- Below this line is a copy of the message.\n", "quoted"),
    Form("Yahoo", "zh-TW", "MAILER-DAEMON@yahoo.example", "傳送失敗", "抱歉，我們無法將您的郵件寄送至下列地址。\n\n", "<{a}>:\n{r}\n\n", "--- Below this line is a copy of the message.\n", "quoted"),
    Form("Openfind", "zh-TW", "Mail Deliver System <MAILER-DAEMON>", "Returned Mail: 退信訊息", "The original message was received at Mon, 2 Mar 2026 10:00:00 +0800 (CST) from {me}\n\n---The following addresses had delivery errors---\n\n", "{a} [{r}]\n", copy="none", charset="big5"),
    Form("Hinet without a report", "zh-TW", "MAILER-DAEMON@hinet.example", "郵件無法送達通知", "下列收件人無法送達：\n\n", "<{a}>: {r}\n", copy="none", charset="big5"),
    Form("PChome", "zh-TW", "Mail System <MAILER-DAEMON@pchome.example>", "退信通知", "您好：\n您寄出的信件無法送達下列信箱，原因如下：\n", "收件者：{a}\n原因：{r}\n", copy="none"),
    Form("QQ", "zh-CN", "PostMaster@qq.example", "来自qq.example的退信", "<p>抱歉，您的邮件被退回来了……</p><table><tr><td>邮件主题</td><td>{s}</td></tr>", "<tr><td>无法发送到</td><td>{a}</td></tr><tr><td>退信原因</td><td>{r}</td></tr>", "</table>", "none", html=True),
    Form("NetEase", "zh-CN", "Postmaster@126.example", "系统退信/Systems bounce", "<div>抱歉，您的邮件被退回来了</div><div>主　题：{s}</div>", "<div>收件人：{a}</div><div>退信原因：{r}</div>", "", "message", html=True, charset="gbk"),
    Form("Coremail for firms", "zh-CN", "系统管理员 <postmaster@mail.example>", "系统退信/The email is returned", "尊敬的用户：\n您的邮箱账号（{me}）发送的邮件被系统退回。以下是退信相关信息：\n\n原邮件信息\n主题：{s}\n\n", "无法发送到 {a}\n退信原因：{r}\n", copy="message"),
    Form("Sina", "zh-CN", "MAILER-DAEMON@sina.example", "投递失败", "很抱歉，您的邮件无法投递到以下收件人：\n", "{a}\n{r}\n", copy="none", charset="gb2312"),
    Form("Domino without a report", "en", "Postmaster@domino.example", "DELIVERY FAILURE: not listed in public Name & Address Book", "Your message\n\n  Subject: {s}\n\nwas not delivered to:\n\n", "  {a}\n\n", "because:\n\n  not listed\n", "none"),
    Form("MailEnable", "en", "MAILER-DAEMON <postmaster@me.example>", "Message Delivery Failure", "MailEnable: Message could not be delivered to some recipients.\n\nThe following recipient(s) could not be reached:\n\n", "\tRecipient: [SMTP:{a}]\n\tReason: {r}\n\n", "Message headers follow:\n\nReceived: from x\n", "quoted"),
    Form("MailMarshal", "en", "postmaster@marshal.example", "Undeliverable Mail: {s}", "Your message:\n   From:    {me}\n   Subject: {s}\n\nCould not be delivered because of\n\n550 5.1.1 no such user\n\nThe following recipients were affected:\n", "    {a}\n", copy="none"),
    Form("Exchange 2003", "en", "System Administrator <postmaster@old.example>", "Undeliverable: {s}", "Your message did not reach some or all of the intended recipients.\n\n      Subject:  {s}\n      Sent:     3/2/2026 10:00 AM\n\nThe following recipient(s) could not be reached:\n\n", "      {a} on 3/2/2026 10:01 AM\n            The e-mail account does not exist at the organization. {r}\n\n", copy="none"),
    Form("Courier without a report", "en", "Courier mail server <postmaster@courier.example>", "NOTICE: mail delivery status.", "UNDELIVERABLE MAIL\n\nYour message to the following recipients cannot be delivered:\n\n", "<{a}>:\n <<< {r}\n", copy="message"),
    Form("GroupWise without a report", "en", "Mailer-Daemon@gw.example", "Message status - undeliverable", "The message that you sent was undeliverable to the following:\n", "\t{a} ({r})\n", copy="none"),
    Form("IMail", "en", "Postmaster <postmaster@imail.example>", "Undeliverable Mail", "Unknown user: ", "{a}\n", "\nOriginal message follows.\n", "quoted"),
    Form("InterScan", "en", "mailer-daemon@imss.example", "Mail could not be delivered", "****** Message from InterScan Messaging Security Suite ******\n\n", "Sent >>> RCPT TO:<{a}>\nReceived <<< {r}\n\n", "Unable to deliver message to the above.\n", "message"),
    Form("OpenSMTPD", "en", "Mailer Daemon <MAILER-DAEMON@bsd.example>", "Delivery status notification", "    Hi!\n\n    This is the MAILER-DAEMON, please DO NOT REPLY to this email.\n\n    An error has occurred while attempting to deliver a message for\n    the following list of recipients:\n\n", "{a}: {r}\n\n", "    Below is a copy of the original message:\n\n", "quoted"),
    Form("Messaging Server", "en", "Internet Mail Delivery <postmaster@oracle.example>", "Delivery Notification: Delivery has failed", "This report relates to a message you sent with the following header fields:\n\n  Message-id: <{id}>\n  From: {me}\n  Subject: {s}\n\nYour message cannot be delivered to the following recipients:\n\n", "  Recipient address: {a}\n  Reason: Remote SMTP server has rejected address\n  Diagnostic code: smtp;{r}\n\n", copy="none"),
    Form("GMX", "de", "GMX Mailer Daemon <mailer-daemon@gmx.example>", "Mail delivery failed: returning message to sender", "Diese Nachricht wurde automatisch erstellt. Ihre E-Mail konnte nicht zugestellt werden:\n\n", "{a}:\n{r}\n\n", "--- The header of the original message is following. ---\n", "quoted"),
    Form("T-Online", "de", "Mail Delivery System <Mailer-Daemon@t-online.example>", "Nachricht unzustellbar", "Ihre Nachricht konnte an folgende Empfänger nicht zugestellt werden:\n\n", "|{a}|\n|{r}|\n", copy="none", charset="iso-8859-1"),
    Form("Orange", "fr", "postmaster@orange.example", "Échec de la remise de votre message", "Votre message n'a pas pu être remis aux destinataires suivants :\n\n", "{a} : {r}\n", copy="none", charset="iso-8859-1"),
    Form("Telefónica", "es", "MAILER-DAEMON@correo.example", "Correo devuelto", "Su mensaje no pudo ser entregado a los siguientes destinatarios:\n\n", "{a}: {r}\n", copy="none"),
    Form("Libero", "it", "Mail Delivery System <MAILER-DAEMON@posta.example>", "Mancata consegna", "Non è stato possibile consegnare il messaggio ai seguenti destinatari:\n", "<{a}>: {r}\n", copy="none"),
    Form("UOL", "pt", "MAILER-DAEMON@uol.example", "Mensagem não entregue", "Não foi possível entregar sua mensagem para:\n", "{a} - {r}\n", copy="none"),
    Form("mail.ru", "ru", "mailer-daemon@ru.example", "Ваше сообщение не доставлено", "Это письмо создано автоматически. Ваше письмо не может быть доставлено следующим получателям:\n\n", "{a}\n{r}\n", copy="none"),
    Form("au", "ja", "Postmaster@ezweb.example", "Mail System Error - Returned Mail", "Each of the following recipients was rejected by a remote mail server.\nThe reasons given by the server are included to help you determine why\neach recipient was rejected.\n\n", "    Recipient: <{a}>\n    Reason:    <{a}>... User Unknown\n", copy="message"),
    Form("docomo", "ja", "Mail Delivery Subsystem <MAILER-DAEMON@docomo.example>", "メールが送信できませんでした", "次のあて先へのメッセージはエラーのため送信できませんでした。\n\n", "送信先メールアドレスが見つかりませんでした。\n{a}\n{r}\n", copy="message", charset="iso-2022-jp"),
    Form("mFILTER", "ja", "postmaster@mfilter.example", "配送に失敗しました", "以下の宛先へのメールを配送できませんでした。\n\n", "-------server message\n{r}\n-------rcpt to\n{a}\n", copy="none", charset="shift_jis"),
    Form("Naver", "ko", "postmaster@naver.example", "[발송실패 안내] {s}", "메일 발송에 실패했습니다.\n\n", "받는사람 : {a}\n실패사유 : {r}\n", copy="none", charset="euc-kr"),
    Form("Zoho", "en", "mailer-daemon@mail.zoho.example", "Undelivered Mail Returned to Sender", "This message was created automatically by mail delivery software.\nA message that you sent could not be delivered to one or more of its recipients. This is a permanent error.\n\n", "{a} Invalid Address, ERROR_CODE :{r}\n\n", copy="message"),
    Form("Apache James", "en", "postmaster@james.example", "[BOUNCE]", "Message could not be delivered: failed recipients\n\nMessage details:\n  Subject: {s}\n  Sent date: Mon Mar 02 10:00:00 CST 2026\n\n", "  RCPT TO: {a}\n\n{r}\n", copy="message"),
    Form("SurfControl", "en", "Postmaster <postmaster@filter.example>", "Your message could not be delivered", "Your message could not be sent.\nA transcript of the attempts to send the message follows.\n\n", "Addressed to: {a}\n\n{r}\n", copy="none"),
    Form("MailFoundry", "en", "<>", "Message delivery has failed", "Unable to deliver message to: ", "<{a}>\nDelivery failed for the following reason:\n{r}\n\n", "This has been a permanent failure.  No further delivery attempts will be made.\n", "none"),
    Form("a filter of no name", "en", "bounce-handler@gateway.example", "Your mail", "Your mail could not be delivered to the following recipients:\n\n", "<{a}>: {r}\n", copy="headers"),
    *(_gmail(*each) for each in _GMAIL_TEXTS),
    *(_gmail_prose(*each) for each in _GMAIL_TEXTS),
    *(_exchange(*each[:5], report=True, charset=each[5]) for each in _EXCHANGE_TEXTS),
    *(_exchange(*each[:5], report=False, charset=each[5]) for each in _EXCHANGE_TEXTS),
)  # fmt: skip
