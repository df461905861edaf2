"""Issues an invoice and mails it. Needs Python 3 and nothing else.

    TILLPOST_URL=http://127.0.0.1:7420 TILLPOST_PASSWORD=tillpost_... python3 issue.py
"""

import json
import os
import sys
import urllib.error
import urllib.request

URL = os.environ.get("TILLPOST_URL", "http://127.0.0.1:7420")
PASSWORD = os.environ["TILLPOST_PASSWORD"]


def post(path, body):
    request = urllib.request.Request(
        f"{URL}/api/v1{path}",
        data=json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {PASSWORD}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refused:
        problem = json.load(refused)
        sys.exit(f"{problem['key']}: {problem['detail']}")


issued = post(
    "/documents",
    {
        "kind": "invoice",
        # Asked again with the same client_ref, Tillpost answers with the same document.
        "client_ref": "example-python-1",
        "issue_date": "2026-11-21",
        "currency": "GBP",
        "seller": {"name": "Riverside Cycle Repairs"},
        "buyer": {"name": "Anna Kowalska", "email": "anna@example.com"},
        "lines": [
            {
                "description": "Inner tube",
                "quantity": "2",
                "unit_price": "6.00",
                "tax": {"category": "S", "rate": "20"},
            }
        ],
        "mail": {"to": ["anna@example.com"]},
    },
)
print(json.dumps(issued))
