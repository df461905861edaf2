"""Documents drawn with ReportLab or typst: median milliseconds and largest size, of one page and of 1,000 lines.

    peers.py reportlab|typst FOLDER

FOLDER has what stands on them as few.json and many.json, the codes and the logo. The first document warms
up and is not counted.
"""

import io
import json
import statistics
import sys
import time
from pathlib import Path


def reportlab(folder):
    from reportlab.lib import colors
    from reportlab.lib.enums import TA_RIGHT
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.lib.units import mm
    from reportlab.lib.utils import ImageReader
    from reportlab.platypus import Image, Paragraph, SimpleDocTemplate, Spacer, Table
    from xml.sax.saxutils import escape

    styles = getSampleStyleSheet()
    body = styles["BodyText"]
    logo = ImageReader(str(folder / "logo.png"))
    ruled = [("LINEBELOW", (0, 0), (-1, -1), 0.4, colors.lightgrey), ("VALIGN", (0, 0), (-1, -1), "TOP"),
             ("ALIGN", (0, 0), (0, -1), "RIGHT"), ("ALIGN", (2, 0), (2, -1), "RIGHT"),
             ("ALIGN", (4, 0), (-1, -1), "RIGHT")]
    sums = [("ALIGN", (1, 0), (1, -1), "RIGHT"), ("FONTNAME", (0, -1), (-1, -1), "Helvetica-Bold")]

    def lines(texts):
        return Paragraph("<br/>".join(map(escape, texts)), body)

    def draw(document):
        out = io.BytesIO()

        def footer(canvas, _):
            canvas.setFont("Helvetica", 7)
            canvas.drawString(20 * mm, 12 * mm, document["footer"])
            canvas.drawRightString(190 * mm, 12 * mm, f"Seite {canvas.getPageNumber()}")

        rows = [document["head"]]
        rows += [[r[0], Paragraph(escape(r[1]), body), *r[2:]] for r in document["rows"]]
        story = [
            Table([[Image(str(folder / "logo.png"), 60 * mm, 16.6 * mm), lines(document["seller"])]]),
            lines(document["buyer"]),
            Table(document["facts"], hAlign="RIGHT"),
            Paragraph(escape(document["title"]), styles["Heading1"]),
            Table(rows, colWidths=[w * mm for w in (12, 68, 16, 18, 20, 16, 24)], repeatRows=1, style=ruled),
            Spacer(1, 8),
            Table(document["sums"], hAlign="RIGHT", style=sums),
            Paragraph(escape(document["terms"]), body),
            *[Paragraph(escape(note), body) for note in document["notes"]],
            Image(str(folder / document["code"]), 30 * mm, 30 * mm, hAlign="LEFT"),
        ]
        SimpleDocTemplate(out, pagesize=A4, title=document["title"], bottomMargin=20 * mm).build(
            story, onFirstPage=footer, onLaterPages=footer)
        return out.getvalue()

    return draw


def typst(folder):
    import typst as engine

    compiler = engine.Compiler(root=str(folder))
    text = lambda s: json.dumps(s, ensure_ascii=False)  # noqa: E731
    cells = lambda rows: ",".join(text(cell) for row in rows for cell in row)  # noqa: E731
    lines = lambda texts: " \\ ".join("#" + text(s) for s in texts)  # noqa: E731

    def draw(document):
        source = f"""#set page(paper: "a4", footer: context [#set text(7pt); #{text(document["footer"])} #h(1fr)
  Seite #counter(page).display("1 von 1", both: true)])
#set document(title: {text(document["title"])})
#set text(lang: "de", 9pt)
#grid(columns: (1fr, auto), image("logo.png", width: 60mm), [{lines(document["seller"])}])
{lines(document["buyer"])}
#align(right, grid(columns: 2, gutter: 5pt, {cells(document["facts"])}))
= #{text(document["title"])}
#table(columns: (auto, 1fr, auto, auto, auto, auto, auto), stroke: (bottom: 0.4pt + luma(80%)),
  align: (right, left, right, left, right, right, right),
  table.header({cells([document["head"]])}), {cells(document["rows"])})
#align(right, grid(columns: 2, gutter: 5pt, {cells(document["sums"])}))
#{text(document["terms"])}

{chr(10).join("#" + text(note) for note in document["notes"])}

#image({text(document["code"])}, width: 30mm)
"""
        return compiler.compile(input=source.encode())

    return draw


def measure(draw, documents):
    times, size = [], 0
    for document in documents:
        start = time.perf_counter()
        drawn = draw(document)
        times.append((time.perf_counter() - start) * 1000)
        size = max(size, len(drawn))
    return statistics.median(times[1:]), size, drawn


if __name__ == "__main__":
    folder = Path(sys.argv[2])
    draw = {"reportlab": reportlab, "typst": typst}[sys.argv[1]](folder)
    for name in ("few", "many"):
        median, size, drawn = measure(draw, json.loads((folder / f"{name}.json").read_text(encoding="utf-8")))
        (folder / f"{sys.argv[1]}-{name}.pdf").write_bytes(drawn)
        print(median, size)
