"""Small attachments: a PDF that opens, a picture, a calendar file."""

from functools import cache
from typing import Final

from demo_story.model import File

_NAMES: Final = {
    "receipt": ("捐款收據.pdf", "donation-receipt.pdf"),
    "certificate": ("服務時數證明.pdf", "volunteer-hours.pdf"),
    "form": ("表格.pdf", "form.pdf"),
    "plan": ("活動計畫.pdf", "plan.pdf"),
    "report": ("成果報告.pdf", "report.pdf"),
    "photo": ("照片.gif", "photo.gif"),
}
_PICTURE: Final = bytes.fromhex("47494638396101000100800000336699ffffff2c00000000010001000002024401003b")


@cache
def build_file(name: str, language: str) -> File:
    """The attachment a script names, its file name in the letter's language."""
    chinese, english = _NAMES[name]
    shown = english if language == "en" else chinese
    if name == "photo":
        return File(shown, "image/gif", _PICTURE)
    return File(shown, "application/pdf", build_pdf("Riverbank Learning Association"))


def build_pdf(line: str) -> bytes:
    """A PDF of one page with one line of ASCII."""
    drawing = f"BT /F1 18 Tf 72 720 Td ({line}) Tj ET".encode()
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(drawing), drawing),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    document = b"%PDF-1.4\n"
    offsets = []
    for number, content in enumerate(objects, 1):
        offsets.append(len(document))
        document += b"%d 0 obj%s endobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    start = len(document)
    return (
        document
        + b"xref\n0 6\n0000000000 65535 f \n%strailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF"
        % (
            table,
            start,
        )
    )
