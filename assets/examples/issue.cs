// Issues an invoice and mails it. Needs .NET 10 or newer and nothing else.
//   TILLPOST_URL=http://127.0.0.1:7420 TILLPOST_PASSWORD=tillpost_... dotnet run issue.cs

using System.Net.Http.Headers;
using System.Text;

var url = Environment.GetEnvironmentVariable("TILLPOST_URL") ?? "http://127.0.0.1:7420";
var password = Environment.GetEnvironmentVariable("TILLPOST_PASSWORD")
    ?? throw new Exception("Set TILLPOST_PASSWORD.");

using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(30) };
client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", password);

// Asked again with the same client_ref, Tillpost answers with the same document.
const string invoice = """
    {
        "kind": "invoice", "client_ref": "example-csharp-1", "issue_date": "2026-11-21", "currency": "GBP",
        "seller": { "name": "Riverside Cycle Repairs" },
        "buyer": { "name": "Anna Kowalska", "email": "anna@example.com" },
        "lines": [{ "description": "Inner tube", "quantity": "2", "unit_price": "6.00",
                    "tax": { "category": "S", "rate": "20" } }],
        "mail": { "to": ["anna@example.com"] }
    }
    """;
using var body = new StringContent(invoice, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
using var answer = await client.PostAsync($"{url}/api/v1/documents", body);
var text = await answer.Content.ReadAsStringAsync();
if (!answer.IsSuccessStatusCode)
{
    Console.Error.WriteLine(text);
    return 1;
}
Console.WriteLine(text);
return 0;
