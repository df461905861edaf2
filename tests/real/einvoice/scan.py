"""Prints the text of every QR code on the pages of PDF files, one JSON list a file.

Usage: scan.py FILE.pdf ...   (needs pdftoppm)
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import zxingcpp
from PIL import Image

for name in sys.argv[1:]:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["pdftoppm", "-r", "200", "-png", name, f"{folder}/page"], check=True)
        texts = []
        for page in sorted(pathlib.Path(folder).iterdir()):
            codes = zxingcpp.read_barcodes(Image.open(page), formats=zxingcpp.BarcodeFormat.QRCode)
            texts += [code.text for code in codes]
    print(json.dumps(texts))
