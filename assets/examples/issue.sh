#!/usr/bin/env bash
# Issues an invoice and mails it. Needs curl.
#   TILLPOST_URL=http://127.0.0.1:7420 TILLPOST_PASSWORD=tillpost_... ./issue.sh
set -euo pipefail

# Asked again with the same client_ref, Tillpost answers with the same document.
curl --silent --show-error --fail-with-body \
    --header "Authorization: Bearer $TILLPOST_PASSWORD" \
    --header "Content-Type: application/json" \
    --data @- "${TILLPOST_URL:-http://127.0.0.1:7420}/api/v1/documents" <<'INVOICE'
{
    "kind": "invoice", "client_ref": "example-curl-1", "issue_date": "2026-11-21", "currency": "GBP",
    "seller": { "name": "Riverside Cycle Repairs" },
    "buyer": { "name": "Anna Kowalska", "email": "anna@example.com" },
    "lines": [{ "description": "Inner tube", "quantity": "2", "unit_price": "6.00",
                "tax": { "category": "S", "rate": "20" } }],
    "mail": { "to": ["anna@example.com"] }
}
INVOICE
echo
