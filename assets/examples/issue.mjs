// Issues an invoice and mails it. Needs Node.js 18 or newer and nothing else.
//   TILLPOST_URL=http://127.0.0.1:7420 TILLPOST_PASSWORD=tillpost_... node issue.mjs

const url = process.env.TILLPOST_URL ?? "http://127.0.0.1:7420";

async function post(path, body) {
  const answer = await fetch(`${url}/api/v1${path}`, {
    method: "POST",
    headers: {
      Authorization: `Bearer ${process.env.TILLPOST_PASSWORD}`,
      "Content-Type": "application/json",
    },
    body: JSON.stringify(body),
  });
  const result = await answer.json();
  if (!answer.ok) throw new Error(`${result.key}: ${result.detail}`);
  return result;
}

const issued = await post("/documents", {
  kind: "invoice",
  // Asked again with the same client_ref, Tillpost answers with the same document.
  client_ref: "example-javascript-1",
  issue_date: "2026-11-21",
  currency: "GBP",
  seller: { name: "Riverside Cycle Repairs" },
  buyer: { name: "Anna Kowalska", email: "anna@example.com" },
  lines: [
    { description: "Inner tube", quantity: "2", unit_price: "6.00", tax: { category: "S", rate: "20" } },
  ],
  mail: { to: ["anna@example.com"] },
});
console.log(JSON.stringify(issued));
