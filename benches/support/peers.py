"""The one-page invoice with ReportLab or typst: median milliseconds and bytes, one page and 1,000 lines."""

import io
import json
import statistics
import sys
import time


def rows(data, count, turn):
    lines = data["lines"]
    out = []
    for i in range(count or len(lines)):
        line = lines[i % len(lines)]
        price = float(line["unit_price"]) + ((turn * 7 + i) % 900) / 100
        amount = price * float(line["quantity"])
        out.append((str(i + 1), line["description"], line["quantity"], f"{price:.2f}", f"{amount:.2f}"))
    return out


def reportlab(data):
    from reportlab.graphics import renderPDF  # noqa: F401
    from reportlab.graphics.barcode.qr import QrCodeWidget
    from reportlab.graphics.shapes import Drawing
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table

    styles = getSampleStyleSheet()

    def draw(count, turn):
        out = io.BytesIO()
        code = Drawing(85, 85)
        code.add(QrCodeWidget("BCD\n002\n1\nSCT\n\nShop\nDE89370400440532013000\nEUR12.34"))
        head = [("No.", "Description", "Quantity", "Price", "Amount")]
        body = [
            (n, Paragraph(d, styles["BodyText"]), q, p, a) for n, d, q, p, a in rows(data, count, turn)
        ]
        story = [
            Paragraph(data["seller"]["name"], styles["Heading2"]),
            Paragraph(data["buyer"]["name"], styles["BodyText"]),
            Paragraph(f"Invoice INV-{turn}", styles["Title"]),
            Table(head + body, colWidths=[30, 250, 60, 60, 60], repeatRows=1),
            Spacer(1, 12),
            code,
        ]
        SimpleDocTemplate(out, pagesize=A4).build(story)
        return out.getvalue()

    return draw


def typst(data):
    import typst as engine

    def escape(text):
        return "".join("\\" + c if c in "\\#*_`$<>@[]=-+/~\"'" else c for c in text)

    def draw(count, turn):
        cells = ",".join(f"[{escape(cell)}]" for row in rows(data, count, turn) for cell in row)
        source = (
            "#set page(paper: \"a4\", numbering: \"1 / 1\")\n"
            f"{escape(data['seller']['name'])}\n\n{escape(data['buyer']['name'])}\n\n= Invoice INV-{turn}\n"
            "#table(columns: (auto, 1fr, auto, auto, auto), "
            f"table.header([No.],[Description],[Quantity],[Price],[Amount]),{cells})\n"
        )
        return engine.compile(source.encode())

    return draw


def measure(draw, count, turns):
    times, size = [], 0
    for turn in range(turns + 1):
        start = time.perf_counter()
        size = len(draw(count, turn))
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times[1:]), size


if __name__ == "__main__":
    with open(sys.argv[2], encoding="utf-8") as file:
        invoice = json.load(file)
    draw = {"reportlab": reportlab, "typst": typst}[sys.argv[1]](invoice)
    page, page_bytes = measure(draw, None, 20)
    lines, lines_bytes = measure(draw, 1000, 3)
    print(page, lines, page_bytes, lines_bytes)
